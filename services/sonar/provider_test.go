package sonar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// canary is the key of every test; it must never come out of the package except in the header to its own host.
const canary = "sk-canary-0123456789abcdef"

// small are limits of size that let a fault show at once, and of time that a busy machine does not reach.
var small = Limits{
	First: 20 * time.Second, Stall: 20 * time.Second, Total: 30 * time.Second,
	Response: 64 << 10, Stream: 256 << 10, Line: 16 << 10,
}

// within shortens the times for a provider that is meant to exceed them.
func (l Limits) within(d time.Duration) Limits {
	l.First, l.Stall, l.Total = d, d, 2*d
	return l
}

// fakeProvider starts an upstream and a Provider for it that waits for nothing between tries.
func fakeProvider(t *testing.T, kind string, h http.HandlerFunc) *Provider {
	t.Helper()
	srv := httptest.NewServer(readFirst(h))
	t.Cleanup(srv.Close)
	return providerAt(t, kind, srv.URL)
}

// readFirst reads the request's body before h runs: only then does a Go server notice that its client has gone.
func readFirst(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	})
}

func providerAt(t *testing.T, kind, url string) *Provider {
	t.Helper()
	c := Config{Provider: kind, BaseURL: url, Key: canary, Model: "m", Limits: small}
	if kind == OpenAI {
		c.BaseURL += "/v1"
	}
	p, err := NewProvider(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	p.wait = func(ctx context.Context, d time.Duration) error { return ctx.Err() }
	return p
}

func event(w io.Writer, data string) { fmt.Fprintf(w, "data: %s\n\n", data) }

func delta(s string) string {
	return fmt.Sprintf(`{"model":"m1","choices":[{"delta":{"content":%s}}]}`, mustJSON(s))
}

func sse(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/event-stream") }

const stopChunk = `{"choices":[{"delta":{},"finish_reason":"stop"}]}`

var ask = Request{Model: "m", Messages: []Message{{Role: "user", Content: "hi"}}, Context: 4096}

func TestChat(t *testing.T) {
	type sent struct{ Path, Auth, Body string }
	tests := []struct {
		name, kind string
		stream     bool
		answer     func(w http.ResponseWriter)
		want       Reply
		deltas     []string
		sent       sent
	}{
		{
			name: "openai whole", kind: OpenAI,
			answer: func(w http.ResponseWriter) {
				fmt.Fprint(w, `{"model":"m1","choices":[{"message":{"role":"assistant","content":"hé 日"},"finish_reason":"stop"}],"usage":{}}`)
			},
			want: Reply{Content: "hé 日", Model: "m1", Finish: "stop"},
			sent: sent{"/v1/chat/completions", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}`},
		},
		{
			name: "openai streamed", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				sse(w)
				io.WriteString(w, ": keep alive\n\n")
				event(w, delta("a"))
				event(w, delta("b"))
				event(w, stopChunk)
				event(w, "[DONE]")
			},
			want: Reply{Content: "ab", Model: "m1", Finish: "stop"}, deltas: []string{"a", "b"},
			sent: sent{"/v1/chat/completions", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`},
		},
		{
			name: "openai streamed without DONE but finished", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				sse(w)
				event(w, delta("a"))
				event(w, stopChunk)
			},
			want: Reply{Content: "a", Model: "m1", Finish: "stop"}, deltas: []string{"a"},
			sent: sent{"/v1/chat/completions", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`},
		},
		{
			name: "openai answers whole although asked to stream", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				fmt.Fprint(w, `{"choices":[{"message":{"content":[{"type":"text","text":"x"},{"type":"thinking","text":"no"}]},"finish_reason":"length"}]}`)
			},
			want: Reply{Content: "x", Finish: "length"}, deltas: []string{"x"},
			sent: sent{"/v1/chat/completions", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`},
		},
		{
			name: "ollama whole", kind: Ollama,
			answer: func(w http.ResponseWriter) {
				fmt.Fprint(w, `{"model":"m1","message":{"role":"assistant","content":"x"},"done":true}`)
			},
			want: Reply{Content: "x", Model: "m1", Finish: "stop"},
			sent: sent{"/api/chat", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false,"options":{"num_ctx":4096}}`},
		},
		{
			name: "ollama streamed", kind: Ollama, stream: true,
			answer: func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "application/x-ndjson")
				fmt.Fprint(w, `{"model":"m1","message":{"content":"x"},"done":false}`+"\n"+
					`{"model":"m1","message":{"content":"y"},"done":false}`+"\n"+
					`{"model":"m1","message":{"content":""},"done":true,"done_reason":"length"}`+"\n")
			},
			want: Reply{Content: "xy", Model: "m1", Finish: "length"}, deltas: []string{"x", "y"},
			sent: sent{"/api/chat", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"options":{"num_ctx":4096}}`},
		},
		{
			name: "invalid UTF-8 becomes the replacement character", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				sse(w)
				event(w, "{\"choices\":[{\"delta\":{\"content\":\"a\xff\xfeb\"},\"finish_reason\":\"stop\"}]}")
			},
			want: Reply{Content: "a\uFFFD\uFFFDb", Finish: "stop"}, deltas: []string{"a\uFFFD\uFFFDb"},
			sent: sent{"/v1/chat/completions", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}`},
		},
		{
			name: "a key echoed by the provider is taken out", kind: OpenAI,
			answer: func(w http.ResponseWriter) {
				fmt.Fprintf(w, `{"model":"%[1]s","choices":[{"message":{"content":"your key is %[1]s."},"finish_reason":"stop"}]}`, canary)
			},
			want: Reply{Content: "your key is [key].", Model: "[key]", Finish: "stop"},
			sent: sent{"/v1/chat/completions", "Bearer " + canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got sent
			p := fakeProvider(t, tt.kind, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = sent{r.URL.Path, r.Header.Get("Authorization"), string(body)}
				tt.answer(w)
			})
			var deltas []string
			var onDelta func(string) error
			if tt.stream {
				onDelta = func(s string) error { deltas = append(deltas, s); return nil }
			}
			reply, err := p.Chat(t.Context(), ask, onDelta)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, reply); d != "" {
				t.Error("reply", d)
			}
			if d := cmp.Diff(tt.deltas, deltas); d != "" {
				t.Error("deltas", d)
			}
			if d := cmp.Diff(tt.sent, got); d != "" {
				t.Error("sent", d)
			}
		})
	}
}

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

// checkWords holds an error to what Fault promises of its text.
func checkWords(t *testing.T, err error) {
	t.Helper()
	s := fmt.Sprintf("%v %+v %#v", err, err, err)
	if strings.Contains(s, canary) || strings.Contains(s, "cdef") {
		t.Errorf("the error tells of the key: %s", s)
	}
	if strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 600 {
		t.Errorf("the error does not fit on a line: %q", err)
	}
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	var waits []time.Duration
	answers := []string{"1.5", "", "600"}
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", answers[len(waits)])
		w.WriteHeader(429)
	})
	p.cfg.Limits.Total = time.Hour
	p.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	_, err := p.Chat(t.Context(), ask, nil)
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.RetryAfter != 10*time.Minute || f.Status != 429 {
		t.Fatalf("got %#v", err)
	}
	if len(waits) != 2 || waits[0] != 1500*time.Millisecond || waits[1] < 750*time.Millisecond || waits[1] > time.Second {
		t.Errorf("waited %v, want 1.5 s as asked, then 0.75 to 1 s", waits)
	}
}

func TestSecondTryWorks(t *testing.T) {
	var tries atomic.Int32
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1) == 1 {
			w.WriteHeader(503)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"content":"hi"`) {
			t.Errorf("the second try sent %q", body)
		}
		sse(w)
		event(w, delta("a"))
		event(w, stopChunk)
	})
	reply, err := p.Chat(t.Context(), ask, func(string) error { return nil })
	if err != nil || reply.Content != "a" || tries.Load() != 2 {
		t.Errorf("%+v, %v after %d tries", reply, err, tries.Load())
	}
}

