package search

import (
	"cmp"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/testdata/assets"
)

// Size of the benchmark's index: `go test ./search -run none -bench . -chunks 1000000`. An index kept with -keep is filled once.
var (
	benchChunks = flag.Int("chunks", 100_000, "chunks in the benchmark's index")
	benchKeep   = flag.String("keep", "", "file of the benchmark's index, to use it again")
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
func filled(b *testing.B, n int) *store.SQLite {
	b.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, cmp.Or(*benchKeep, filepath.Join(b.TempDir(), "amalfa.db")), store.Options{})
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
	b.Logf("%d chunks filled in %v", n, time.Since(from))
	return s
}

type randomEmbedder struct{ r *rand.Rand }

func (e randomEmbedder) EmbedQuery(context.Context, string) ([]float32, string, error) {
	return unit(e.r), benchModel.Digest, nil
}

// BenchmarkSearch asks 60 mixed questions of 3 to 8 words, in a warm process. Beside the mean it reports the median.
func BenchmarkSearch(b *testing.B) {
	st := filled(b, *benchChunks)
	w := newWords(7)
	var questions []string
	for i := range 60 {
		questions = append(questions, w.text(3+i%6))
	}
	medians := map[string]float64{}
	report := func(b *testing.B, name string, took []time.Duration) {
		slices.Sort(took)
		medians[name] = took[len(took)/2].Seconds() * 1000
		b.ReportMetric(medians[name], "ms-median/question")
		b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "ms-p95/question")
	}
	for _, mode := range []string{Keyword, Vector, Hybrid} {
		b.Run(mode, func(b *testing.B) {
			s := New(st, randomEmbedder{rand.New(rand.NewPCG(3, 3))}, nil)
			for _, q := range questions { // a warm process
				ask(b, s, Query{Text: q, Mode: mode})
			}
			var took []time.Duration
			for b.Loop() {
				for _, q := range questions {
					start := time.Now()
					ask(b, s, Query{Text: q, Mode: mode})
					took = append(took, time.Since(start))
				}
			}
			report(b, mode, took)
		})
	}
	b.Run("FTS5Alone", func(b *testing.B) {
		took := fts5Alone(b, st.Path(), questions)
		report(b, "fts5", took)
		b.ReportMetric(medians["fts5"]/medians[Keyword], "times-ours")
	})
	b.Run("NumpyLoop", func(b *testing.B) {
		took := numpyLoop(b, filepath.Join(filepath.Dir(st.Path()), "vectors-"+benchModel.Digest+".bin"), *benchChunks)
		report(b, "numpy", took)
		b.ReportMetric(medians["numpy"]/medians[Vector], "times-ours")
	})
	b.ReportMetric(residentMB(b), "MB-resident")
	b.Run("OpenView", func(b *testing.B) {
		for b.Loop() {
			other, err := store.Open(context.Background(), st.Path(), store.Options{ReadOnly: true})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := other.View(context.Background(), benchModel.Digest); err != nil {
				b.Fatal(err)
			}
			other.Close()
		}
	})
	b.Run("Codes", func(b *testing.B) { benchCodes(b, st) })
}

// benchCodes compares the ten nearest by codes with those of an exact scan.
func benchCodes(b *testing.B, st *store.SQLite) {
	view, err := st.View(context.Background(), benchModel.Digest)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 9))
	const questions = 200
	same := 0
	var exact, coded time.Duration
	for b.Loop() {
		same, exact, coded = 0, 0, 0
		for range questions {
			n := &neighbours{view: view, query: unit(r)}
			from := time.Now()
			n.scan(10, view.Len())
			exact += time.Since(from)
			want := n.best
			from = time.Now()
			n.scan(10, 0)
			coded += time.Since(from)
			if slices.Equal(want, n.best) {
				same++
			}
		}
	}
	b.ReportMetric(float64(same)/questions, "same-top-10")
	b.ReportMetric(exact.Seconds()*1000/questions, "ms-exact")
	b.ReportMetric(coded.Seconds()*1000/questions, "ms-coded")
}

// fts5Alone asks SQLite's own full text search for the same words on the same rows, ranked by its bm25.
func fts5Alone(b *testing.B, path string, questions []string) []time.Duration {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var took []time.Duration
	for b.Loop() {
		took = nil
		for range 2 { // the first round warms the page cache
			took = took[:0]
			for _, q := range questions {
				start := time.Now()
				var ids []int64
				rows, err := db.Query("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 100", strings.Join(strings.Fields(q), " OR "))
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() {
					var id int64
					if err := rows.Scan(&id); err != nil {
						b.Fatal(err)
					}
					ids = append(ids, id)
				}
				if rows.Err() != nil || len(ids) == 0 {
					b.Fatal(rows.Err(), q)
				}
				took = append(took, time.Since(start))
			}
		}
	}
	return took
}

// numpyLoop compares questions with all vectors in numpy, one after the other, and picks the best hundred.
func numpyLoop(b *testing.B, file string, rows int) []time.Duration {
	cmd := exec.Command(assets.Python(b, "numpy"), "-c", fmt.Sprintf(`
import numpy as np, time
n, dim = %d, %d
d = np.array(np.memmap("%s", "<f4", "r", %d + 8 * n + 16 * ((dim + 63) // 64) * n + 4 * n, (n, dim)))
r = np.random.default_rng(1)
for i in range(65):
    q = r.standard_normal(dim, dtype="f4")
    t = time.perf_counter()
    s = d @ q
    best = np.argpartition(-s, 100)[:100]
    best = best[np.argsort(-s[best])]
    if i >= 5: print(time.perf_counter() - t)`, rows, benchDim, file, 4096))
	var took []time.Duration
	for b.Loop() {
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			d, err := time.ParseDuration(strings.TrimSpace(line) + "s")
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, d)
		}
	}
	return took
}

// residentMB is the memory of this process, mapped files included, where the system tells.
func residentMB(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident float64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		b.Fatal(err)
	}
	return resident * float64(os.Getpagesize()) / 1e6
}
