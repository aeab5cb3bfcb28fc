package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) validateCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "validate", Category: categoryMemory, Usage: "check the index, and hold it against the files",
		Description: "Errors (exit 1): a damaged index, passages or vectors that do not add up, notes\nwhose file is gone or holds something else. Warnings: links that no note and no\nfile answers to, links of a note to itself, passages without vectors, files not\nindexed yet. Links by a name that several notes have are listed too.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		UsageText: "amalfa validate\namalfa validate --graph --json",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "graph", Usage: "look at how the notes hang together too: orphans, separate parts, density, hubs"}},
		Action:    checked(arguments(0, 0, ""), with(a, func(c *cli.Command) app.ValidateOptions { return app.ValidateOptions{Graph: c.Bool("graph")} }, (*session).validate)),
	})
}

func (s *session) validate(ctx context.Context, o app.ValidateOptions) error {
	ans, err := s.Validate(ctx, o)
	if err != nil {
		return err
	}
	if err := s.print(ans, func() { s.printValidation(ans) }); err != nil || ans.OK {
		return err
	}
	return errQuiet(codeFailed)
}

// ambiguity is one line about a link that could lead elsewhere.
func ambiguity(l app.Ambiguity) string {
	others := strings.Join(l.Others, ", ")
	if l.More > 0 {
		others += fmt.Sprintf(" and %d more", l.More)
	}
	return fmt.Sprintf("%s:%d %s leads to %s, and could to %s", l.Source, l.Line, l.Name, l.Chosen, others)
}

func (a *program) printValidation(ans app.ValidateReport) {
	for _, e := range ans.Errors {
		a.line("%s %s", a.red("✗"), cleanLine(e))
	}
	for _, w := range ans.Warnings {
		a.line("%s %s", a.amber("!"), cleanLine(w))
	}
	for _, e := range ans.Dangling {
		a.line("    %s:%d %s %s: no such note", cleanLine(e.Source), e.Line, cleanLine(e.Type), cleanLine(e.Target))
	}
	for _, e := range ans.Loops {
		a.line("    %s:%d %s itself", cleanLine(e.Source), e.Line, cleanLine(e.Type))
	}
	if n := len(ans.Ambiguous); n > 0 {
		a.line("%s by a name that several notes have", count(n, "link"))
	}
	for _, l := range ans.Ambiguous {
		a.line("    %s", cleanLine(ambiguity(l)))
	}
	if g := ans.Graph; g != nil {
		a.printGraph(*g)
	}
	a.line("%s, %s, %s, %s: %s", count(ans.Notes, "note"), count(ans.Chunks, "passage"), count(ans.Vectors, "vector"), count(ans.Links, "link"),
		map[bool]string{true: a.green("sound"), false: a.red(count(len(ans.Errors), "error"))}[ans.OK])
}

func (a *program) printGraph(g app.GraphReport) {
	for _, id := range g.Orphans {
		a.line("    %s: no link to or from another note", cleanLine(id))
	}
	a.line("%s, the largest of %s; %.2f pairs of linked notes for each note", count(g.Components, "separate part"), count(g.Largest, "note"), g.Density)
	for _, ids := range g.Duplicates {
		a.line("    the same text: %s", cleanLine(strings.Join(ids, ", ")))
	}
	if g.Parallel > 0 {
		a.line("%s to where another one of the same note leads already", count(g.Parallel, "link"))
	}
	for _, h := range g.Hubs {
		a.line("    %s: %s", cleanLine(h.ID), count(h.Neighbours, "neighbour"))
	}
}
