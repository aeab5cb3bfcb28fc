package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"amalfa/search"
	"amalfa/search/eval"

	"github.com/urfave/cli/v3"
)

// measure asks every question.
func (e *evaluation) measure(ctx context.Context, c *cli.Command) (evalAnswer, error) {
	stats, err := e.store.Stats(ctx)
	if err != nil {
		return evalAnswer{}, err
	}
	main, err := e.ask(ctx, e.mode)
	if err != nil {
		return evalAnswer{}, err
	}
	sum := e.scores(main.rankings)
	ans := evalAnswer{
		Mode: e.mode, Queries: len(main.rankings), NDCG: sum.NDCG, MRR: sum.MRR, Recall: sum.Recall, Halves: sum.Halves,
		LatencyMs: main.latency(), Documents: stats.Notes, Chunks: stats.Chunks, Degraded: append([]string{}, main.degraded...),
	}
	if path := c.String("run"); path != "" {
		if err := writeRun(path, main.rankings); err != nil {
			return ans, err
		}
	}
	if c.Bool("compare") {
		ans.Compare, err = e.compare(ctx)
	}
	return ans, err
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
		ans, err := e.searcher.Search(ctx, search.Query{Text: q.Text, Mode: mode, Limit: eval.RecallDepth, Rerank: e.rerank})
		if err != nil && !errors.Is(err, search.ErrQuery) {
			return out, fmt.Errorf("question %s: %w", q.ID, err)
		}
		out.took = append(out.took, time.Since(from))
		r := eval.Ranking{Question: q.ID}
		for _, h := range ans.Results {
			r.Documents = append(r.Documents, e.documents[h.ID])
			r.Values = append(r.Values, h.Score)
		}
		out.rankings = append(out.rankings, r)
		if len(ans.Degraded) > 0 && len(out.degraded) == 0 {
			out.degraded = ans.Degraded
		}
	}
	return out, nil
}

func (a answers) latency() latency {
	took := slices.Sorted(slices.Values(a.took))
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	return latency{at(0.5), at(0.95)}
}

// scores are the means over all questions, and nDCG over the first, third, … and over the second, fourth, …
func (e *evaluation) scores(rankings []eval.Ranking) evalScores {
	var all, halves [2][]eval.Scores
	for i, r := range rankings {
		s := eval.Score(r.Documents, e.collection.Judged[r.Question])
		all[0] = append(all[0], s)
		halves[i%2] = append(halves[i%2], s)
	}
	mean := eval.Mean(all[0])
	return evalScores{mean.NDCG, mean.MRR, mean.Recall, map[string]float64{
		"odd": eval.Mean(halves[0]).NDCG, "even": eval.Mean(halves[1]).NDCG,
	}}
}

// compare measures each side alone, plain rank fusion of both, and hybrid.
func (e *evaluation) compare(ctx context.Context) (map[string]evalScores, error) {
	byMode := map[string]answers{}
	for _, mode := range []string{search.Keyword, search.Vector, search.Hybrid} {
		a, err := e.ask(ctx, mode)
		if err != nil {
			return nil, err
		}
		byMode[mode] = a
	}
	var fused []eval.Ranking
	for i, words := range byMode[search.Keyword].rankings {
		fused = append(fused, eval.Ranking{
			Question: words.Question, Documents: eval.Fuse(words.Documents, byMode[search.Vector].rankings[i].Documents),
		})
	}
	out := map[string]evalScores{"rrf": e.scores(fused)}
	for mode, a := range byMode {
		out[mode] = e.scores(a.rankings)
	}
	return out, nil
}
