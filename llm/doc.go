// Package llm asks language models: Ollama in its own dialect, and anything that speaks OpenAI's chat dialect.
//
// A provider is the server that runs the model. A [Provider] asks it: bounded in time and bytes, tried again where that helps, and
// left alone while it fails (a circuit breaker). What is wrong with it is a [Fault] of one of six kinds.
//
// A key goes to one host, the configured one: no redirect is followed, no header of a client is passed on, and errors, streams and
// replies are cleared of the key before they leave the package.
package llm
