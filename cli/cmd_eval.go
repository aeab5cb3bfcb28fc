package cli

import (
	"context"
	"fmt"
	"slices"

	"amalfa/search"
	"amalfa/search/eval"

	"github.com/urfave/cli/v3"
)

func (a *program) evalCommand() *cli.Command {
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

func (a *program) eval(ctx context.Context, c *cli.Command) error {
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
	mode := s.Settings.Search.Mode
	if c.IsSet("mode") {
		mode = c.String("mode")
	}
	if !slices.Contains([]string{search.Hybrid, search.Keyword, search.Vector}, mode) {
		return "", usageError(fmt.Sprintf("--mode has no %q", mode), "choose hybrid, keyword or vector")
	}
	return mode, nil
}

func (a *program) printEval(ans evalAnswer) {
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
