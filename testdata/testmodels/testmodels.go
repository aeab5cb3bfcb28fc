// Package testmodels gives tests the models that engines load: a tiny one
// whose vectors can be reckoned by hand, the committed cross-encoders, and the
// pinned real ones, each with a loader that counts and can fail or wait.
package testmodels

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/models"
	"amalfa/store/cache"
	"amalfa/testdata/assets"
	"amalfa/testdata/onnxtest"
)

// A Loader gives files to engines.
type Loader struct {
	Files models.Files
	Lib   string
	Hold  chan struct{} // closed or nil: loads may go on
	count atomic.Int32
	err   atomic.Pointer[error]
}

// Load is what engines call.
func (l *Loader) Load(ctx context.Context) (models.Files, string, error) {
	l.count.Add(1)
	if l.Hold != nil {
		select {
		case <-l.Hold:
		case <-ctx.Done():
			return models.Files{}, "", ctx.Err()
		}
	}
	if err := l.err.Load(); err != nil {
		return models.Files{}, "", *err
	}
	return l.Files, l.Lib, nil
}

// Count is how often Load was called.
func (l *Loader) Count() int { return int(l.count.Load()) }

// Fail has every Load from now on return err; Mend ends that.
func (l *Loader) Fail(err error) { l.err.Store(&err) }

// Mend ends what Fail began.
func (l *Loader) Mend() { l.err.Store(nil) }

// Of is a loader of files.
func Of(t testing.TB, files models.Files) *Loader {
	return &Loader{Files: files, Lib: assets.Runtime(t)}
}

// Pinned is a model by its name among the test assets.
func Pinned(t testing.TB, name string) *Loader {
	t.Helper()
	model, tokenizer := assets.Model(t, name)
	return Of(t, models.Files{
		Model:     models.Model{Name: name, Dim: 384, MaxTokens: 512, Pooling: models.CLS, Normalize: true},
		ModelPath: model, TokenizerPath: tokenizer, Digest: name,
	})
}

// Committed returns one of the small models of `testdata/models` by the name of
// its folder. The caller's package lies two folders below the root.
func Committed(t testing.TB, name, precision string) models.Files {
	t.Helper()
	files, err := (&models.Locator{}).Find("../../testdata/models/"+name, precision)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The ids of the tiny model: four special tokens, then the letters.
const (
	padID = iota
	unkID
	clsID
	sepID
	aID
)

// Tiny loads a model whose vocabulary is the letters and whose vectors are
// (id, 2·id) for each token, averaged, special tokens included.
func Tiny(t testing.TB) *Loader {
	t.Helper()
	m := onnxtest.Lookup(aID+26, 2)
	for id := range aID + 26 {
		m.Initializers[0].Data[2*id], m.Initializers[0].Data[2*id+1] = float32(id), float32(2*id)
	}
	path := m.Write(t)
	tokenizer := filepath.Join(filepath.Dir(path), "tokenizer.json")
	WriteJSON(t, tokenizer, tinyTokenizer())
	return Of(t, models.Files{
		Model:     models.Model{Name: "test/tiny", Dim: 2, MaxTokens: 8, Pooling: models.Mean, QueryPrefix: "q ", PassagePrefix: "p "},
		ModelPath: path, TokenizerPath: tokenizer, Digest: "d1",
	})
}

type object = map[string]any

func tinyTokenizer() object {
	vocab := map[string]int{"[PAD]": padID, "[UNK]": unkID, "[CLS]": clsID, "[SEP]": sepID}
	for c := range 26 {
		vocab[string(rune('a'+c))] = aID + c
	}
	special := func(name string) object {
		return object{"id": name, "ids": []int{vocab[name]}, "tokens": []string{name}}
	}
	part := func(kind, id string) object { return object{kind: object{"id": id, "type_id": 0}} }
	cls, sep := part("SpecialToken", "[CLS]"), part("SpecialToken", "[SEP]")
	return object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": []any{},
		"normalizer":    object{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": true},
		"pre_tokenizer": object{"type": "BertPreTokenizer"},
		"post_processor": object{"type": "TemplateProcessing",
			"single":         []any{cls, part("Sequence", "A"), sep},
			"pair":           []any{cls, part("Sequence", "A"), sep, part("Sequence", "B"), sep},
			"special_tokens": object{"[CLS]": special("[CLS]"), "[SEP]": special("[SEP]")}},
		"decoder": nil,
		"model":   object{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab},
	}
}

// WriteJSON writes v to a new file.
func WriteJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Cache opens a cache of vectors for the length of the test.
func Cache(t testing.TB, path string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), path, cache.Options{MaxBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return Closing(t, c)
}

// Closing closes an engine when the test ends.
func Closing[E io.Closer](t testing.TB, e E) E {
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// Eventually polls until ok, for at most a minute.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited a minute for %s", what)
		}
	}
}
