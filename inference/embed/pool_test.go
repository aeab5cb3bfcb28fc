//go:build cgo

package embed

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/testdata/testmodels"
)

// catalogueOf offers the tiny model under names of the catalogue.
func catalogueOf(t *testing.T, names ...string) (*inference.Finder, *atomic.Int32) {
	tiny := testmodels.Tiny(t)
	var found atomic.Int32
	return &inference.Finder{
		Find: func(_ context.Context, name string) (models.Files, string, error) {
			if !slices.Contains(names, name) {
				return models.Files{}, "", &models.MissingError{What: "model " + name, Fetch: "amalfa models pull " + name}
			}
			found.Add(1)
			f := tiny.Files
			f.Model.Name, f.Digest = name, "digest of "+name
			return f, tiny.Lib, nil
		},
		List: func(context.Context) []string { return names },
	}, &found
}

const (
	base  = "BAAI/bge-base-en-v1.5"
	large = "BAAI/bge-large-en-v1.5"
	small = "BAAI/bge-small-en-v1.5"
)

func TestSeveralModels(t *testing.T) {
	finder, found := catalogueOf(t, base, large)
	e := newEngine(t, testmodels.Tiny(t), EngineOptions{Finder: finder})
	for ask, want := range map[string]string{
		"": "test/tiny", "test/tiny": "test/tiny", base: base, "bge-base-en-v1.5": base, "baai/BGE-base-en-v1.5:latest": base, large: large,
	} {
		got, err := e.Embed(t.Context(), []string{"a b"}, Options{Model: ask})
		if err != nil || got[0].Model != want {
			t.Errorf("%q: %v, %v", ask, got, err)
		}
	}
	if n := found.Load(); n != 2 {
		t.Errorf("%d loads of two models", n)
	}
	if _, err := e.Embed(t.Context(), []string{"a"}, Options{Model: small}); !errors.Is(err, inference.ErrUnknownModel) {
		t.Errorf("absent: %v", err)
	}
	if diff := cmp.Diff([]string{"test/tiny", base, large}, e.Names(t.Context())); diff != "" {
		t.Error(diff)
	}
}

// TestLeastRecentlyUsed has room for two models of three.
func TestLeastRecentlyUsed(t *testing.T) {
	finder, found := catalogueOf(t, base, large, small)
	file, err := os.Stat(testmodels.Tiny(t).Files.ModelPath)
	if err != nil {
		t.Fatal(err)
	}
	size := file.Size()
	e := newEngine(t, testmodels.Tiny(t), EngineOptions{Finder: finder, ModelBytes: 2*size + size/2})
	ask := func(name string) {
		t.Helper()
		if _, err := e.Embed(t.Context(), []string{"a"}, Options{Model: name}); err != nil {
			t.Fatal(err)
		}
	}
	inMemory := func() []string {
		var names []string
		for _, name := range []string{base, large, small} {
			if e.pool.Loaded(name) {
				names = append(names, name)
			}
		}
		return names
	}
	ask(base)
	ask(large)
	ask(base)
	ask(small) // no room but for two: large goes, and the default model before it
	if diff := cmp.Diff([]string{base, small}, inMemory()); diff != "" {
		t.Error(diff)
	}
	ask(large)
	if n := found.Load(); n != 4 {
		t.Errorf("%d loads", n)
	}
}

// TestNoRoom keeps the one model that fits in use.
func TestNoRoom(t *testing.T) {
	finder, _ := catalogueOf(t, base)
	e := newEngine(t, testmodels.Tiny(t), EngineOptions{Finder: finder, ModelBytes: 1})
	_, release, err := e.pool.Acquire(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Embed(t.Context(), []string{"a"}, Options{Model: base}); !errors.Is(err, inference.ErrBusy) {
		t.Errorf("while the other is in use: %v", err)
	}
	release()
	testmodels.Eventually(t, "the failure to be forgotten", func() bool {
		_, err := e.Embed(t.Context(), []string{"a"}, Options{Model: base})
		return err == nil
	})
}
