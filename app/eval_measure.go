package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
)

// An EvalReport is `eval --json`; design.md section 7 fixes its first five keys.
type EvalReport struct {
	Mode      string                `json:"mode"`
	Queries   int                   `json:"queries"`
	NDCG      float64               `json:"ndcg@10"`
	MRR       float64               `json:"mrr@10"`
	Recall    float64               `json:"recall@100"`
	LatencyMs Latency               `json:"latencyMs"`
	Documents int                   `json:"documents"`
	Chunks    int                   `json:"chunks"`
	Halves    map[string]float64    `json:"halves"` // nDCG@10 of every other question
	Degraded  []string              `json:"degraded"`
	Compare   map[string]EvalScores `json:"compare,omitempty"`

	*Answerable // with the questions of other collections; nil without
}

// Latency is how long a question took, in milliseconds: the median, and what 95 of 100 stay within.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

// EvalScores are the means over all questions.
type EvalScores struct {
	NDCG   float64            `json:"ndcg@10"`
	MRR    float64            `json:"mrr@10"`
	Recall float64            `json:"recall@100"`
	Halves map[string]float64 `json:"halves"`
}

// RankFusion is the name of plain rank fusion beside the modes of a query.
const RankFusion = "rrf"

// measure asks every question.
func (e *evaluation) measure(ctx context.Context) (EvalReport, error) {
	stats, err := e.store.Stats(ctx)
	if err != nil {
		return EvalReport{}, err
	}
	main, err := e.ask(ctx, e.Mode)
	if err != nil {
		return EvalReport{}, err
	}
	sum := e.scores(main.rankings)
	r := EvalReport{
		Mode: e.Mode, Queries: len(main.rankings), NDCG: sum.NDCG, MRR: sum.MRR, Recall: sum.Recall, Halves: sum.Halves,
		LatencyMs: main.latency(), Documents: stats.Notes, Chunks: stats.Chunks, Degraded: append([]string{}, main.degraded...),
	}
	if e.Run != "" {
		if err := writeRun(e.Run, main.rankings); err != nil {
			return r, err
		}
	}
	if e.Compare {
		if r.Compare, err = e.compare(ctx); err != nil {
			return r, err
		}
	}
	if len(e.Unanswerable) > 0 {
		r.Answerable, err = e.answerable(ctx)
	}
	return r, err
}

func writeRun(path string, rankings []eval.Ranking) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(eval.WriteRun(f, "amalfa", rankings), f.Close())
}

// answers are the rankings of one mode.
type answers struct {
	rankings []eval.Ranking
	took     []time.Duration
	degraded []string
}

func (e *evaluation) ask(ctx context.Context, mode string) (answers, error) {
	var out answers
	for _, q := range e.collection.Questions {
		from := time.Now()
		ans, err := e.question(ctx, q, mode, eval.RecallDepth)
		if err != nil {
			return out, err
		}
		out.took = append(out.took, time.Since(from))
		r := eval.Ranking{Question: q.ID}
		for _, h := range ans.Results {
			r.Documents = append(r.Documents, e.documents[h.ID])
			value := h.Score
			if h.Scores.Rerank != nil { // all have one: no budget ends an evaluation
				value = *h.Scores.Rerank
			}
			r.Values = append(r.Values, value)
		}
		out.rankings = append(out.rankings, r)
		if len(ans.Degraded) > 0 && len(out.degraded) == 0 {
			out.degraded = ans.Degraded
		}
	}
	return out, nil
}

func (a answers) latency() Latency {
	took := slices.Sorted(slices.Values(a.took))
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	return Latency{at(0.5), at(0.95)}
}

// scores are the means over all questions, and nDCG over the first, third, … and over the second, fourth, …
func (e *evaluation) scores(rankings []eval.Ranking) EvalScores {
	var all, halves [2][]eval.Scores
	for i, r := range rankings {
		s := eval.Score(r.Documents, e.collection.Judged[r.Question])
		all[0] = append(all[0], s)
		halves[i%2] = append(halves[i%2], s)
	}
	mean := eval.Mean(all[0])
	return EvalScores{mean.NDCG, mean.MRR, mean.Recall, map[string]float64{
		"odd": eval.Mean(halves[0]).NDCG, "even": eval.Mean(halves[1]).NDCG,
	}}
}

// compare measures each side alone, plain rank fusion of both, and hybrid.
func (e *evaluation) compare(ctx context.Context) (map[string]EvalScores, error) {
	byMode := map[string]answers{}
	for _, mode := range []string{search.Keyword, search.Vector, search.Hybrid} {
		a, err := e.ask(ctx, mode)
		if err != nil {
			return nil, err
		}
		byMode[mode] = a
	}
	fused, err := e.rankFusion(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]EvalScores{RankFusion: e.scores(fused)}
	for mode, a := range byMode {
		out[mode] = e.scores(a.rankings)
	}
	return out, nil
}

// rankFusion is plain rank fusion of both sides' full lists, before anything is folded.
func (e *evaluation) rankFusion(ctx context.Context) ([]eval.Ranking, error) {
	documents, err := e.documentsByChunk(ctx)
	if err != nil {
		return nil, err
	}
	var fused []eval.Ranking
	for _, q := range e.collection.Questions {
		words, vectors, err := e.searcher.EachSide(ctx, search.Query{Text: q.Text, Plain: true})
		if err != nil && !errors.Is(err, search.ErrQuery) {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		fused = append(fused, eval.Ranking{Question: q.ID, Documents: eval.Fuse(firstOfEach(documents, words), firstOfEach(documents, vectors))})
	}
	return fused, nil
}

// documentsByChunk says of which document each passage is.
func (e *evaluation) documentsByChunk(ctx context.Context) (map[int64]string, error) {
	documents := map[int64]string{}
	for note, document := range e.documents {
		chunks, err := e.store.Chunks(ctx, note)
		if err != nil {
			return nil, err
		}
		for _, c := range chunks {
			documents[c.ID] = document
		}
	}
	return documents, nil
}

// firstOfEach lists the documents of ranked passages, each where its best one stands.
func firstOfEach(documents map[int64]string, ranked []store.Match) []string {
	var ids []string
	seen := map[string]bool{}
	for _, m := range ranked {
		if d := documents[m.Chunk]; !seen[d] {
			seen[d] = true
			ids = append(ids, d)
		}
	}
	return ids
}
