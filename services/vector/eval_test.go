//go:build cgo

package vector

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// collection is a set of texts with questions and judgements about them.
type collection struct {
	ids, texts []string            // of the documents
	questions  map[string]string   // by id
	relevant   map[string][]string // document ids by question id
}

// cranfield is the 1,400 abstracts of the Cranfield collection with 225
// questions, from the folder in AMALFA_EVAL or beside this repository.
func cranfield(t testing.TB) *collection {
	t.Helper()
	root := os.Getenv("AMALFA_EVAL")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "eval")
	}
	dir := filepath.Join(root, "cranfield")
	if _, err := os.Stat(filepath.Join(dir, "corpus.jsonl")); err != nil {
		t.Skipf("no Cranfield collection (AMALFA_EVAL names the folder that holds cranfield/): %v", err)
	}
	c := &collection{questions: map[string]string{}, relevant: map[string][]string{}}
	type row struct {
		ID   string `json:"_id"`
		Text string
	}
	eachRow(t, filepath.Join(dir, "corpus.jsonl"), func(line string) error {
		var r row
		err := json.Unmarshal([]byte(line), &r)
		c.ids, c.texts = append(c.ids, r.ID), append(c.texts, max(r.Text, " ")) // one document is empty
		return err
	})
	eachRow(t, filepath.Join(dir, "queries.jsonl"), func(line string) error {
		var r row
		err := json.Unmarshal([]byte(line), &r)
		c.questions[r.ID] = r.Text
		return err
	})
	eachRow(t, filepath.Join(dir, "qrels.tsv"), func(line string) error {
		if strings.HasPrefix(line, "query-id") {
			return nil
		}
		var question, document string
		var score float64
		if _, err := fmt.Sscan(line, &question, &document, &score); err != nil || score <= 0 {
			return err
		}
		c.relevant[question] = append(c.relevant[question], document)
		return nil
	})
	return c
}

func eachRow(t testing.TB, path string, do func(string) error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := do(lines.Text()); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// quality returns the mean nDCG@10 and recall@10 of ranking all documents by
// their cosine to each question.
func (c *collection) quality(t testing.TB, e Embedder) (ndcg, recall float64) {
	t.Helper()
	documents := embedAll(t, e, c.texts, EmbedOptions{Input: Passage, Bulk: true})
	var ids, questions []string
	for id := range c.relevant {
		ids, questions = append(ids, id), append(questions, c.questions[id])
	}
	for i, v := range embedAll(t, e, questions, EmbedOptions{Input: Query, Bulk: true}) {
		best := c.nearest(documents, v, 10)
		gain, found := 0.0, 0
		for rank, id := range best {
			if slices.Contains(c.relevant[ids[i]], id) {
				gain += 1 / math.Log2(float64(rank+2))
				found++
			}
		}
		ideal := 0.0
		for rank := range min(10, len(c.relevant[ids[i]])) {
			ideal += 1 / math.Log2(float64(rank+2))
		}
		ndcg += gain / ideal
		recall += float64(found) / float64(len(c.relevant[ids[i]]))
	}
	return ndcg / float64(len(ids)), recall / float64(len(ids))
}

func (c *collection) nearest(documents []Vector, v Vector, n int) []string {
	order := count(len(documents))
	scores := make([]float64, len(documents))
	for i, d := range documents {
		scores[i] = cosine(d.Values, v.Values)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	best := make([]string, n)
	for i := range best {
		best[i] = c.ids[order[i]]
	}
	return best
}

func embedAll(t testing.TB, e Embedder, texts []string, o EmbedOptions) []Vector {
	t.Helper()
	vectors, err := e.Embed(t.Context(), texts, o)
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}