func TestNoWaitBeyondTheDeadline(t *testing.T) {
	var tries atomic.Int32
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(503)
	})
	if _, err := p.Chat(t.Context(), ask, nil); err == nil || tries.Load() != 1 {
		t.Errorf("%d tries, %v; Total is 30 s, so waiting 60 s is no use", tries.Load(), err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			var elsewhere atomic.Int32
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { elsewhere.Add(1) }))
			defer other.Close()
			p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, other.URL+"/v1/x?key="+r.Header.Get("Authorization"), code)
			})
			for _, call := range []func() error{
				func() error { _, err := p.Chat(t.Context(), ask, nil); return err },
				func() error { _, err := p.Models(t.Context()); return err },
				func() error { return p.Stream(t.Context(), []byte(`{}`), func([]byte) error { return nil }) },
			} {
				err := call()
				if f, ok := errors.AsType[*Fault](err); !ok || f.Kind != KindGarbage || !strings.Contains(f.Message, other.URL) {
					t.Errorf("got %v, want a fault that names %s", err, other.URL)
				}
				checkWords(t, err)
			}
			if n := elsewhere.Load(); n != 0 {
				t.Errorf("the other host saw %d requests", n)
			}
		})
	}
}

func TestCertificateIsVerified(t *testing.T) {
	var seen atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	srv.Config.ErrorLog = discard
	srv.StartTLS()
	defer srv.Close()
	p := providerAt(t, OpenAI, srv.URL)
	_, err := p.Chat(t.Context(), ask, nil)
	if f, ok := errors.AsType[*Fault](err); !ok || f.Kind != KindDown || f.retry || !strings.Contains(f.Message, "certificate") {
		t.Errorf("got %v", err)
	}
	if seen.Load() != 0 {
		t.Error("a request went to a server that could not prove who it is")
	}
}

