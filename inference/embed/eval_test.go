//go:build cgo

package embed

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/inference"
	"amalfa/testdata/testmodels"
)

// BenchmarkRetrieval ranks the Cranfield collection with the fp32 and the int8
// form of the model and reports what the fast one loses.
func BenchmarkRetrieval(b *testing.B) {
	c := testmodels.Cranfield(b)
	for b.Loop() {
		full, fullRecall := quality(b, c, newEngine(b, withPrefix(testmodels.Pinned(b, "bge-small-en-v1.5")), EngineOptions{}))
		quick, quickRecall := quality(b, c, newEngine(b, withPrefix(testmodels.Pinned(b, "bge-small-en-v1.5-q")), EngineOptions{}))
		b.ReportMetric(full, "ndcg10-fp32")
		b.ReportMetric(quick, "ndcg10-int8")
		b.ReportMetric(fullRecall, "recall10-fp32")
		b.ReportMetric(quickRecall, "recall10-int8")
	}
}

// BenchmarkInt8: how many times as fast the default model is in Int8 as in Full, on abstracts of some 200 tokens, in alternating pairs:
// the median and the least, and what a run of Full costs besides its tokens, in tokens, by texts of three words beside them.
// go test -run '^$' -bench Int8 -benchtime 1x ./inference/embed
func BenchmarkInt8(b *testing.B) {
	const pairs, each = 7, 30
	c := testmodels.Cranfield(b)
	full := newEngine(b, testmodels.Pinned(b, "bge-small-en-v1.5"), EngineOptions{})
	quick := newEngine(b, testmodels.Pinned(b, "bge-small-en-v1.5-q"), EngineOptions{})
	for _, e := range []*Engine{full, quick} {
		embedAll(b, e, c.Texts[:4], Options{})
	}
	spend := func(e *Engine, texts []string) (seconds, tokens float64) {
		from := time.Now()
		for _, v := range embedAll(b, e, texts, Options{Input: Passage, Bulk: true}) {
			tokens += float64(v.Tokens)
		}
		return time.Since(from).Seconds(), tokens
	}
	short := make([]string, 10*each)
	for i := range short {
		short[i] = strings.Join(strings.Fields(c.Texts[i])[:3], " ")
	}
	for b.Loop() {
		var factors, fixed []float64
		for i := range pairs {
			texts := c.Texts[i*each : (i+1)*each]
			slow, tokens := spend(full, texts)
			fast, _ := spend(quick, texts)
			brief, few := spend(full, short)
			factors = append(factors, slow/fast)
			perToken := (slow/each - brief/float64(len(short))) / (tokens/each - few/float64(len(short)))
			fixed = append(fixed, (brief-few*perToken)/float64(len(short))/perToken)
		}
		slices.Sort(factors)
		slices.Sort(fixed)
		b.ReportMetric(factors[pairs/2], "times-median")
		b.ReportMetric(factors[0], "times-least")
		b.ReportMetric(fixed[pairs/2], "tokens-a-run")
	}
}

// withPrefix gives the model what the catalogue says it wants before questions.
func withPrefix(l *testmodels.Loader) *testmodels.Loader {
	l.Files.Model.QueryPrefix = "Represent this sentence for searching relevant passages: "
	return l
}

// quality returns the mean nDCG@10 and recall@10 of ranking all documents by
// their cosine to each question.
func quality(t testing.TB, c *testmodels.Collection, e *Engine) (ndcg, recall float64) {
	t.Helper()
	documents := embedAll(t, e, c.Texts, Options{Input: Passage, Bulk: true})
	var ids, questions []string
	for id := range c.Relevant {
		ids, questions = append(ids, id), append(questions, c.Questions[id])
	}
	for i, v := range embedAll(t, e, questions, Options{Input: Query, Bulk: true}) {
		best := nearest(c, documents, v, 10)
		gain, found := 0.0, 0
		for rank, id := range best {
			if slices.Contains(c.Relevant[ids[i]], id) {
				gain += 1 / math.Log2(float64(rank+2))
				found++
			}
		}
		ideal := 0.0
		for rank := range min(10, len(c.Relevant[ids[i]])) {
			ideal += 1 / math.Log2(float64(rank+2))
		}
		ndcg += gain / ideal
		recall += float64(found) / float64(len(c.Relevant[ids[i]]))
	}
	return ndcg / float64(len(ids)), recall / float64(len(ids))
}

func nearest(c *testmodels.Collection, documents []Vector, v Vector, n int) []string {
	order := inference.UpTo(len(documents))
	scores := make([]float64, len(documents))
	for i, d := range documents {
		scores[i] = testmodels.Cosine(d.Values, v.Values)
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
		best[i] = c.IDs[order[i]]
	}
	return best
}

func embedAll(t testing.TB, e *Engine, texts []string, o Options) []Vector {
	t.Helper()
	vectors, err := e.Embed(t.Context(), texts, o)
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}
