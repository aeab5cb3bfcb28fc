package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"amalfa/testdata/testllm"

	"github.com/google/go-cmp/cmp"
)

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
			sent: sent{"/v1/chat/completions", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}`},
		},
		{
			name: "openai streamed", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				testllm.SSE(w)
				io.WriteString(w, ": keep alive\n\n")
				testllm.Event(w, testllm.Delta("a"))
				testllm.Event(w, testllm.Delta("b"))
				testllm.Event(w, testllm.Stop)
				testllm.Event(w, "[DONE]")
			},
			want: Reply{Content: "ab", Model: "m1", Finish: "stop"}, deltas: []string{"a", "b"},
			sent: sent{"/v1/chat/completions", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`},
		},
		{
			name: "openai streamed without DONE but finished", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				testllm.SSE(w)
				testllm.Event(w, testllm.Delta("a"))
				testllm.Event(w, testllm.Stop)
			},
			want: Reply{Content: "a", Model: "m1", Finish: "stop"}, deltas: []string{"a"},
			sent: sent{"/v1/chat/completions", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`},
		},
		{
			name: "openai answers whole although asked to stream", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				fmt.Fprint(w, `{"choices":[{"message":{"content":[{"type":"text","text":"x"},{"type":"thinking","text":"no"}]},"finish_reason":"length"}]}`)
			},
			want: Reply{Content: "x", Finish: "length"}, deltas: []string{"x"},
			sent: sent{"/v1/chat/completions", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`},
		},
		{
			name: "ollama whole", kind: Ollama,
			answer: func(w http.ResponseWriter) {
				fmt.Fprint(w, `{"model":"m1","message":{"role":"assistant","content":"x"},"done":true}`)
			},
			want: Reply{Content: "x", Model: "m1", Finish: "stop"},
			sent: sent{"/api/chat", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false,"options":{"num_ctx":4096}}`},
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
			sent: sent{"/api/chat", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"options":{"num_ctx":4096}}`},
		},
		{
			name: "invalid UTF-8 becomes the replacement character", kind: OpenAI, stream: true,
			answer: func(w http.ResponseWriter) {
				testllm.SSE(w)
				testllm.Event(w, "{\"choices\":[{\"delta\":{\"content\":\"a\xff\xfeb\"},\"finish_reason\":\"stop\"}]}")
			},
			want: Reply{Content: "a\uFFFD\uFFFDb", Finish: "stop"}, deltas: []string{"a\uFFFD\uFFFDb"},
			sent: sent{"/v1/chat/completions", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`},
		},
		{
			name: "a key echoed by the provider is taken out", kind: OpenAI,
			answer: func(w http.ResponseWriter) {
				fmt.Fprintf(w, `{"model":"%[1]s","choices":[{"message":{"content":"your key is %[1]s."},"finish_reason":"stop"}]}`, testllm.Canary)
			},
			want: Reply{Content: "your key is [key].", Model: "[key]", Finish: "stop"},
			sent: sent{"/v1/chat/completions", "Bearer " + testllm.Canary, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}`},
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

// checkWords holds an error to what Fault promises of its text.
func checkWords(t *testing.T, err error) {
	t.Helper()
	s := fmt.Sprintf("%v %+v %#v", err, err, err)
	if strings.Contains(s, testllm.Canary) || strings.Contains(s, "cdef") {
		t.Errorf("the error tells of the key: %s", s)
	}
	if strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 600 {
		t.Errorf("the error does not fit on a line: %q", err)
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
				func() error { _, err := p.Forward(t.Context(), Call{Method: http.MethodPost}); return err },
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
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
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
	testllm.Within(t, gone, "the provider to see that the caller left")

	stop := errors.New("stop")
	p = fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		testllm.Event(w, testllm.Delta("a"))
		testllm.Event(w, testllm.Delta("b"))
	})
	if _, err := p.Chat(t.Context(), ask, func(string) error { return stop }); err != stop {
		t.Errorf("got %v, want the error of onDelta", err)
	}
}

func TestSecretDoesNotShow(t *testing.T) {
	c := Config{Provider: OpenAI, BaseURL: "https://example.org/v1", Key: testllm.Canary}
	all := fmt.Sprintf("%v %+v %#v %s %q %x %s", c, c, c, c.Key, c.Key, c.Key, mustJSON(struct{ K Secret }{c.Key}))
	if strings.Contains(all, testllm.Canary) || strings.Contains(all, fmt.Sprintf("%x", testllm.Canary)) {
		t.Error(all)
	}
}

// TestKeyInPieces has a provider that says the key a character at a time.
func TestKeyInPieces(t *testing.T) {
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		for _, c := range "your key is " + testllm.Canary + ", and it begins with " + testllm.Canary[:5] {
			testllm.Event(w, testllm.Delta(string(c)))
		}
		testllm.Event(w, testllm.Stop)
	})
	var said strings.Builder
	reply, err := p.Chat(t.Context(), ask, func(s string) error { said.WriteString(s); return nil })
	want := "your key is [key], and it begins with " + testllm.Canary[:5]
	if err != nil || reply.Content != want || said.String() != want {
		t.Errorf("%q, %q, %v", reply.Content, said.String(), err)
	}
}
