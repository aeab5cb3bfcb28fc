//go:build cgo

package embed

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"amalfa/inference"
	"amalfa/testdata/testmodels"
)

// TestCacheGivesTheSameBytes asks a second engine, with a handle of its own, for
// what a first one made.
func TestCacheGivesTheSameBytes(t *testing.T) {
	l := testmodels.Pinned(t, "bge-small-en-v1.5-q")
	texts := []string{"hello world", "a naïve café", strings.Repeat("tides ", 700), "the same", "the same"}
	path := filepath.Join(t.TempDir(), "vectors.db")
	plain, err := newEngine(t, l, EngineOptions{}).Embed(t.Context(), texts, Options{})
	if err != nil {
		t.Fatal(err)
	}
	first := newEngine(t, l, EngineOptions{Cache: testmodels.Cache(t, path)})
	second := newEngine(t, l, EngineOptions{Cache: testmodels.Cache(t, path)})
	got, err := first.Embed(t.Context(), texts, Options{Bulk: true})
	if diff := cmp.Diff(plain, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	got, err = second.Embed(t.Context(), texts, Options{})
	if diff := cmp.Diff(plain, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if n, hits := second.Stats().Runs, second.Stats().Hits; n != 0 || hits != 5 {
		t.Errorf("%d inferences, %d hits", n, hits)
	}
	mixed, err := second.Embed(t.Context(), []string{"new", "hello world", "newer"}, Options{})
	if err != nil || second.Stats().Runs != 2 || !cmp.Equal(mixed[1], plain[0]) {
		t.Errorf("%v, %d inferences", err, second.Stats().Runs)
	}
}

// TestCacheTellsOptionsApart holds an engine whose cache has seen every other
// way of asking against one without a cache.
func TestCacheTellsOptionsApart(t *testing.T) {
	l := testmodels.Tiny(t)
	plain, path := newEngine(t, l, EngineOptions{}), filepath.Join(t.TempDir(), "vectors.db")
	kept := newEngine(t, l, EngineOptions{Cache: testmodels.Cache(t, path)})
	texts := []string{"a b c", "a b c a b c d", "q a"}
	options := []Options{
		{}, {Input: Query}, {Input: Passage}, {Long: Chunk}, {Left: true}, {Scale: Unit}, {Scale: Raw}, {Input: Query, Long: Chunk, Scale: Unit},
	}
	for range 2 {
		for _, o := range options {
			o.Bulk = true
			want, err := plain.Embed(t.Context(), texts, o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := kept.Embed(t.Context(), texts, o)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%+v: %v %s", o, err, diff)
			}
		}
	}
	if kept.Stats().Hits < int64(len(options)*len(texts)) {
		t.Errorf("%d hits", kept.Stats().Hits)
	}
	other := testmodels.Tiny(t)
	other.Files.Digest = "d2"
	stranger := newEngine(t, other, EngineOptions{Cache: testmodels.Cache(t, path)})
	if _, err := stranger.Embed(t.Context(), texts, Options{}); err != nil || stranger.Stats().Hits != 0 {
		t.Errorf("another model: %v, %d hits", err, stranger.Stats().Hits)
	}
	if _, err := kept.Embed(t.Context(), []string{"a b c a b c d"}, Options{Long: Refuse}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a long text that was kept cut: %v", err)
	}
}

// TestInteractiveVectorsAreKept waits for no disk, and still loses nothing when
// the engine closes.
func TestInteractiveVectorsAreKept(t *testing.T) {
	l, path := testmodels.Tiny(t), filepath.Join(t.TempDir(), "vectors.db")
	e := NewEngine(l.Load, EngineOptions{Cache: testmodels.Cache(t, path)})
	for _, s := range []string{"a", "b", "c"} {
		if _, err := e.Embed(t.Context(), []string{s}, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}
	again := newEngine(t, l, EngineOptions{Cache: testmodels.Cache(t, path)})
	if _, err := again.Embed(t.Context(), []string{"c", "a", "b"}, Options{}); err != nil || again.Stats().Runs != 0 {
		t.Errorf("%v, %d inferences", err, again.Stats().Runs)
	}
}

// brokenCache fails, or gives what is no vector.
type brokenCache struct{ err error }

func (b brokenCache) Get(_ context.Context, keys []key) (map[key][]byte, error) {
	return map[key][]byte{keys[0]: []byte("no vector")}, b.err
}

func (b brokenCache) Put(context.Context, map[key][]byte) error { return b.err }

func TestBrokenCacheCostsOnlyTime(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	for name, c := range map[string]brokenCache{"fails": {errors.New("disk on fire")}, "lies": {}} {
		e := newEngine(t, testmodels.Tiny(t), EngineOptions{Options: inference.Options{Log: zap.New(core)}, Cache: c})
		for _, bulk := range []bool{true, false} {
			got, err := e.Embed(t.Context(), []string{"a b"}, Options{Bulk: bulk})
			if err != nil || !cmp.Equal(got[0].Values, []float32{3.5, 7}) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	}
	if n := logs.FilterMessage("Embedding cache is not used").Len(); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
