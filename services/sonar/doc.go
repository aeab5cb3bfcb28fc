// Package sonar answers questions over the notes with a language model and lends that model to other programs.
//
// Words: a provider is the server that runs the language model (Ollama, or anything that speaks the OpenAI chat
// dialect); a session is one conversation, kept in memory and bounded; a source is a passage of a note that was put
// before the model as data. [Serve] is the daemon, and [Client] with [Chat] is its terminal; the model is asked by [amalfa/llm].
//
// Notes are untrusted text. They reach the model only inside escaped blocks ([Serve]'s system prompt says so), the
// model has no tools here, and nothing it answers is ever executed, rendered or used as a path.
package sonar
