package models

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// body is a file of the test hub: large enough for several reads, different at every place.
func body(name string, size int) []byte {
	out := make([]byte, 0, size+64)
	for i := 0; len(out) < size; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", name, i))
		out = append(out, sum[:]...)
	}
	return out[:size]
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// testHub is a model hub that answers the n-th request for a file's path (from 1) with whatever a test says,
// and remembers what it was asked.
type testHub struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte
	behave   map[string]func(w http.ResponseWriter, r *http.Request, n int)
	requests []*http.Request
}

func newHub(t *testing.T, files map[string][]byte) *testHub {
	t.Helper()
	h := &testHub{files: files, behave: map[string]func(http.ResponseWriter, *http.Request, int){}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *testHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(r.URL.Path, "/resolve/main/")
	h.mu.Lock()
	h.requests = append(h.requests, r.Clone(r.Context()))
	n := 0
	for _, q := range h.requests {
		if q.URL.Path == r.URL.Path && q.Method == r.Method {
			n++
		}
	}
	behave := h.behave[path]
	h.mu.Unlock()
	if behave != nil && r.Method == http.MethodGet {
		behave(w, r, n)
		return
	}
	h.serve(w, r, path)
}

// serve is an honest hub, with ranges and entity tags.
func (h *testHub) serve(w http.ResponseWriter, r *http.Request, path string) {
	data, ok := h.files[path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", `"`+sumOf(data)[:16]+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// asked lists method and Range of the requests for a path, in order.
func (h *testHub) asked(path string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, r := range h.requests {
		if strings.HasSuffix(r.URL.Path, "/"+path) {
			out = append(out, strings.TrimSpace(r.Method+" "+r.Header.Get("Range")))
		}
	}
	return out
}

// locator uses the hub, a cache of its own, and no patience.
func (h *testHub) locator(t *testing.T, env map[string]string) *Locator {
	t.Helper()
	l := testLocator(t, env)
	if h != nil && env["HF_ENDPOINT"] == "" {
		base := l.Getenv
		l.Getenv = func(key string) string {
			if key == "HF_ENDPOINT" {
				return h.URL
			}
			return base(key)
		}
	}
	return l
}

// testLocator has a cache of its own and nothing of this machine's environment.
func testLocator(t *testing.T, env map[string]string) *Locator {
	t.Helper()
	tmp := t.TempDir()
	return &Locator{
		CacheDir: t.TempDir() + "/cache",
		Getenv: func(key string) string {
			if v, ok := env[key]; ok {
				return v
			}
			if key == "TMPDIR" {
				return tmp
			}
			return ""
		},
		Stall: 20 * time.Second, Backoff: time.Millisecond,
	}
}

const (
	testSize = 700_000
	testPath = "onnx/model.onnx"
)

// testModel is a pinned model of two files and what a hub has to serve for it.
func testModel() (Model, variant, map[string][]byte) {
	data := map[string][]byte{testPath: body("model", testSize), tokenizerFile: body("tokenizer", 5000)}
	m, v := modelOf(data, true)
	return m, v, data
}

func modelOf(data map[string][]byte, pin bool) (Model, variant) {
	v := variant{precision: Full}
	for _, path := range []string{testPath, tokenizerFile} {
		f := remote{repo: "org/model", revision: "main", path: path, name: baseName(path)}
		if pin {
			f.sha256, f.size = sumOf(data[path]), int64(len(data[path]))
		}
		v.files = append(v.files, f)
	}
	return Model{Name: "org/model", Dim: 3, MaxTokens: 8, Pooling: CLS, variants: []variant{v}}, v
}

func gzipped(data []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(data)
	z.Close()
	return buf.Bytes()
}

// breakOff ends the answer in the middle, as a dying server does.
func breakOff(w http.ResponseWriter) {
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// hang gives nothing until the client goes away.
func hang(w http.ResponseWriter, r *http.Request) {
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// endless writes until the client goes away.
func endless(w http.ResponseWriter, data []byte) {
	for {
		if _, err := w.Write(data); err != nil {
			return
		}
	}
}
