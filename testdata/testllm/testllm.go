// Package testllm is what tests make language model servers of: the pieces that they send, and who waits for them.
package testllm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// Canary is the key of every test; it must never come out of the program except in the header to its own host.
const Canary = "sk-canary-0123456789abcdef"

// Stop is the last piece of a streamed answer in OpenAI's dialect.
const Stop = `{"choices":[{"delta":{},"finish_reason":"stop"}]}`

// readAll is the body of a request.
func readAll(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body) // what did not come is not there
	return body
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(JSON(v)) // who has gone misses it
}

// ReadFirst reads the request's body before h runs: only then does a Go server notice that its client has gone.
func ReadFirst(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readAll(r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	})
}

// SSE says that a stream of events follows.
func SSE(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") }

// Event writes one event.
func Event(w io.Writer, data string) { fmt.Fprintf(w, "data: %s\n\n", data) }

// JSON is a value that has a form in JSON.
func JSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// Delta is a piece of a streamed answer in OpenAI's dialect.
func Delta(s string) string {
	return fmt.Sprintf(`{"model":"m1","choices":[{"delta":{"content":%s}}]}`, JSON(s))
}

// Within fails the test unless c is closed, or sent to, within a minute.
func Within(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatalf("waited a minute for %s", what)
	}
}