func TestRefusedConnection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	p := providerAt(t, Ollama, "http://"+ln.Addr().String())
	_, err = p.Chat(t.Context(), ask, nil)
	if f, ok := errors.AsType[*Fault](err); !ok || f.Kind != KindDown {
		t.Errorf("got %v", err)
	}
}

func TestCallerGivesUp(t *testing.T) {
	gone := make(chan struct{})
	p := fakeProvider(t, Ollama, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"message":{"content":"a"}}`)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	reply, err := p.Chat(ctx, ask, func(string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || reply.Content != "a" {
		t.Errorf("got %+v, %v", reply, err)
	}
	within(t, gone, "the provider to see that the caller left")

	stop := errors.New("stop")
	p = fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) { sse(w); event(w, delta("a")); event(w, delta("b")) })
	if _, err := p.Chat(t.Context(), ask, func(string) error { return stop }); err != stop {
		t.Errorf("got %v, want the error of onDelta", err)
	}
}

func within(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatal("waited 10 s for ", what)
	}
}

func TestBreaker(t *testing.T) {
	now := time.Unix(0, 0)
	var status atomic.Int32
	var tries atomic.Int32
	status.Store(500)
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		w.WriteHeader(int(status.Load()))
		io.WriteString(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"data":[]}`)
	})
	p.cfg.Limits.Retries = -1
	p.breaker.now = func() time.Time { return now }
	chat := func() error { _, err := p.Chat(t.Context(), ask, nil); return err }

	for range breakAfter {
		if chat() == nil {
			t.Fatal("a 500 went through")
		}
	}
	err := chat()
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.Kind != KindDown || f.RetryAfter != breakFor || tries.Load() != breakAfter {
		t.Fatalf("after %d failures: %v, %d tries", breakAfter, err, tries.Load())
	}
	now = now.Add(breakFor)
	if chat() == nil || tries.Load() != breakAfter+1 {
		t.Fatal("one call should have tried again")
	}
	if chat() == nil || tries.Load() != breakAfter+1 {
		t.Fatal("the circuit should be open again")
	}
	status.Store(200)
	if _, err := p.Models(t.Context()); err != nil {
		t.Fatalf("a probe goes out whatever the circuit says: %v", err)
	}
	if err := chat(); err != nil {
		t.Fatalf("a probe that worked closes the circuit: %v", err)
	}
}

func TestModels(t *testing.T) {
	tests := []struct {
		name, kind, path, body string
		want                   []string
		fault                  string
	}{
		{"ollama", Ollama, "/api/tags", `{"models":[{"name":"qwen2.5:1.5b","size":1},{"name":"llama3.2:latest"}]}`, []string{"qwen2.5:1.5b", "llama3.2:latest"}, ""},
		{"openai", OpenAI, "/v1/models", `{"object":"list","data":[{"id":"gpt-4o-mini"},{"id":"bad\u001bname"},{"id":""}]}`, []string{"gpt-4o-mini"}, ""},
		{"both forms", OpenAI, "/v1/models", `{"data":[{"id":"a"}],"models":[{"name":"a"}]}`, []string{"a"}, ""},
		{"none", Ollama, "/api/tags", `{"models":[]}`, []string{}, ""},
		{"not a provider", Ollama, "/api/tags", `{"hello":"world"}`, nil, KindGarbage},
		{"error", OpenAI, "/v1/models", `{"error":{"message":"no"}}`, nil, KindRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var path string
			p := fakeProvider(t, tt.kind, func(w http.ResponseWriter, r *http.Request) {
				path = r.Method + " " + r.URL.Path
				io.WriteString(w, tt.body)
			})
			got, err := p.Models(t.Context())
			if f, _ := errors.AsType[*Fault](err); tt.fault != "" {
				if f == nil || f.Kind != tt.fault {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || path != "GET "+tt.path {
				t.Fatal(path, err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestChooseModel(t *testing.T) {
	tests := []struct {
		name, configured string
		listed           []string
		want             string
	}{
		{"configured", "mine", []string{"a"}, "mine"},
		{"usual", "", []string{"whisper-1", "gpt-4o-mini", "gpt-4.1-mini"}, "gpt-4.1-mini"},
		{"first that chats", "", []string{"nomic-embed-text:latest", "bge-m3", "qwen2.5:1.5b", "llama3"}, "qwen2.5:1.5b"},
		{"none that chats", "", []string{"bge-m3"}, ""},
		{"none", "", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := providerAt(t, Ollama, "http://127.0.0.1:1")
			p.cfg.Model = tt.configured
			got, err := p.chooseModel(tt.listed)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestSecretDoesNotShow(t *testing.T) {
	c := Config{Provider: OpenAI, BaseURL: "https://example.org/v1", Key: canary}
	all := fmt.Sprintf("%v %+v %#v %s %q %x %s", c, c, c, c.Key, c.Key, c.Key, mustJSON(struct{ K Secret }{c.Key}))
	if strings.Contains(all, canary) || strings.Contains(all, fmt.Sprintf("%x", canary)) {
		t.Error(all)
	}
}
