package sonar

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/search"
	"amalfa/services"
	"amalfa/testdata/testllm"
	"amalfa/tokenizer"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

const token = "record-token"

// patience is how long a test waits for what should happen at once: longer than a busy machine keeps it waiting.
const patience = time.Minute

// daemon is a running sonar service over a fake provider.
type daemon struct {
	*testing.T
	url    string
	client *Client
	server *services.Server
	http   *http.Client
	logs   *observer.ObservedLogs
	stop   func()
}

// fixedSearch is a Searcher with fixed passages, or an error.
type fixedSearch struct {
	hits []search.Hit
	err  error
}

func (n fixedSearch) Search(context.Context, search.Query) (search.Answer, error) {
	return search.Answer{Results: n.hits}, n.err
}

var tides = fixedSearch{hits: []search.Hit{{ID: "notes/tides.md", Title: "Tides", Heading: []string{"Spring"}, Lines: [2]int{3, 9}, Text: "Spring tides follow the full moon."}}}

func start(t *testing.T, o Options) *daemon {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	o.Log, o.Count = zap.New(core), tokenizer.Estimate
	o.Recheck = cmp.Or(o.Recheck, 20*time.Millisecond)
	o.Drain = cmp.Or(o.Drain, 5*time.Second)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := services.New(services.Info{Service: "sonar", Instance: "i"}, services.Options{Log: o.Log, Token: token, SameUser: true})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, srv, o, ln) }()
	hc := &http.Client{Transport: &http.Transport{}}
	d := &daemon{T: t, server: srv, url: "http://" + ln.Addr().String(), http: hc, logs: logs}
	d.client = NewClient(d.url, token)
	d.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(patience):
			t.Error("Serve did not end")
		}
		d.client.Close()
		hc.CloseIdleConnections()
	})
	t.Cleanup(d.stop)
	t.Cleanup(d.noKey)
	return d
}

// noKey looks for the key in everything that was logged.
func (d *daemon) noKey() {
	for _, e := range d.logs.All() {
		if line := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(line, testllm.Canary) {
			d.Errorf("the log tells the key: %s", line)
		}
	}
}

// post returns the status, the headers and the body of an answer, which never hold the key.
func (d *daemon) post(path, body string) (int, http.Header, string) {
	d.Helper()
	resp, err := d.http.Post(d.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	return d.read(resp)
}

func (d *daemon) get(path string) (int, http.Header, string) {
	d.Helper()
	resp, err := d.http.Get(d.url + path)
	if err != nil {
		d.Fatal(err)
	}
	return d.read(resp)
}

func (d *daemon) read(resp *http.Response) (int, http.Header, string) {
	d.Helper()
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	if all := fmt.Sprint(resp.Header, string(data)); strings.Contains(all, testllm.Canary) {
		d.Errorf("the answer tells the key: %s", all)
	}
	return resp.StatusCode, resp.Header, string(data)
}

func (d *daemon) state(want string) Health {
	d.Helper()
	deadline := time.After(patience)
	for {
		h, err := d.client.Health(d.Context())
		if err == nil && h.State == want {
			return h
		}
		select {
		case <-deadline:
			d.Fatalf("state %+v, %v, want %s", h, err, want)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// upstream is a provider that lists models and does as told when it is asked to chat. It keeps what it was sent.
type upstream struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	chat     http.HandlerFunc
}

func newUpstream(t *testing.T, chat http.HandlerFunc) *upstream {
	u := &upstream{chat: chat}
	u.Server = httptest.NewServer(testllm.ReadFirst(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		u.mu.Lock()
		u.requests, u.bodies = append(u.requests, r), append(u.bodies, string(body))
		chat := u.chat
		u.mu.Unlock()
		switch r.URL.Path {
		case "/api/tags":
			io.WriteString(w, `{"models":[{"name":"nomic-embed-text"},{"name":"qwen2.5:1.5b"}]}`)
		case "/v1/models":
			io.WriteString(w, `{"data":[{"id":"m1"},{"id":"m2"}]}`)
		default:
			chat(w, r)
		}
	}))
	t.Cleanup(u.Close)
	return u
}

// asked returns the bodies of the chat requests.
func (u *upstream) asked() (bodies []string, headers []http.Header) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, r := range u.requests {
		if r.Method == http.MethodPost {
			bodies, headers = append(bodies, u.bodies[i]), append(headers, r.Header)
		}
	}
	return bodies, headers
}

func (u *upstream) config(kind string) llm.Config {
	c := llm.Config{Provider: kind, BaseURL: u.URL, Key: testllm.Canary, Source: "settings", Limits: small}
	if kind == llm.OpenAI {
		c.BaseURL += "/v1"
	}
	c.Limits.Retries = -1
	return c
}

func saying(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		stream := strings.Contains(string(body), `"stream":true`)
		switch {
		case r.URL.Path == "/api/chat" && stream:
			for _, word := range strings.SplitAfter(answer, " ") {
				fmt.Fprintf(w, "{\"model\":\"q\",\"message\":{\"content\":%s}}\n", testllm.JSON(word))
			}
			fmt.Fprintln(w, `{"model":"q","done":true}`)
		case r.URL.Path == "/api/chat":
			fmt.Fprintf(w, `{"model":"q","message":{"role":"assistant","content":%s},"done":true}`, testllm.JSON(answer))
		case stream:
			testllm.SSE(w)
			testllm.Event(w, testllm.Delta(answer))
			testllm.Event(w, testllm.Stop)
			testllm.Event(w, "[DONE]")
		default:
			fmt.Fprintf(w, `{"id":"c1","model":"q","choices":[{"message":{"role":"assistant","content":%s},"finish_reason":"stop"}]}`, testllm.JSON(answer))
		}
	}
}
