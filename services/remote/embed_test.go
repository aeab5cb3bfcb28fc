package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"amalfa/inference/embed"
	"amalfa/llm"
)

const key = "sk-canary-0123456789abcdef"

func environment(string) string { return "" }

// vectorOf is a vector that a text always has in a model.
func vectorOf(model, text string) []float32 {
	h := fnv.New64a()
	io.WriteString(h, model+"\n"+text)
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	v := make([]float32, 8)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// A fake is a server of embeddings in one dialect.
type fake struct {
	path, dialect string
	texts         [][]string // of each request
	model         func() string
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != f.path {
		http.NotFound(w, r)
		return
	}
	var in struct {
		Model, Encoding string
		Input, Inputs   []string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, "{}", http.StatusBadRequest)
		return
	}
	texts := in.Input
	if f.dialect == tei {
		texts = in.Inputs
	}
	f.texts = append(f.texts, texts)
	rows := [][]float32{}
	for _, t := range texts {
		rows = append(rows, vectorOf(f.model(), t))
	}
	var out any = rows
	switch f.dialect {
	case ollama:
		out = map[string]any{"model": in.Model, "embeddings": rows}
	case openAI:
		data := []map[string]any{}
		for i := range slices.Backward(rows) { // some servers answer in another order
			data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": rows[i]})
		}
		out = map[string]any{"object": "list", "data": data, "model": in.Model}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

func one(name string) func() string { return func() string { return name } }

func embedder(t *testing.T, h http.Handler, path, model string) *Embedder {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	e, err := NewEmbedder(Config{URL: srv.URL + path, Model: model, Key: key, Getenv: environment})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestDialects(t *testing.T) {
	for _, tt := range []struct{ url, path, dialect string }{
		{"", "/v1/embeddings", openAI}, {"/", "/v1/embeddings", openAI}, {"", "/embeddings", openAI}, {"", "/embed", tei}, {"", "/api/embed", ollama},
		{"/v1", "/v1/embeddings", openAI}, {"/v1/embeddings", "/v1/embeddings", openAI}, {"/embeddings", "/embeddings", openAI},
		{"/openai/v1/", "/openai/v1/embeddings", openAI}, {"/embed", "/embed", tei}, {"/a/embed", "/a/embed", tei}, {"/api/embed", "/api/embed", ollama},
	} {
		t.Run(tt.url+"→"+tt.path, func(t *testing.T) {
			f := &fake{path: tt.path, dialect: tt.dialect, model: one("m")}
			e := embedder(t, f, tt.url, "m")
			texts := []string{"one", "two", strings.Repeat("x", 2*requestBytes)}
			for i := range 100 {
				texts = append(texts, fmt.Sprint("text ", i))
			}
			got, err := e.Embed(t.Context(), texts, embed.Options{Input: embed.Passage, Bulk: true})
			if err != nil {
				t.Fatal(err)
			}
			for i, text := range texts {
				want := vectorOf("m", text)
				embed.Normalize(want)
				if !slices.Equal(got.Values[i], want) {
					t.Fatalf("vector %d is not that of its text", i)
				}
			}
			for _, sent := range f.texts {
				if sent[0] != ProbeText || len(sent) > requestTexts {
					t.Errorf("%d texts, the first %q", len(sent), sent[0])
				}
			}
			if n := len(f.texts); n < 4 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestPrefixes(t *testing.T) {
	f := &fake{path: "/v1/embeddings", dialect: openAI, model: one("m")}
	e := embedder(t, f, "", "bge-small-en-v1.5")
	if _, err := e.Embed(t.Context(), []string{"why"}, embed.Options{Input: embed.Query}); err != nil {
		t.Fatal(err)
	}
	if got := f.texts[0][1]; got != "Represent this sentence for searching relevant passages: why" {
		t.Errorf("%q", got)
	}
}

// TestModelThatChanges has another model answer the second request of a call.
func TestModelThatChanges(t *testing.T) {
	f := &fake{path: "/v1/embeddings", dialect: openAI}
	f.model = func() string { return fmt.Sprint(len(f.texts)) }
	e := embedder(t, f, "/v1", "m")
	_, err := e.Embed(t.Context(), make([]string, 60), embed.Options{Bulk: true})
	if err == nil || !strings.Contains(err.Error(), "changed its model") {
		t.Errorf("%v", err)
	}
}

// data is OpenAI's answer for the vectors as JSON has them.
func data(vectors ...string) string {
	var all []string
	for i, v := range vectors {
		all = append(all, fmt.Sprintf(`{"index":%d,"embedding":%s}`, i, v))
	}
	return `{"data":[` + strings.Join(all, ",") + `]}`
}

func TestMisbehavingServer(t *testing.T) {
	says := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, body)
		}
	}
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			io.WriteString(w, `{"error":{"message":"no, `+key+`"}}`)
		}
	}
	for _, tt := range []struct {
		name  string
		do    http.HandlerFunc
		kind  string
		tries int32 // of bulk work; a question is asked once
	}{
		{"one vector of two", says(data("[1,0]")), llm.KindGarbage, 1},
		{"a vector too many", says(data("[1,0]", "[1,0]", "[1,0]")), llm.KindGarbage, 1},
		{"a vector twice", says(`{"data":[{"index":0,"embedding":[1,0]},{"index":0,"embedding":[1,0]}]}`), llm.KindGarbage, 1},
		{"a vector in vain", says(`{"data":[{"index":0,"embedding":[1,0]},{"index":-1,"embedding":[1,0]}]}`), llm.KindGarbage, 1},
		{"two dimensions and three", says(data("[1,0]", "[1,0,0]")), llm.KindGarbage, 1},
		{"no numbers", says(data("[]", "[]")), llm.KindGarbage, 1},
		{"null", says(data("null", "null")), llm.KindGarbage, 1},
		{"NaN", says(data("[1,0]", "[NaN,0]")), llm.KindGarbage, 1},
		{"endless", says(data("[1,0]", "[1e999,0]")), llm.KindGarbage, 1},
		{"words", says(data("[1,0]", `["a","b"]`)), llm.KindGarbage, 1},
		{"zeros", says(data("[1,0]", "[0,0]")), llm.KindGarbage, 1},
		{"no JSON", says("\x00\xff{"), llm.KindGarbage, 1},
		{"nothing", says(""), llm.KindGarbage, 1},
		{"a list", says("[]"), llm.KindGarbage, 1},
		{"huge", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for chunk := strings.Repeat("1,", 1<<15); ; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, llm.KindGarbage, 1},
		{"web page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		}, llm.KindGarbage, 1},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"data":[`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, llm.KindDown, 1},
		{"redirect", status(302, "Location", "http://elsewhere.invalid/"), llm.KindGarbage, 1},
		{"no key", status(401), llm.KindAuth, 1},
		{"no model", status(404), llm.KindRefused, 1},
		{"500", status(500), llm.KindDown, 1 + retries},
		{"429", status(429, "Retry-After-Ms", "1"), llm.KindBusy, 1 + retries},
		{"429 for an hour", status(429, "Retry-After", "3600"), llm.KindBusy, 1},
	} {
		for _, bulk := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/bulk=%t", tt.name, bulk), func(t *testing.T) {
				t.Parallel()
				var tries atomic.Int32
				e := embedder(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					tries.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					tt.do(w, r)
				}), "/v1", "m")
				_, err := e.Embed(t.Context(), []string{"a"}, embed.Options{Bulk: bulk})
				f, ok := errors.AsType[*llm.Fault](err)
				if !ok || f.Kind != tt.kind {
					t.Fatalf("%v, not of the kind %s", err, tt.kind)
				}
				if strings.Contains(err.Error(), key) {
					t.Errorf("the key is in %v", err)
				}
				want := tt.tries
				if !bulk {
					want = 1
				}
				if n := tries.Load(); n != want {
					t.Errorf("%d requests, not %d", n, want)
				}
			})
		}
	}
}

func TestSilence(t *testing.T) {
	arrived := make(chan struct{})
	e := embedder(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-r.Context().Done()
	}), "/v1", "m")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := e.Embed(ctx, []string{"a"}, embed.Options{Bulk: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestBreaker has a server fail until it is left alone.
func TestBreaker(t *testing.T) {
	var tries atomic.Int32
	e := embedder(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tries.Add(1); w.WriteHeader(500) }), "/v1", "m")
	for range 20 {
		if _, err := e.Embed(t.Context(), []string{"a"}, embed.Options{}); err == nil {
			t.Fatal("no error")
		}
	}
	if n := tries.Load(); n != 5 {
		t.Errorf("%d requests, not 5", n)
	}
}

func TestBadConfig(t *testing.T) {
	for _, url := range []string{"", "example", "ftp://example/", "http://", "http://u:p@example/", "http://example/?q", "http://example.org/v1"} {
		if _, err := NewEmbedder(Config{URL: url, Model: "m", Key: key, Getenv: environment}); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := NewEmbedder(Config{URL: "https://example.org/v1", Model: "m", Key: key, Getenv: environment}); err != nil {
		t.Error(err)
	}
}
