//go:build cgo

package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/testdata/onnxtest"
	"amalfa/testdata/testmodels"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newEngine(t testing.TB, l *testmodels.Loader, o EngineOptions) *Engine {
	return testmodels.Closing(t, NewEngine(l.Load, o))
}

func TestEmbed(t *testing.T) {
	e := newEngine(t, testmodels.Tiny(t), EngineOptions{})
	// [CLS] is 2, [SEP] 3, a 4, b 5, c 6, p 19, q 20; a vector is (mean, 2·mean).
	for _, test := range []struct {
		name string
		text string
		o    Options
		want Vector
	}{
		{"plain", "a b", Options{}, Vector{Values: []float32{3.5, 7}, Tokens: 4}}, // (2+4+5+3)/4
		{"query", "a b", Options{Input: Query}, Vector{Values: []float32{6.8, 13.6}, Tokens: 5}},
		{"passage", "a b", Options{Input: Passage}, Vector{Values: []float32{6.6, 13.2}, Tokens: 5}},
		{"unknown word", "ab", Options{}, Vector{Values: []float32{2, 4}, Tokens: 3}},
		{"exactly full", "a a a a a a", Options{Long: Refuse}, Vector{Values: []float32{3.625, 7.25}, Tokens: 8}},
		{"cut", "a a a a a a b", Options{}, Vector{Values: []float32{3.625, 7.25}, Tokens: 8, Truncated: true}},
		{"cut on the left", "b a a a a a a", Options{Left: true}, Vector{Values: []float32{3.625, 7.25}, Tokens: 8, Truncated: true}},
		// seven tokens, two windows: a a a (17/5) and a b b c (25/6)
		{"chunk", "a a a a b b c", Options{Long: Chunk}, Vector{Values: []float32{(3.4 + 25./6) / 2, 3.4 + 25./6}, Tokens: 11}},
		{"chunk of a short text", "a b", Options{Long: Chunk}, Vector{Values: []float32{3.5, 7}, Tokens: 4}},
		{"unit", "a b", Options{Scale: Unit}, Vector{Values: []float32{float32(1 / math.Sqrt(5)), float32(2 / math.Sqrt(5))}, Tokens: 4}},
		{"spaces only", "  ", Options{}, Vector{Values: []float32{2.5, 5}, Tokens: 2}},
		{"spaces only, chunk", "  ", Options{Long: Chunk}, Vector{Values: []float32{2.5, 5}, Tokens: 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Model, test.want.Digest = "test/tiny", "d1"
			got, err := e.Embed(t.Context(), []string{test.text}, test.o)
			if err != nil {
				t.Fatal(err)
			}
			near := cmp.Comparer(func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6*math.Abs(float64(b)) })
			if diff := cmp.Diff([]Vector{test.want}, got, near); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEmbedTokens(t *testing.T) {
	e := newEngine(t, testmodels.Tiny(t), EngineOptions{})
	got, err := e.EmbedTokens(t.Context(), [][]int64{{4, 5}, {4, 4, 4, 4, 4, 4, 4, 4, 9}}, Options{})
	want := []Vector{
		{Values: []float32{4.5, 9}, Tokens: 2, Model: "test/tiny", Digest: "d1"},
		{Values: []float32{4, 8}, Tokens: 8, Truncated: true, Model: "test/tiny", Digest: "d1"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for name, test := range map[string]struct {
		ids  []int64
		want error
	}{
		"none": {nil, ErrEmpty}, "too high": {[]int64{4, 30}, ErrTokens}, "negative": {[]int64{-1}, ErrTokens},
	} {
		if _, err := e.EmbedTokens(t.Context(), [][]int64{{4}, test.ids}, Options{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmbedErrors(t *testing.T) {
	e := newEngine(t, testmodels.Tiny(t), EngineOptions{})
	if v, err := e.Embed(t.Context(), nil, Options{}); len(v) != 0 || err != nil {
		t.Errorf("no texts: %v, %v", v, err)
	}
	if _, err := e.Embed(t.Context(), []string{"a", ""}, Options{}); !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), "text 1") {
		t.Errorf("empty: %v", err)
	}
	if _, err := e.Embed(t.Context(), []string{"a a a a a a b"}, Options{Long: Refuse}); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	for _, o := range []Options{{Input: "answer"}, {Long: "fold"}, {Scale: "half"}} {
		if _, err := e.Embed(t.Context(), []string{"a"}, o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ctx, []string{"a"}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestLoadsOnce(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	e := newEngine(t, l, EngineOptions{})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := e.Embed(t.Context(), []string{"a"}, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := e.Warm(impatient); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the impatient one got %v", err)
	}
	testmodels.Eventually(t, "all to wait", func() bool { return e.Stats().Waiting == 50 })
	close(l.Hold)
	all.Wait()
	if n := l.Count(); n != 1 {
		t.Errorf("loaded %d times", n)
	}
}

func TestIdleUnloads(t *testing.T) {
	l := testmodels.Tiny(t)
	e := newEngine(t, l, EngineOptions{Options: inference.Options{Idle: time.Millisecond}})
	for range 3 {
		before := l.Count()
		if _, err := e.Embed(t.Context(), []string{"a"}, Options{}); err != nil {
			t.Fatal(err)
		}
		if l.Count() == before {
			t.Error("the model was not loaded again")
		}
		testmodels.Eventually(t, "the model to be unloaded", func() bool {
			return !e.pool.Loaded("")
		})
	}
}

func TestLoadErrors(t *testing.T) {
	files := testmodels.Tiny(t).Files
	write := func(content []byte) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	small := onnxtest.Lookup(6, 2).Write(t)
	for name, test := range map[string]struct {
		change func(*models.Files)
		want   error
		names  string
	}{
		"empty model":       {func(f *models.Files) { f.ModelPath = write(nil) }, inference.ErrBroken, "empty"},
		"random model":      {func(f *models.Files) { f.ModelPath = write([]byte{9, 200, 3, 77, 1}) }, inference.ErrBroken, "not an ONNX file"},
		"empty tokenizer":   {func(f *models.Files) { f.TokenizerPath = write(nil) }, inference.ErrBroken, ""},
		"broken tokenizer":  {func(f *models.Files) { f.TokenizerPath = write([]byte(`{"model":`)) }, inference.ErrBroken, ""},
		"unknown pooling":   {func(f *models.Files) { f.Model.Pooling = "max" }, inference.ErrBroken, "max"},
		"other dimensions":  {func(f *models.Files) { f.Model.Dim = 384 }, inference.ErrBroken, "384"},
		"foreign tokenizer": {func(f *models.Files) { f.ModelPath = small }, inference.ErrBroken, "another model"},
	} {
		t.Run(name, func(t *testing.T) {
			l := testmodels.Tiny(t)
			l.Files = files
			test.change(&l.Files)
			_, err := newEngine(t, l, EngineOptions{}).Embed(t.Context(), []string{"z"}, Options{})
			if err == nil || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.names) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), l.Files.ModelPath) && !strings.Contains(err.Error(), l.Files.TokenizerPath) && test.names != "max" {
				t.Errorf("%v: names no file", err)
			}
		})
	}
}

// TestHeals takes the files away, then gives them back: the engine finds them
// by itself.
func TestHeals(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Fail(&models.MissingError{What: "model test/tiny", Fetch: "amalfa models pull test/tiny"})
	e := newEngine(t, l, EngineOptions{})
	for range 100 {
		if err := e.Warm(t.Context()); !errors.Is(err, inference.ErrNoModel) || !errors.Is(err, models.ErrMissing) {
			t.Fatalf("got %v", err)
		}
	}
	if n := l.Count(); n > 2 {
		t.Errorf("looked for the files %d times", n)
	}
	l.Mend()
	testmodels.Eventually(t, "the files to be found", func() bool { return e.Warm(t.Context()) == nil })
}

func TestBusy(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	e := newEngine(t, l, EngineOptions{Options: inference.Options{Queue: 3, QueueBytes: 100}})
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if _, err := e.Embed(t.Context(), []string{"a"}, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	testmodels.Eventually(t, "the queue to fill", func() bool { return e.Stats().Waiting == 3 })
	if _, err := e.Embed(t.Context(), []string{"a"}, Options{}); !errors.Is(err, inference.ErrBusy) {
		t.Errorf("the fourth got %v", err)
	}
	close(l.Hold)
	all.Wait()
	if _, err := e.Embed(t.Context(), []string{strings.Repeat("a ", 200)}, Options{}); err != nil {
		t.Errorf("a large text alone: %v", err)
	}
	if e.Stats().Waiting != 0 {
		t.Errorf("left over: %d requests", e.Stats().Waiting)
	}
}

func TestClosed(t *testing.T) {
	l := testmodels.Tiny(t)
	e := NewEngine(l.Load, EngineOptions{})
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	if _, err := e.Embed(t.Context(), []string{"a"}, Options{}); !errors.Is(err, inference.ErrClosed) {
		t.Errorf("got %v", err)
	}
	l.Hold = make(chan struct{})
	loading := NewEngine(l.Load, EngineOptions{})
	warm := make(chan error, 1)
	go func() { warm <- loading.Warm(context.Background()) }()
	testmodels.Eventually(t, "the load", func() bool { return l.Count() == 1 })
	if err := loading.Close(); err != nil {
		t.Error(err)
	}
	if err := <-warm; !errors.Is(err, inference.ErrClosed) && !errors.Is(err, context.Canceled) {
		t.Errorf("the waiting one got %v", err)
	}
}

// TestSameBytes holds each text's vector, alone, against the same text in
// company and from many clients at once.
func TestSameBytes(t *testing.T) {
	e := newEngine(t, testmodels.Pinned(t, "bge-small-en-v1.5-q"), EngineOptions{Options: inference.Options{Workers: 4}})
	var texts []string
	for i := range 24 {
		texts = append(texts, strings.Repeat(fmt.Sprintf("note %d says naïve things about 東京. ", i), 1+i%7))
	}
	alone := make([]Vector, len(texts))
	for i, s := range texts {
		v, err := e.Embed(t.Context(), []string{s}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		alone[i] = v[0]
	}
	var all sync.WaitGroup
	for client := range 8 {
		all.Go(func() {
			mine := append(slices.Clone(texts[client:]), texts[:client]...)
			got, err := e.Embed(t.Context(), mine, Options{Bulk: client%2 == 0})
			want := append(slices.Clone(alone[client:]), alone[:client]...)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
	all.Wait()
}

// The values are FastEmbed's, qdrant/fastembed:tests/test_text_onnx_embeddings.py.
func TestCanonicalText(t *testing.T) {
	e := newEngine(t, testmodels.Pinned(t, "bge-small-en-v1.5"), EngineOptions{})
	got, err := e.Embed(t.Context(), []string{"hello world", "flag embedding"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.01522374, -0.02271799, 0.00860278, -0.07424029, 0.00386434} {
		if math.Abs(float64(got[0].Values[i])-want) > 1e-3 {
			t.Errorf("component %d: %v, FastEmbed has %v", i, got[0].Values[i], want)
		}
	}
	if got[0].Tokens != 4 || len(got) != 2 || len(got[1].Values) != 384 {
		t.Errorf("%d vectors, %d tokens", len(got), got[0].Tokens)
	}
}
