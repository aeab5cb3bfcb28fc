package cli

import (
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) benchCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "bench", Category: categorySelf, Usage: "measure how well your own notes are found",
		UsageText: "amalfa bench --from-notes",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "from-notes", Usage: "ask with the headings and links of the notes, the only source there is"},
			&cli.IntFlag{Name: "questions", Value: 200, Usage: "ask `N` of each kind, spread over all notes"},
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "A heading that one note has asks for that note; the sentence around a link, without the name of the\n" +
			"target, asks for the target. Nothing is written.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable),
		Action: checked(arguments(0, 0, ""), with(a, benchFlags, (*session).bench)),
	})
}

type benchOptions struct {
	FromNotes, NoDaemon bool
	Questions           int
	Mode                *string // nil: search.mode
}

func benchFlags(c *cli.Command) benchOptions {
	return benchOptions{c.Bool("from-notes"), c.Bool("no-daemon"), c.Int("questions"), given(c, "mode", c.String("mode"))}
}

func (s *session) bench(ctx context.Context, o benchOptions) error {
	if !o.FromNotes || o.Questions < 1 {
		return usageError("bench needs --from-notes, and --questions of 1 or more", "run \"amalfa bench --from-notes\"")
	}
	mode, err := s.SearchMode(o.Mode)
	if err != nil {
		return err
	}
	ans, err := s.Bench(ctx, app.BenchOptions{Mode: mode, Questions: o.Questions, NoDaemon: o.NoDaemon})
	if err != nil {
		return asUsage(err)
	}
	return s.print(ans, func() { s.printBench(ans) })
}

func (a *program) printBench(ans app.BenchReport) {
	a.line("%-9s questions  first  in five  MRR@10   (%s)", "", ans.Mode)
	for _, row := range []struct {
		name string
		s    app.BenchScore
	}{{"headings", ans.Headings}, {"links", ans.Links}} {
		a.line("%-9s %9d  %4.0f%%  %6.0f%%   %.3f", row.name, row.s.Questions, 100*row.s.First, 100*row.s.Five, row.s.MRR)
	}
	a.line("%.1f ms a question, 95 of 100 within %.1f ms", ans.LatencyMs.P50, ans.LatencyMs.P95)
	for _, d := range ans.Degraded {
		a.note("degraded: %s", d)
	}
}
