package cli

import (
	"context"
	"fmt"

	"amalfa/app"
	"amalfa/search"
	"amalfa/search/eval"

	"github.com/urfave/cli/v3"
)

func (a *program) evalCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "eval", Category: categorySelf, Usage: "measure the quality of answers on a BEIR collection",
		ArgsUsage: "FOLDER...",
		UsageText: "amalfa eval cranfield\namalfa eval cranfield --mode keyword --run keyword.trec\namalfa eval cranfield --compare\n" +
			"amalfa eval cranfield --unanswerable cacm med\namalfa eval --calibrate adi cacm cranfield med",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "rerank", Usage: "let the reranker read the best passages again"},
			&cli.StringFlag{Name: "run", Usage: "write the rankings to `FILE`, in TREC's format"},
			&cli.BoolFlag{Name: "compare", Usage: "measure words, vectors, plain rank fusion and hybrid side by side"},
			&cli.StringSliceFlag{Name: "unanswerable", Usage: "ask the questions of the collection in `FOLDER` too, and of those named behind it: how well confidence tells that they are not answered"},
			&cli.BoolFlag{Name: "calibrate", Usage: "ask each collection the questions of all, and print the table of confidences that fits (JSON)"},
			&cli.StringFlag{Name: "work", Usage: "build the index in `FOLDER` and leave it there for the next time"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "FOLDER holds corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/test.tsv. Its documents become\n" +
			"notes of a throw-away workspace, indexed and asked as any other. nDCG is trec_eval's ndcg_cut_10.\n" +
			"The table of --calibrate goes into search/calibration.json, and into the program when it is built.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action: checked(arguments(1, -1, "the folder of a collection"), with(a, evalFlags, (*session).eval)),
	})
}

type evalOptions struct {
	Folders, Unanswerable     []string
	Calibrate                 bool
	Mode                      *string // nil: search.mode
	Rerank, Compare, NoDaemon bool
	Run, Work                 string
}

func evalFlags(c *cli.Command) evalOptions {
	return evalOptions{
		Folders: c.Args().Slice(), Unanswerable: c.StringSlice("unanswerable"), Calibrate: c.Bool("calibrate"), Mode: given(c, "mode", c.String("mode")), Rerank: c.Bool("rerank"), Compare: c.Bool("compare"),
		NoDaemon: c.Bool("no-daemon"), Run: c.String("run"), Work: c.String("work"),
	}
}

func (s *session) eval(ctx context.Context, o evalOptions) error {
	mode, err := s.SearchMode(o.Mode)
	if err != nil {
		return err
	}
	m := s.meter()
	with := app.EvalOptions{
		Mode: mode, Rerank: o.Rerank, Compare: o.Compare, Work: o.Work, Run: o.Run, NoDaemon: o.NoDaemon, Progress: m.ingest, Indexed: m.done,
	}
	if o.Calibrate {
		table, fit, err := s.Calibrate(ctx, o.Folders, with)
		if err != nil {
			return err
		}
		s.note("pooled: AUROC %.4f; %.1f %% of the answerable questions refused, %.1f %% of the others accepted", fit.AUROC, 100*fit.Refused, 100*fit.Accepted)
		for _, by := range fit.By {
			s.note("· %-12s %.1f %% of %s refused", by.Collection, 100*(1-by.Accepted), count(by.Queries, "question"))
		}
		return s.printJSON(table)
	}
	if more := o.Folders[1:]; len(o.Unanswerable) > 0 {
		with.Unanswerable = append(o.Unanswerable, more...)
	} else if len(more) > 0 {
		return usageError(fmt.Sprintf("amalfa eval does not take %q", more[0]), "name it behind --unanswerable to ask its questions too")
	}
	collection, err := eval.Open(o.Folders[0])
	if err != nil {
		return err
	}
	ans, err := s.Eval(ctx, collection, with)
	if err != nil {
		return err
	}
	return s.print(ans, func() { s.printEval(ans) })
}

func (a *program) printEval(ans app.EvalReport) {
	a.line("%-10s nDCG@10  MRR@10  Recall@100   odd questions, even questions (nDCG@10)", "")
	row := func(name string, s app.EvalScores) {
		a.line("%-10s  %.4f  %.4f      %.4f   %.4f, %.4f", name, s.NDCG, s.MRR, s.Recall, s.Halves["odd"], s.Halves["even"])
	}
	row(ans.Mode, app.EvalScores{NDCG: ans.NDCG, MRR: ans.MRR, Recall: ans.Recall, Halves: ans.Halves})
	for _, name := range []string{search.Keyword, search.Vector, app.RankFusion, search.Hybrid} {
		if s, ok := ans.Compare[name]; ok {
			row("· "+name, s)
		}
	}
	a.line("%s over %s in %s; %.1f ms a question, 95 of 100 within %.1f ms", count(ans.Queries, "question"), count(ans.Documents, "document"),
		count(ans.Chunks, "passage"), ans.LatencyMs.P50, ans.LatencyMs.P95)
	if ans.Answerable != nil {
		a.printAnswerable(*ans.Answerable)
	}
	for _, d := range ans.Degraded {
		a.note("degraded: %s", d)
	}
}

func (a *program) printAnswerable(ans app.Answerable) {
	a.line("%.1f %% of its own questions are refused (confidence none); AUROC %.4f against those of others:", 100*ans.Refused, ans.AUROC)
	for _, by := range ans.By {
		a.line("· %-12s  %.4f   %.1f %% of %s accepted", by.Collection, by.AUROC, 100*by.Accepted, count(by.Queries, "question"))
	}
}
