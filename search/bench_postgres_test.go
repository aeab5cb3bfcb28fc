package search_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/search"
	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/sqlite"
	"amalfa/testdata/pgserver"
)

// BenchmarkServer has the same passages in a file and on a PostgreSQL server (AMALFA_PASSAGES of them, 100,000 without it), and asks both
// the same 60 questions: by one client and by 16. It tells what writing them costs, what they take on disk, and what share of the ten
// nearest vectors the server's index finds.
func BenchmarkServer(b *testing.B) {
	c := newCorpus(passagesAsked(b))
	stores := map[string]store.Store{}
	url := pgserver.Shared(b).Database(b)
	server, err := postgres.Open(b.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	dir := b.TempDir()
	file, err := sqlite.Open(b.Context(), filepath.Join(dir, "amalfa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	stores["server"], stores["file"] = server, file
	for _, name := range []string{"file", "server"} {
		st := stores[name]
		b.Run("write-"+name, func(b *testing.B) {
			for b.Loop() {
				from := time.Now()
				c.fill(b, st)
				b.ReportMetric(ms(time.Since(from))/float64(c.passages), "ms/passage")
			}
			if err := st.SetActiveModel(b.Context(), c.model); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(bytesOf(b, st, dir)/float64(c.passages), "bytes/passage")
		})
	}
	for _, name := range []string{"file", "server"} {
		for _, mode := range []string{search.Hybrid, search.Keyword} {
			for _, clients := range []int{1, 16} {
				b.Run(fmt.Sprintf("%s-%s-%d", mode, name, clients), func(b *testing.B) { c.ask(b, stores[name], mode, clients) })
			}
		}
	}
	b.Run("recall", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(100*c.recall(b, server, 10), "%-of-10")
			b.ReportMetric(100*c.recall(b, server, 100), "%-of-100")
		}
	})
}

func passagesAsked(b *testing.B) int {
	b.Helper()
	text := os.Getenv("AMALFA_PASSAGES")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1000 {
		b.Fatalf("AMALFA_PASSAGES=%q is no number from 1000 on", text)
	}
	return n
}

// bytesOf is what an index takes on disk.
func bytesOf(b *testing.B, st store.Store, dir string) (n float64) {
	b.Helper()
	if server, ok := st.(*postgres.Store); ok {
		stats, err := server.Stats(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		return float64(stats.Bytes)
	}
	if _, err := st.Nearest(b.Context(), "corpus", make([]float32, corpusDim), 1, nil); err != nil { // makes the file of vectors
		b.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			n += float64(info.Size())
		}
	}
	return n
}

const (
	corpusDim      = 384
	corpusNote     = 20 // passages of a note
	corpusTopics   = 500
	corpusRank     = 48 // directions that topics and passages differ in
	corpusQueries  = 60
	corpusBatch    = 64 // notes of a batch, as ingest has it
	corpusNearness = 100
)

// A corpus is passages of words by Zipf's law, and vectors as alike as a model's: about a common mean, in topics, of few directions. Vectors
// without any order have no neighbours to speak of, and no index finds them.
type corpus struct {
	passages int
	model    store.Model
	mean     []float32
	basis    [][]float32
	topics   [][]float32
	queries  [][]float32
	text     []string
	nearest  []store.Top // the exact nearest of each query, by the number of the passage
}

func newCorpus(passages int) *corpus {
	r := rand.New(rand.NewPCG(11, 12))
	c := &corpus{passages: passages, model: store.Model{Digest: "corpus", Name: "generated", Dim: corpusDim}, mean: normal(r, corpusDim)}
	for range corpusRank {
		c.basis = append(c.basis, unitOf(normal(r, corpusDim)))
	}
	for range corpusTopics {
		c.topics = append(c.topics, normal(r, corpusRank))
	}
	w := zipfWords(7)
	for i := range corpusQueries {
		c.queries, c.text = append(c.queries, c.vector(r)), append(c.text, w(3+i%6))
	}
	return c
}

func normal(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func unitOf(v []float32) []float32 {
	n := float32(math.Sqrt(float64(dot(v, v))))
	for i := range v {
		v[i] /= n
	}
	return v
}

func dot(a, b []float32) (sum float32) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func (c *corpus) vector(r *rand.Rand) []float32 {
	const common, topic, own, rest = 0.36, 0.8, 0.6, 0.1 // the mean of unit vectors is then 0.7 long; bge-small's on Cranfield 0.83
	v := make([]float32, corpusDim)
	for i, m := range c.mean {
		v[i] = common*m + rest*float32(r.NormFloat64())
	}
	t := c.topics[r.IntN(len(c.topics))]
	for j, direction := range c.basis {
		weight := topic*t[j] + own*float32(r.NormFloat64())
		for i, x := range direction {
			v[i] += weight * x
		}
	}
	return unitOf(v)
}

// fill writes the passages with their vectors, in batches as ingest has them.
func (c *corpus) fill(b *testing.B, st store.Store) {
	b.Helper()
	r, w := rand.New(rand.NewPCG(21, 22)), zipfWords(1)
	c.nearest = make([]store.Top, len(c.queries))
	for i := range c.nearest {
		c.nearest[i].Limit = corpusNearness
	}
	for at := 0; at < c.passages; {
		batch := store.Batch{Model: c.model, Vectors: map[string][]float32{}}
		for len(batch.Puts) < corpusBatch && at < c.passages {
			p := store.Put{Note: store.Note{ID: fmt.Sprintf("d%d/n%d.md", at%100, at/corpusNote), Title: w(3), Hash: fmt.Sprint("h", at), Kind: "markdown"}}
			for seq := range corpusNote {
				hash := fmt.Sprintf("%064x", at)
				p.Chunks = append(p.Chunks, store.Chunk{Seq: seq, Heading: []string{w(3)}, FirstLine: seq, LastLine: seq, Tokens: 150, Hash: hash, Text: w(120)})
				v := c.vector(r)
				batch.Vectors[hash] = v
				for i, q := range c.queries {
					c.nearest[i].Offer(store.Match{Chunk: int64(at), Score: float64(dot(q, v))})
				}
				at++
			}
			batch.Puts = append(batch.Puts, p)
		}
		batch.More = at < c.passages
		if err := st.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

// zipfWords returns texts of n words whose frequencies follow Zipf's law, as those of real text do.
func zipfWords(seed uint64) func(n int) string {
	zipf := rand.NewZipf(rand.New(rand.NewPCG(seed, 1)), 1.1, 8, 80_000)
	return func(n int) string {
		words := make([]string, n)
		for i := range words {
			words[i] = "w" + strconv.FormatUint(zipf.Uint64(), 36) + "x"
		}
		return strings.Join(words, " ")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func middle(spent []time.Duration) time.Duration {
	slices.Sort(spent)
	return spent[len(spent)/2]
}

// EmbedQuery implements search.Embedder.
func (c *corpus) EmbedQuery(_ context.Context, question string) ([]float32, string, error) {
	for i, text := range c.text {
		if text == question {
			return c.queries[i], c.model.Digest, nil
		}
	}
	return nil, "", fmt.Errorf("no vector of %q", question)
}

// ask reports the median of the questions, each client asking all of them.
func (c *corpus) ask(b *testing.B, st store.Store, mode string, clients int) {
	s := search.New(st, c, nil)
	question := func(text string) time.Duration {
		from := time.Now()
		a, err := s.Search(b.Context(), search.Query{Text: text, Mode: mode})
		if err != nil || len(a.Results) == 0 || len(a.Degraded) > 0 {
			b.Errorf("%q: %v, %+v", text, err, a.Degraded)
		}
		return time.Since(from)
	}
	for _, text := range c.text { // what a process reads once
		question(text)
	}
	for b.Loop() {
		var mu sync.Mutex
		var spent []time.Duration
		var all sync.WaitGroup
		from := time.Now()
		for client := range clients {
			all.Go(func() {
				for i := range c.text {
					d := question(c.text[(i+client*7)%len(c.text)])
					mu.Lock()
					spent = append(spent, d)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		b.ReportMetric(ms(middle(spent)), "ms-median/search")
		b.ReportMetric(float64(len(spent))/time.Since(from).Seconds(), "searches/s")
	}
}

// recall is the share of the exact nearest k that the store finds.
func (c *corpus) recall(b *testing.B, st store.Store, k int) float64 {
	b.Helper()
	found := 0
	for i, q := range c.queries {
		near, err := st.Nearest(b.Context(), c.model.Digest, q, k, nil)
		if err != nil {
			b.Fatal(err)
		}
		ids := make([]int64, len(near))
		for j, m := range near {
			ids[j] = m.Chunk
		}
		chunks, err := st.ChunksByID(b.Context(), ids)
		if err != nil {
			b.Fatal(err)
		}
		exact := map[string]bool{}
		for _, m := range c.nearest[i].Sorted()[:k] {
			exact[fmt.Sprintf("%064x", m.Chunk)] = true
		}
		for _, chunk := range chunks {
			if exact[chunk.Hash] {
				found++
			}
		}
	}
	return float64(found) / float64(k*len(c.queries))
}
