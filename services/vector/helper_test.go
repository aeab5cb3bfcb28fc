//go:build cgo

package vector

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/models"
	"amalfa/onnx/onnxtest"
	"amalfa/testdata/assets"
)

// The tiny model: a vocabulary of the letters, whose vectors are
// (id, 2·id) for each token, averaged, special tokens included.
const (
	padID = iota
	unkID
	clsID
	sepID
	aID // then b, c, …
)

// tinyFiles writes the tiny model with its tokenizer.
func tinyFiles(t testing.TB) models.Files {
	t.Helper()
	m := onnxtest.Lookup(aID+26, 2)
	for id := range aID + 26 {
		m.Weights[0].Data[2*id], m.Weights[0].Data[2*id+1] = float32(id), float32(2*id)
	}
	path := m.Write(t)
	tokenizer := filepath.Join(filepath.Dir(path), "tokenizer.json")
	if err := os.WriteFile(tokenizer, tinyTokenizer(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return models.Files{
		Model:     models.Model{Name: "test/tiny", Dim: 2, MaxTokens: 8, Pooling: models.Mean, QueryPrefix: "q ", PassagePrefix: "p "},
		ModelPath: path, TokenizerPath: tokenizer, Digest: "d1",
	}
}

func tinyTokenizer(t testing.TB) []byte {
	t.Helper()
	vocab := map[string]int{"[PAD]": padID, "[UNK]": unkID, "[CLS]": clsID, "[SEP]": sepID}
	for c := range 26 {
		vocab[string(rune('a'+c))] = aID + c
	}
	special := func(name string) map[string]any {
		return map[string]any{"id": name, "ids": []int{vocab[name]}, "tokens": []string{name}}
	}
	part := func(kind, id string) map[string]any {
		return map[string]any{kind: map[string]any{"id": id, "type_id": 0}}
	}
	data, err := json.Marshal(map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": []any{},
		"normalizer":    map[string]any{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true},
		"pre_tokenizer": map[string]any{"type": "BertPreTokenizer"},
		"post_processor": map[string]any{"type": "TemplateProcessing",
			"single":         []any{part("SpecialToken", "[CLS]"), part("Sequence", "A"), part("SpecialToken", "[SEP]")},
			"pair":           []any{part("SpecialToken", "[CLS]"), part("Sequence", "A"), part("SpecialToken", "[SEP]"), part("Sequence", "B"), part("SpecialToken", "[SEP]")},
			"special_tokens": map[string]any{"[CLS]": special("[CLS]"), "[SEP]": special("[SEP]")}},
		"decoder": nil,
		"model": map[string]any{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
			"max_input_chars_per_word": 100, "vocab": vocab},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// loads gives files to engines and counts how often it was asked.
type loads struct {
	files models.Files
	lib   string
	count atomic.Int32
	err   atomic.Pointer[error]
	hold  chan struct{} // closed or nil: loads may go on
}

func (l *loads) load(ctx context.Context) (models.Files, string, error) {
	l.count.Add(1)
	if l.hold != nil {
		select {
		case <-l.hold:
		case <-ctx.Done():
			return models.Files{}, "", ctx.Err()
		}
	}
	if err := l.err.Load(); err != nil {
		return models.Files{}, "", *err
	}
	return l.files, l.lib, nil
}

func (l *loads) fail(err error) { l.err.Store(&err) }

func tinyLoads(t testing.TB) *loads { return &loads{files: tinyFiles(t), lib: assets.Runtime(t)} }

// realLoads is a model by its name among the test assets.
func realLoads(t testing.TB, name string) *loads {
	t.Helper()
	model, tokenizer := assets.Model(t, name)
	return &loads{lib: assets.Runtime(t), files: models.Files{
		Model:     models.Model{Name: name, Dim: 384, MaxTokens: 512, Pooling: models.CLS, Normalize: true},
		ModelPath: model, TokenizerPath: tokenizer, Digest: name,
	}}
}

func newEngine(t testing.TB, l *loads, o EngineOptions) *Engine {
	t.Helper()
	e := NewEngine(l.load, o)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// eventually polls until ok, for at most ten seconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited ten seconds for %s", what)
		}
	}
}
