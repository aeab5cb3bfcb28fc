// Package llamacpp starts llama.cpp's own server for tests: with a small model of random weights that is made for the purpose (what it says is
// noise; how the server says it, counts it, stops it and refuses it is as everywhere), or with a model of vectors or scores.
package llamacpp

import (
	_ "embed" // for serve.py
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"amalfa/testdata/assets"
)

// packages are the server (34 MB), what reads models (19 MB) and what writes them, by their versions of November 2026.
func packages() []string {
	return []string{"xllamacpp==2026.10.11549", "gguf==0.19.0", "onnx==1.23.2"}
}

//go:embed serve.py
var script string

//go:embed bert.py
var bertScript string

// Model is the name of the model.
const Model = "tiny"

// Options are those of a server.
type Options struct {
	Context int    // tokens of a question and its answer; two are answered at once. A token is a byte
	Answer  int    // tokens of an answer where the request says nothing of it; -1 for all that the context holds
	Key     string // without which it answers nothing but its list of models; "" for none
}

// A Server runs until its test ends.
type Server struct {
	URL string // without /v1
	key string
}

// Start returns a server that answers.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	return start(t, o.Key, "-c", script, filepath.Join(t.TempDir(), "tiny.gguf"), strconv.Itoa(o.Context), strconv.Itoa(o.Answer))
}

// Serve returns a server of an ONNX model of vectors or scores, with weights as GGUF calls them ("f32", "q8_0"), for texts of so many tokens,
// and for those with the key alone where there is one.
func Serve(t testing.TB, model, tokenizer, weights string, context int, key string) *Server {
	t.Helper()
	return start(t, key, "-c", bertScript, model, tokenizer, filepath.Join(t.TempDir(), "model.gguf"), weights, strconv.Itoa(context))
}

func start(t testing.TB, key string, args ...string) *Server {
	t.Helper()
	if key != "" {
		args = append(args, key)
	}
	cmd := exec.Command(assets.Python(t, packages()...), args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	address, _, _ := assets.Started(t, cmd, "llama.cpp")
	return &Server{address, key}
}

// Busy tells how many questions the server works on, and how many tokens it has made since it began, by its own count.
func (s *Server) Busy(t testing.TB) (questions, tokens int) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return s.count(t, text, "requests_processing"), s.count(t, text, "n_decode_total")
}

func (s *Server) count(t testing.TB, text []byte, name string) int {
	t.Helper()
	found := regexp.MustCompile(`(?m)^llamacpp:` + name + ` (\d+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("llama.cpp counts no %s:\n%s", name, text)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
