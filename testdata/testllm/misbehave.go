package testllm

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// The kinds of faults, as llm spells them.
const (
	auth    = "provider_auth"
	busy    = "provider_busy"
	down    = "provider_down"
	timeout = "provider_timeout"
	garbage = "provider_garbage"
	refused = "provider_refused"
)

// A Fault is a server that misbehaves: what it does, and the kind of the llm.Fault that must come of it, streamed and not.
type Fault struct {
	Name          string
	Do            http.HandlerFunc
	Whole, Stream string
	Tries         int32 // requests seen for one call
}

// Misbehaving are the ways in which a server can.
var Misbehaving = []Fault{
	{"endless stream", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		chunk := "data: " + Delta(strings.Repeat("x", 1000)) + "\n\n"
		for n := 0; n < 10<<30; n += len(chunk) {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}, garbage, garbage, 1},
	{"endless line", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		io.WriteString(w, "data: ")
		for {
			if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	}, garbage, garbage, 1},
	{"one byte at a time", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		for {
			io.WriteString(w, "d")
			if http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-time.After(50 * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
	}, timeout, timeout, 1},
	{"silence", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, timeout, timeout, 1},
	{"web page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<html><script>alert(1)</script>"+Canary)
	}, garbage, garbage, 1},
	{"web page that calls itself an event stream", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		io.WriteString(w, "<html>\n<body>hi\n</html>\n")
	}, garbage, garbage, 1},
	{"JSON 10,000 deep", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+"}")
	}, garbage, garbage, 1},
	{"an error with status 200", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"error":{"message":"bad key `+Canary+`","code":7}}`)
	}, refused, refused, 1},
	{"an error inside the stream", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		Event(w, Delta("a"))
		Event(w, `{"error":"overloaded `+Canary+`"}`)
	}, garbage, refused, 1},
	{"429 and Retry-After", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "0.01")
		w.WriteHeader(429)
		io.WriteString(w, `{"error":{"message":"slow down `+Canary+`"}}`)
	}, busy, busy, 3},
	{"half a JSON value", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":[{"message":{"content":"ab`)
	}, garbage, garbage, 1},
	{"wrong schema", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":{"message":3}}`)
	}, garbage, garbage, 1},
	{"another schema", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"completion":"hi"}`)
	}, garbage, garbage, 1},
	{"a stream that just ends", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		Event(w, Delta("a"))
	}, garbage, garbage, 1},
	{"connection cut midway", func(w http.ResponseWriter, r *http.Request) {
		SSE(w)
		w.Header().Set("Content-Length", "1000")
		Event(w, Delta("a"))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}, down, down, 1},
	{"huge headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Big", strings.Repeat("x", 1<<20))
	}, down, down, 3},
	{"500", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, down, down, 3},
	{"503 that asks not to retry", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Should-Retry", "false")
		w.WriteHeader(503)
	}, down, down, 1},
	{"401 that quotes the key", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		io.WriteString(w, `{"error":{"message":"Incorrect API key provided: `+r.Header.Get("Authorization")+` or sk-proj-****cdef"}}`)
	}, auth, auth, 1},
	{"404", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		io.WriteString(w, `{"error":"model 'm' not found"}`)
	}, refused, refused, 1},
}
