package remote

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"amalfa/inference/embed"
	"amalfa/inference/rerank"
	"amalfa/llm"
	"amalfa/testdata/assets"
	"amalfa/testdata/llamacpp"
)

// TestLlamaCpp holds both clients against llama.cpp's own server.
func TestLlamaCpp(t *testing.T) {
	model, tokenizer := assets.Model(t, "bge-small-en-v1.5")
	srv := llamacpp.Serve(t, model, tokenizer, "f32", 512, key)
	at := func(path string, k llm.Secret) *Embedder {
		e, err := NewEmbedder(Config{URL: srv.URL + path, Model: "real", Key: k, Getenv: environment})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		return e
	}
	long := strings.Repeat("tides and weather ", 500)
	texts := []string{"High water at the quay.", long, "The mole."}
	for i := range 40 {
		texts = append(texts, fmt.Sprint("Note ", i))
	}
	base, err := at("", key).Embed(t.Context(), texts, embed.Options{Bulk: true})
	if err != nil || len(base.Values) != len(texts) || len(base.Probe) != 384 {
		t.Fatalf("%d vectors, %v", len(base.Values), err)
	}
	for _, path := range []string{"/v1", "/v1/embeddings"} {
		got, err := at(path, key).Embed(t.Context(), texts[:1], embed.Options{})
		if err != nil || Cosine(got.Values[0], base.Values[0]) < 0.9999 || Cosine(got.Probe, base.Probe) < 0.9999 {
			t.Errorf("%q: %v", path, err)
		}
	}
	// what is too long is cut, and stands for its beginning
	short, err := at("", key).Embed(t.Context(), []string{long[:1600], "granite from the quarry"}, embed.Options{})
	if err != nil || Cosine(base.Values[1], short.Values[0]) < 0.95 || Cosine(base.Values[1], short.Values[1]) > 0.9 {
		t.Errorf("of a long text: %v", err)
	}
	_, err = at("", "sk-wrong-0123456789abcdef").Embed(t.Context(), texts[:1], embed.Options{})
	if f, ok := errors.AsType[*llm.Fault](err); !ok || f.Kind != llm.KindAuth {
		t.Errorf("a wrong key: %v", err)
	}
	_, err = at("/elsewhere", key).Embed(t.Context(), texts[:1], embed.Options{})
	if f, ok := errors.AsType[*llm.Fault](err); !ok || f.Kind != llm.KindRefused || f.Status != 404 || !strings.Contains(f.Message, "File Not Found") {
		t.Errorf("a wrong path: %v", err)
	}
}

// TestLlamaCppReranks gives llama.cpp the scores of which are known: those of the model's own maker, 3.288, 2.364 and 1.618.
func TestLlamaCppReranks(t *testing.T) {
	const dir = "../../testdata/models/xlmr/"
	srv := llamacpp.Serve(t, dir+"model.onnx", dir+"tokenizer.json", "f32", 128, "")
	docs := []string{"The giant panda eats bamboo.", "A panda is a bear, and so is a grizzly.", "no", strings.Repeat("bamboo ", 300)}
	want := []float64{2.364, 1.618, 3.288}
	for _, path := range []string{"", "/rerank", "/v1", "/v1/rerank"} {
		r, err := NewReranker(Config{URL: srv.URL + path, Model: "real", Getenv: environment})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		a, err := r.Score(t.Context(), rerank.Request{Query: "panda", Documents: docs})
		if err != nil || a.Judged != len(docs) {
			t.Fatalf("%q: %d judged, %v", path, a.Judged, err)
		}
		for i, w := range want { // llama.cpp computes GELU by a table of half precision
			if s := a.Scores[i]; math.Abs(s.Raw-w) > 0.25 || s.Value != 1/(1+math.Exp(-s.Raw)) {
				t.Errorf("%q: %d: %+v, want %f", path, i, s, w)
			}
		}
	}
}
