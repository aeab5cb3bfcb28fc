package cli

import (
	"context"
	"strings"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// defaultEnhance is how many notes, pairs or clusters there are unless --limit says otherwise.
const defaultEnhance = 10

func (a *program) enhanceCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "enhance", Category: categoryMemory, Usage: "propose what notes lack, or show what the graph says of them",
		UsageText: "amalfa enhance --doc docs/auth.md\namalfa enhance --batch --limit 20\namalfa enhance --strategy adamic-adar",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "doc", Usage: "propose for the note `ID`"},
			&cli.BoolFlag{Name: "batch", Usage: "propose for the first notes that lack something"},
			&cli.StringFlag{Name: "strategy", Usage: "`NAME`: adamic-adar (likely links), pagerank (pivotal notes) or communities"},
			noModelFlag(), &cli.DurationFlag{Name: "budget", Usage: "ask a language model for `TIME` at most"},
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: defaultEnhance, Usage: "at most `N` notes, pairs or clusters"},
		},
		Description: "--doc and --batch are \"amalfa ember scan\" of one note and of some: proposals go beside\nthe notes, and \"amalfa ember squash\" writes them into the front matter. A strategy\nchanges nothing.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		Action: checked(arguments(0, 0, ""), with(a, enhanceFlags, (*session).enhance)),
	})
}

type enhanceOptions struct {
	Doc, Strategy string
	Batch         bool
	Limit         int
	helperOptions
}

func enhanceFlags(c *cli.Command) enhanceOptions {
	return enhanceOptions{c.String("doc"), c.String("strategy"), c.Bool("batch"), c.Int("limit"), helperFlags(c)}
}

func (s *session) enhance(ctx context.Context, o enhanceOptions) error {
	asked := 0
	for _, is := range []bool{o.Doc != "", o.Batch, o.Strategy != ""} {
		if is {
			asked++
		}
	}
	switch {
	case asked != 1:
		return usageError("enhance takes one of --doc, --batch and --strategy", "for example: amalfa enhance --batch --limit 20")
	case o.Limit < 1 || o.Limit > 10_000:
		return usageError("--limit takes 1 to 10000", "leave it out for 10")
	case o.Doc != "":
		return s.emberScan(ctx, emberScanOptions{Notes: []string{o.Doc}, helperOptions: o.helperOptions})
	case o.Batch:
		return s.emberScan(ctx, emberScanOptions{Limit: o.Limit, helperOptions: o.helperOptions})
	}
	ans, err := s.EnhanceBy(ctx, o.Strategy, o.Limit)
	if err != nil {
		return err
	}
	return s.print(ans, func() { s.printEnhanced(ans) })
}

func (a *program) printEnhanced(ans app.Enhanced) {
	for _, l := range ans.Links {
		a.line("%6.3f  %s  ·  %s", l.Score, cleanLine(l.Source), cleanLine(l.Target))
	}
	for _, n := range ans.Notes {
		a.line("%8.5f  %4d  %s", n.Score, n.Degree, cleanLine(n.ID))
	}
	for _, c := range ans.Clusters {
		a.line("%s  %s", a.bold(cleanLine(c.Name)), a.faint(count(c.Size, "note")))
		a.line("  %s", cleanLine(strings.Join(c.Members, ", ")))
	}
	if len(ans.Links)+len(ans.Notes)+len(ans.Clusters) == 0 {
		a.line("Nothing found.")
	}
}
