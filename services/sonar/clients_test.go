package sonar

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"amalfa/llm"
	"amalfa/testdata/clients"
	"amalfa/testdata/testllm"
)

// talk is what a script needs: a provider of its own, and sonar before it.
func talk(t *testing.T) map[string]string {
	t.Helper()
	srv := httptest.NewServer(testllm.ReadFirst(newOrderedProvider().ServeHTTP))
	t.Cleanup(srv.Close)
	c := llm.Config{Provider: llm.OpenAI, BaseURL: srv.URL + "/v1", Key: testllm.Canary, Model: "m", Source: "settings", Limits: small}
	return map[string]string{"url": start(t, Options{Config: c}).url, "provider": srv.URL}
}

// openAI are the cases that OpenAI's clients have in both languages.
func openAI() map[string]clients.Check {
	var classes []any
	for _, row := range []struct {
		status int
		class  string
	}{{400, "BadRequestError"}, {401, "AuthenticationError"}, {403, "PermissionDeniedError"}, {404, "NotFoundError"}, {409, "ConflictError"},
		{422, "UnprocessableEntityError"}, {429, "RateLimitError"}, {500, "InternalServerError"}, {503, "InternalServerError"}} {
		classes = append(classes, []any{row.class, row.status, fmt.Sprint("c", row.status), fmt.Sprint("p", row.status), "req_1"})
	}
	return map[string]clients.Check{
		"openai: a chat":                                         clients.Says([]any{"one two three", "stop", 7, "say"}),
		"openai: a stream":                                       clients.Says([]string{"one ", "two ", "three"}),
		"openai: a stream with its usage":                        clients.Says([]int{7}),
		"openai: a stream of odd pieces":                         clients.Says("a€b"),
		"openai: a tool is called, and told what came of it":     clients.Says([]any{nil, "weather", `{"city": "Oslo"}`, "take an umbrella"}),
		"openai: a tool is called in a stream":                   clients.Says([]string{"weather", `{"city": "Oslo"}`}),
		"openai: thoughts":                                       clients.Says([]string{"let me see", "let me see"}),
		"openai: models":                                         clients.Says([]any{[]string{"say", "org/model:free"}, "org/model:free"}),
		"openai: the older completions":                          clients.Says("one two three"),
		"openai: embeddings":                                     clients.Says([]float64{0.5, -1}),
		"openai: responses":                                      clients.Says([]string{"one two", "one ", "two"}),
		"openai: errors are of their classes":                    clients.Says(classes),
		"openai: it asks again when it is told to":               clients.Says("one two three"),
		"openai: an error inside a stream":                       clients.Fails(0, "overloaded"),
		"openai: a stream that is cut":                           clients.Fails(0, "the connection was cut in the middle of the answer"),
		"openai: an event that is too large":                     clients.Fails(0, "one event is too large: more than 16384 bytes"),
		"openai: a stream that is left ends the provider's work": clients.Says([]string{"more", "gone"}),
	}
}

// TestPythonClients lets the clients of OpenAI and Hugging Face talk by way of sonar.
func TestPythonClients(t *testing.T) {
	checks := openAI()
	checks["openai: fields of other servers"] = clients.Says(`{"model":"echo","messages":[{"role":"user","content":"hello"}],"seed":4611686018427387904,"temperature":0.1,"top_k":40,"chat_template_kwargs":{"enable_thinking":false}}`)
	checks["openai: an answer in a schema"] = clients.Says(true)
	checks["openai: asynchronous, twenty at once"] = clients.Says(20)
	checks["openai: an error says how long to wait"] = clients.Says([]string{"7", "0"})
	checks["openai: a model's name with a line end"] = clients.Fails(400, "without control characters")
	checks["openai: a request that is given up ends the provider's work"] = clients.Says("gone")
	checks["openai: a task that is cancelled ends the provider's work"] = clients.Says("gone")
	checks["huggingface: a chat"] = clients.Says("one two three")
	checks["huggingface: a stream"] = clients.Says([]string{"one ", "two ", "three"})
	clients.Run(t, "chat_sdks.py", talk(t), checks)
}

// TestPythonFrameworks lets LangChain and LiteLLM talk.
func TestPythonFrameworks(t *testing.T) {
	city := map[string]string{"city": "Oslo"}
	clients.Run(t, "chat_frameworks.py", talk(t), map[string]clients.Check{
		"langchain: a chat":                                     clients.Says([]any{"one two three", 7, "stop"}),
		"langchain: a stream with its usage":                    clients.Says([]any{[]string{"one ", "two ", "three"}, []int{7}}),
		"langchain: asynchronous":                               clients.Says([]string{"one ", "two ", "three"}),
		"langchain: a tool is called, and told what came of it": clients.Says([]any{"weather", city, "take an umbrella"}),
		"langchain: a tool is called in a stream":               clients.Says([]any{"weather", city}),
		"langchain: an error":                                   clients.Fails(429, "no, because of 429"),
		"langchain: an error inside a stream":                   clients.Fails(0, "overloaded"),
		"litellm: a chat":                                       clients.Says([]any{"one two three", 7}),
		"litellm: a stream":                                     clients.Says("one two three"),
		"litellm: a tool is called":                             clients.Says([]string{"weather", `{"city": "Oslo"}`}),
		"litellm: thoughts":                                     clients.Says("let me see"),
		"litellm: errors are of their classes": clients.Says([]any{
			[]any{"BadRequestError", 400}, []any{"AuthenticationError", 401}, []any{"NotFoundError", 404}, []any{"BadRequestError", 422},
			[]any{"RateLimitError", 429}, []any{"InternalServerError", 500}, []any{"ServiceUnavailableError", 503},
		}),
	})
}

// TestJavaScriptClients lets the clients of OpenAI, LangChain and Hugging Face talk.
func TestJavaScriptClients(t *testing.T) {
	checks := openAI()
	checks["openai: fields of other servers"] = clients.Says(`{"model":"echo","messages":[{"role":"user","content":"hello"}],"top_k":40,"chat_template_kwargs":{"enable_thinking":false}}`)
	checks["openai: a request that is given up ends the provider's work"] = clients.Says([]string{"APIConnectionTimeoutError", "gone"})
	checks["langchain: a chat"] = clients.Says([]any{"one two three", 7})
	checks["langchain: a stream"] = clients.Says([]string{"one ", "two ", "three"})
	checks["langchain: a tool is called"] = clients.Says([]any{"weather", map[string]string{"city": "Oslo"}})
	checks["langchain: an error"] = clients.Fails(429, "no, because of 429")
	checks["huggingface: a chat"] = clients.Says("one two three")
	checks["huggingface: a stream"] = clients.Says([]string{"one ", "two ", "three"})
	clients.Run(t, "chat.mjs", talk(t), checks)
}
