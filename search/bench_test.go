package search

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/sqlite"
)

// `go test ./search -run none -bench Search -chunks 100000 -keep DIR` measures one size, and fills what DIR has not yet.
var (
	benchChunks = flag.String("chunks", "100000,1000000", "chunks in the benchmark's indexes")
	benchKeep   = flag.String("keep", "", "folder of the benchmark's indexes, to use them again")
)

const benchDim = 384

var benchModel = store.Model{Digest: "bench", Name: "bench", Dim: benchDim}

// words draws words whose frequencies follow Zipf's law, as those of real text do.
type words struct{ zipf *rand.Zipf }

func newWords(seed uint64) words {
	return words{rand.NewZipf(rand.New(rand.NewPCG(seed, 1)), 1.1, 8, 80_000)}
}

func (w words) text(n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "w%s ", letters(w.zipf.Uint64()))
	}
	return b.String()
}

// letters spells a number without digits, so that a word stays one term.
func letters(n uint64) string {
	s := []byte{byte('a' + n%26)}
	for n /= 26; n > 0; n /= 26 {
		s = append(s, byte('a'+n%26))
	}
	return string(s) + "x"
}

func unit(r *rand.Rand) []float32 {
	v := make([]float32, benchDim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// filled is an index of n chunks of 120 words, 20 a note.
func filled(b *testing.B, n int) *sqlite.Store {
	b.Helper()
	ctx := context.Background()
	dir := filepath.Join(cmp.Or(*benchKeep, b.TempDir()), strconv.Itoa(n))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	s, err := sqlite.Open(ctx, filepath.Join(dir, "amalfa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if stats, err := s.Stats(ctx); err != nil || stats.Chunks == n {
		return s
	}
	from := time.Now()
	w, r := newWords(1), rand.New(rand.NewPCG(1, 2))
	const perBatch = 5000
	for start := 0; start < n; start += perBatch {
		batch := store.Batch{Vectors: map[string][]float32{}, Model: benchModel}
		for i := start; i < min(start+perBatch, n); i += 20 {
			p := store.Put{Note: store.Note{ID: fmt.Sprintf("notes/%d.md", i), Title: w.text(3), Hash: "h"}}
			for j := range min(20, n-i) {
				hash := fmt.Sprint(i + j)
				p.Chunks = append(p.Chunks, store.Chunk{Seq: j, FirstLine: j, LastLine: j, Hash: hash, Text: w.text(120)})
				batch.Vectors[hash] = unit(r)
			}
			batch.Puts = append(batch.Puts, p)
		}
		if err := s.Apply(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.SetActiveModel(ctx, benchModel); err != nil {
		b.Fatal(err)
	}
	nearest(b, s, make([]float32, benchDim))
	b.Logf("%d chunks filled in %v", n, time.Since(from))
	return s
}

type randomEmbedder struct{ r *rand.Rand }

func (e randomEmbedder) EmbedQuery(context.Context, string) ([]float32, string, error) {
	return unit(e.r), benchModel.Digest, nil
}

// questions are 60 mixed ones of 3 to 8 words.
func questions() []string {
	w := newWords(7)
	var list []string
	for i := range 60 {
		list = append(list, w.text(3+i%6))
	}
	return list
}

// medians are what the parts of a benchmark took, in ms, to compare them.
type medians map[string]float64

func (m medians) report(b *testing.B, name string, took []time.Duration) {
	slices.Sort(took)
	m[name] = took[len(took)/2].Seconds() * 1000
	b.ReportMetric(m[name], "ms-median/question")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "ms-p95/question")
}

// ratio says how many times as long another part took as ours.
func (m medians) ratio(b *testing.B, other, ours string) {
	if m[ours] > 0 { // a run of some parts may leave it out
		b.ReportMetric(m[other]/m[ours], "times-ours")
	}
}

// BenchmarkSearch asks in a warm process, and beside it what a user could have instead: SQLite's FTS5 alone for the words, and a
// loop in numpy for the vectors. In the median of 60 questions hybrid takes 25 ms at most among 100,000 chunks, and 200 ms among
// a million.
func BenchmarkSearch(b *testing.B) {
	for size := range strings.SplitSeq(*benchChunks, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(size, func(b *testing.B) { benchSize(b, filled(b, n), n) })
	}
}

func benchSize(b *testing.B, st *sqlite.Store, n int) {
	m := medians{}
	for _, mode := range []string{Keyword, Vector, Hybrid} {
		b.Run(mode, func(b *testing.B) {
			s := New(st, randomEmbedder{rand.New(rand.NewPCG(3, 3))}, nil)
			askAll(b, s, mode) // a warm process
			var took []time.Duration
			for b.Loop() {
				took = append(took, askAll(b, s, mode)...)
			}
			m.report(b, mode, took)
		})
	}
	b.Run("FTS5Alone", func(b *testing.B) {
		m.report(b, "fts5", fts5Alone(b, st))
		m.ratio(b, "fts5", Keyword)
	})
	b.Run("Nearest", func(b *testing.B) { benchNearest(b, m, st) })
	b.Run("NumpyLoop", func(b *testing.B) {
		m.report(b, "numpy", numpyLoop(b, filepath.Join(filepath.Dir(st.Path()), "vectors-"+benchModel.Digest+".bin"), n))
		m.ratio(b, "numpy", "nearest")
	})
	b.Run("Open", func(b *testing.B) { benchOpen(b, st.Path()) })
	b.Run("Memory", func(b *testing.B) { benchMemory(b, st.Path()) })
}

func askAll(tb testing.TB, s *Searcher, mode string) []time.Duration {
	tb.Helper()
	var took []time.Duration
	for _, q := range questions() {
		start := time.Now()
		ask(tb, s, Query{Text: q, Mode: mode})
		took = append(took, time.Since(start))
	}
	return took
}

// nearest finds the hundred nearest, as a search does.
func nearest(b *testing.B, st store.Store, query []float32) {
	if _, err := st.Nearest(b.Context(), benchModel.Digest, query, depth, nil); err != nil {
		b.Fatal(err)
	}
}

func benchNearest(b *testing.B, m medians, st store.Store) {
	r := rand.New(rand.NewPCG(9, 9))
	var took []time.Duration
	for b.Loop() {
		for range 200 {
			query := unit(r)
			from := time.Now()
			nearest(b, st, query)
			took = append(took, time.Since(from))
		}
	}
	m.report(b, "nearest", took)
}

// benchOpen is what a process does before it can compare vectors.
func benchOpen(b *testing.B, path string) {
	for b.Loop() {
		st, err := sqlite.Open(b.Context(), path, sqlite.Options{ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		nearest(b, st, make([]float32, benchDim))
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
