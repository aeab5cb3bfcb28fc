//go:build cgo

package embed

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/testdata/testmodels"
)

func TestRows(t *testing.T) {
	l := testmodels.Tiny(t)
	e := newEngine(t, l, EngineOptions{})
	got, err := e.EmbedRows(t.Context(), []string{"a b", "a a a a a a b"}, nil, Options{})
	want := []Rows{
		{Values: [][]float32{{2, 4}, {4, 8}, {5, 10}, {3, 6}}, Model: "test/tiny", Digest: "d1"},
		{Values: [][]float32{{2, 4}, {4, 8}, {4, 8}, {4, 8}, {4, 8}, {4, 8}, {4, 8}, {3, 6}}, Truncated: true, Model: "test/tiny", Digest: "d1"},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	got, err = e.EmbedRows(t.Context(), nil, [][]int64{{4, 6}}, Options{})
	if d := cmp.Diff([]Rows{{Values: [][]float32{{4, 8}, {6, 12}}, Model: "test/tiny", Digest: "d1"}}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if l.Count() != 1 {
		t.Errorf("loaded %d times: its own session has every row", l.Count())
	}
	for name, test := range map[string]struct {
		texts []string
		ids   [][]int64
		o     Options
		want  error
	}{
		"empty":       {[]string{"a", ""}, nil, Options{}, ErrEmpty},
		"no tokens":   {nil, [][]int64{{}}, Options{}, ErrEmpty},
		"bad tokens":  {nil, [][]int64{{99}}, Options{}, ErrTokens},
		"too long":    {[]string{"a a a a a a b"}, nil, Options{Long: Refuse}, ErrTooLong},
		"too much":    {slices.Repeat([]string{"a a a a a a"}, MaxNumbers/16+1), nil, Options{}, inference.ErrTooLarge},
		"bad options": {[]string{"a"}, nil, Options{Input: "poem"}, nil},
	} {
		if _, err := e.EmbedRows(t.Context(), test.texts, test.ids, test.o); err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRowsBesideCLS asks a model whose vectors are its first row: that row is the vector's, bit by bit, though another session made it.
func TestRowsBesideCLS(t *testing.T) {
	l := testmodels.Pinned(t, "bge-small-en-v1.5")
	e := newEngine(t, l, EngineOptions{})
	texts := []string{"hello world", "a naïve café", strings.Repeat("tides ", 700)}
	vectors := embedAll(t, e, texts, Options{Scale: Raw})
	for range 2 {
		rows, err := e.EmbedRows(t.Context(), texts, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range vectors {
			if len(rows[i].Values) != v.Tokens || rows[i].Truncated != v.Truncated {
				t.Errorf("text %d: %d rows of %d tokens", i, len(rows[i].Values), v.Tokens)
			}
			if d := cmp.Diff(v.Values, rows[i].Values[0]); d != "" {
				t.Errorf("text %d: %s", i, d)
			}
		}
	}
	if l.Count() != 2 {
		t.Errorf("loaded %d times, want once for each of the two", l.Count())
	}
}

func TestRowsMean(t *testing.T) {
	l := testmodels.Pinned(t, "all-minilm-l6-v2-q")
	l.Files.Model.Pooling = models.Mean
	e := newEngine(t, l, EngineOptions{})
	texts := []string{"hello world", "a naïve café"}
	rows, err := e.EmbedRows(t.Context(), texts, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range embedAll(t, e, texts, Options{Scale: Raw}) {
		for j, x := range average(rows[i].Values) {
			if math.Abs(float64(x-v.Values[j])) > 1e-6 {
				t.Fatalf("text %d: the mean of the rows is %g at %d, its vector %g", i, x, j, v.Values[j])
			}
		}
	}
}

func TestNoRows(t *testing.T) {
	tiny := testmodels.Tiny(t)
	tiny.Files.ModelPath = testmodels.Classes(30, 2).Write(t)
	tiny.Files.TokenizerPath = testmodels.Tiny(t).Files.TokenizerPath
	tiny.Files.Model.Pooling, tiny.Files.Model.Name = models.None, filepath.Base(tiny.Files.ModelPath)
	e := newEngine(t, tiny, EngineOptions{})
	if _, err := e.EmbedRows(t.Context(), []string{"a"}, nil, Options{}); !errors.Is(err, ErrNoRows) {
		t.Error(err)
	}
}
