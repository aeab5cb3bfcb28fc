package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"amalfa/config"
	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

func (a *app) evalCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "eval", Category: categorySelf, Usage: "measure the quality of answers on a BEIR collection",
		ArgsUsage: "FOLDER",
		UsageText: "amalfa eval cranfield\namalfa eval cranfield --mode keyword --run keyword.trec\namalfa eval cranfield --compare",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "rerank", Usage: "let the reranker read the best passages again"},
			&cli.StringFlag{Name: "run", Usage: "write the rankings to `FILE`, in TREC's format"},
			&cli.BoolFlag{Name: "compare", Usage: "measure words, vectors, plain rank fusion and hybrid side by side"},
			&cli.StringFlag{Name: "work", Usage: "build the index in `FOLDER` and leave it there for the next time"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "FOLDER holds corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/test.tsv. Its documents become\n" +
			"notes of a throw-away workspace, indexed and asked as any other. nDCG is trec_eval's ndcg_cut_10.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action: checked(arguments(1, 1, "the folder of a collection"), a.eval),
	})
}

// An evalAnswer is `eval --json`; design.md section 7 fixes its first five keys.
type evalAnswer struct {
	Mode      string                `json:"mode"`
	Queries   int                   `json:"queries"`
	NDCG      float64               `json:"ndcg@10"`
	MRR       float64               `json:"mrr@10"`
	Recall    float64               `json:"recall@100"`
	LatencyMs latency               `json:"latencyMs"`
	Documents int                   `json:"documents"`
	Chunks    int                   `json:"chunks"`
	Halves    map[string]float64    `json:"halves"` // nDCG@10 of every other question
	Degraded  []string              `json:"degraded"`
	Compare   map[string]evalScores `json:"compare,omitempty"`
}

type latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
}

type evalScores struct {
	NDCG   float64            `json:"ndcg@10"`
	MRR    float64            `json:"mrr@10"`
	Recall float64            `json:"recall@100"`
	Halves map[string]float64 `json:"halves"`
}

func (a *app) eval(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	mode, err := s.mode(c)
	if err != nil {
		return err
	}
	collection, err := eval.Open(c.Args().First())
	if err != nil {
		return err
	}
	e, err := s.newEvaluation(ctx, c, collection, mode)
	if err != nil {
		return err
	}
	defer e.close()
	ans, err := e.measure(ctx, c)
	if err != nil {
		return err
	}
	return a.print(c, ans, func() { a.printEval(ans) })
}

// mode is the flag, else the setting.
func (s *session) mode(c *cli.Command) (string, error) {
	mode := s.settings.Search.Mode
	if c.IsSet("mode") {
		mode = c.String("mode")
	}
	if !slices.Contains([]string{search.Hybrid, search.Keyword, search.Vector}, mode) {
		return "", &usageError{fmt.Sprintf("--mode has no %q", mode), "choose hybrid, keyword or vector"}
	}
	return mode, nil
}

// An evaluation is a collection in a workspace of its own.
type evaluation struct {
	*session
	collection eval.Collection
	documents  map[string]string // by note
	mode       string
	store      *store.SQLite
	embedder   *embedder
	searcher   *search.Searcher
	rerank     search.Rerank
	cleanup    []func() error
}

func (e *evaluation) close() {
	for _, f := range slices.Backward(e.cleanup) {
		if err := f(); err != nil {
			e.note("note: %v", err)
		}
	}
}

func (s *session) newEvaluation(ctx context.Context, c *cli.Command, collection eval.Collection, mode string) (e *evaluation, err error) {
	e = &evaluation{collection: collection, mode: mode}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	dir := c.String("work")
	if dir == "" {
		if dir, err = os.MkdirTemp("", "amalfa-eval-"); err != nil {
			return e, err
		}
		e.cleanup = append(e.cleanup, func() error { return os.RemoveAll(dir) })
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return e, err
	}
	if e.documents, err = collection.Export(dir); err != nil {
		return e, err
	}
	e.session = s.at(dir)
	e.session.settings.Sources, e.session.settings.ExcludePatterns = config.Defaults().Sources, nil
	if err := e.writable(ctx); err != nil {
		return e, err
	}
	if e.store, err = store.Open(ctx, e.ws.DB(), store.Options{}); err != nil {
		return e, err
	}
	e.cleanup = append(e.cleanup, e.store.Close)
	e.embedder = s.embedder(c.Bool("no-daemon"))
	e.cleanup = append(e.cleanup, e.embedder.Close)
	e.searcher = search.New(e.store, e.embedder, nil)
	if c.Bool("rerank") {
		var why string
		if e.rerank, why, err = s.searchRerank(ctx, c); err == nil && why != "" {
			err = errors.New(why)
		}
		if err != nil {
			return e, err
		}
		e.rerank.Budget = 0 // quality is what is measured
	}
	return e, e.index(ctx, mode == search.Keyword && !c.Bool("compare"))
}

// index runs the normal pipeline.
func (e *evaluation) index(ctx context.Context, wordsOnly bool) error {
	var emb ingest.Embedder = e.embedder
	if wordsOnly {
		emb = nil
	}
	m := e.meter()
	opts := e.ingestOptions(e.store, emb, nil)
	opts.Progress = m.ingest
	sum, err := ingest.Run(ctx, opts)
	m.done()
	if err == nil && !wordsOnly && len(sum.Degraded) > 0 {
		err = errors.New("index the collection: " + sum.Degraded[0])
	}
	return err
}

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

func (a *app) printEval(ans evalAnswer) {
	a.line("%-10s nDCG@10  MRR@10  Recall@100   odd questions, even questions (nDCG@10)", "")
	row := func(name string, s evalScores) {
		a.line("%-10s  %.4f  %.4f      %.4f   %.4f, %.4f", name, s.NDCG, s.MRR, s.Recall, s.Halves["odd"], s.Halves["even"])
	}
	row(ans.Mode, evalScores{ans.NDCG, ans.MRR, ans.Recall, ans.Halves})
	for _, name := range []string{search.Keyword, search.Vector, "rrf", search.Hybrid} {
		if s, ok := ans.Compare[name]; ok {
			row("· "+name, s)
		}
	}
	a.line("%s over %s in %s; %.1f ms a question, 95 of 100 within %.1f ms", count(ans.Queries, "question"), count(ans.Documents, "document"),
		count(ans.Chunks, "passage"), ans.LatencyMs.P50, ans.LatencyMs.P95)
	for _, d := range ans.Degraded {
		a.note("degraded: %s", d)
	}
}
