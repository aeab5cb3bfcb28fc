package sonar

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// misbehaving upstreams: what each does, and the kind of the fault that must come of it, streamed and not. An empty
// kind means that this way of asking works.
var misbehaving = []struct {
	name          string
	do            func(w http.ResponseWriter, r *http.Request)
	whole, stream string
	tries         int32 // requests seen for one call
}{
	{"endless stream", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		chunk := "data: " + delta(strings.Repeat("x", 1000)) + "\n\n"
		for n := 0; n < 10<<30; n += len(chunk) {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}, KindGarbage, KindGarbage, 1},
	{"endless line", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		io.WriteString(w, "data: ")
		for {
			if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	}, KindGarbage, KindGarbage, 1},
	{"one byte at a time", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
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
	}, KindTimeout, KindTimeout, 1},
	{"silence", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, KindTimeout, KindTimeout, 1},
	{"web page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<html><script>alert(1)</script>"+canary)
	}, KindGarbage, KindGarbage, 1},
	{"web page that calls itself an event stream", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		io.WriteString(w, "<html>\n<body>hi\n</html>\n")
	}, KindGarbage, KindGarbage, 1},
	{"JSON 10,000 deep", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+"}")
	}, KindGarbage, KindGarbage, 1},
	{"an error with status 200", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"error":{"message":"bad key `+canary+`","code":7}}`)
	}, KindRefused, KindRefused, 1},
	{"an error inside the stream", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		event(w, delta("a"))
		event(w, `{"error":"overloaded `+canary+`"}`)
	}, KindGarbage, KindRefused, 1},
	{"429 and Retry-After", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "0.01")
		w.WriteHeader(429)
		io.WriteString(w, `{"error":{"message":"slow down `+canary+`"}}`)
	}, KindBusy, KindBusy, 3},
	{"half a JSON value", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":[{"message":{"content":"ab`)
	}, KindGarbage, KindGarbage, 1},
	{"wrong schema", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"choices":{"message":3}}`)
	}, KindGarbage, KindGarbage, 1},
	{"another schema", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"completion":"hi"}`)
	}, KindGarbage, KindGarbage, 1},
	{"a stream that just ends", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		event(w, delta("a"))
	}, KindGarbage, KindGarbage, 1},
	{"connection cut midway", func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		w.Header().Set("Content-Length", "1000")
		event(w, delta("a"))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}, KindDown, KindDown, 1},
	{"huge headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Big", strings.Repeat("x", 1<<20))
	}, KindDown, KindDown, 3},
	{"500", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, KindDown, KindDown, 3},
	{"503 that asks not to retry", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Should-Retry", "false")
		w.WriteHeader(503)
	}, KindDown, KindDown, 1},
	{"401 that quotes the key", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		io.WriteString(w, `{"error":{"message":"Incorrect API key provided: `+r.Header.Get("Authorization")+` or sk-proj-****cdef"}}`)
	}, KindAuth, KindAuth, 1},
	{"404", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		io.WriteString(w, `{"error":"model 'm' not found"}`)
	}, KindRefused, KindRefused, 1},
}

func TestMisbehavingProvider(t *testing.T) {
	for _, tt := range misbehaving {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", tt.name, stream), func(t *testing.T) {
				t.Parallel()
				var tries atomic.Int32
				p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
					tries.Add(1)
					tt.do(w, r)
				})
				if tt.whole == KindTimeout {
					p.cfg.Limits = p.cfg.Limits.within(200 * time.Millisecond)
				}
				kind, onDelta := tt.whole, (func(string) error)(nil)
				if stream {
					kind, onDelta = tt.stream, func(string) error { return nil }
				}
				_, err := p.Chat(t.Context(), ask, onDelta)
				f, ok := errors.AsType[*Fault](err)
				if !ok || f.Kind != kind {
					t.Fatalf("got %v, want a fault of kind %s", err, kind)
				}
				if n := tries.Load(); n != tt.tries {
					t.Errorf("%d requests, want %d", n, tt.tries)
				}
				checkWords(t, err)
			})
		}
	}
}
