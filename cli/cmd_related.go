package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A relatedAnswer is `related --json`.
type relatedAnswer struct {
	ID       string       `json:"id"`
	Results  []relatedRow `json:"results"`
	Degraded []string     `json:"degraded"`
}

// A relatedRow is a passage of another note and the reasons why it is shown.
type relatedRow struct {
	passageRow
	Score   float64   `json:"score"`
	Near    *[2]int   `json:"near"` // lines of the note that was asked about
	Links   []linkRow `json:"links"`
	Shared  []string  `json:"shared"`
	Reasons []string  `json:"reasons"`
}

func (a *program) relatedCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "related", Category: categoryMemory, Usage: "show passages of other notes that belong to a note",
		ArgsUsage: "ID", UsageText: "amalfa related docs/auth.md --limit 5",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: graph.DefaultRelated, Usage: "at most `N` notes, 1 to 200"},
			workspaceFlag(),
		},
		Description: "Up to half are notes with a link to or from it, the rest are those that say\nsomething alike. Each comes with its reasons.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, 1, "the id of a note"), inWorkspace(a, relatedFlags, (*session).related)),
	})
}

type relatedOptions struct {
	Ref   string
	Limit int
}

func relatedFlags(c *cli.Command) relatedOptions {
	return relatedOptions{c.Args().First(), c.Int("limit")}
}

func (s *session) related(ctx context.Context, o relatedOptions) error {
	if o.Limit < 1 || o.Limit > 200 {
		return usageError(fmt.Sprintf("--limit takes 1 to 200, not %d", o.Limit), "leave it out for the best 10")
	}
	return s.withIndex(ctx, func(st store.Store) error {
		note, _, err := s.oneNote(ctx, st, o.Ref)
		if err != nil {
			return err
		}
		found, err := graph.Related(ctx, st, note.ID, graph.RelatedOptions{Limit: o.Limit, SuperNode: s.Settings.Graph.SuperNodeThreshold})
		if err != nil {
			return err
		}
		ans := relatedAnswer{ID: note.ID, Results: []relatedRow{}, Degraded: []string{}}
		for _, r := range found.Notes {
			ans.Results = append(ans.Results, newRelated(r))
		}
		if found.Degraded {
			ans.Degraded = append(ans.Degraded, "this note has no vectors, so only links were followed")
		}
		return s.print(ans, func() { s.printRelated(ans) })
	})
}

func newRelated(r graph.Relative) relatedRow {
	row := relatedRow{passageRow: newPassage(r.ID, r.Passage), Score: r.Cosine, Links: linkRows(r.Links),
		Shared: append([]string{}, r.Shared...), Reasons: r.Reasons()}
	if r.Of.Lines[0] > 0 {
		row.Near = &r.Of.Lines
	}
	return row
}

func (a *program) printRelated(ans relatedAnswer) {
	for i, r := range ans.Results {
		a.line("%2d  %.2f  %s  %s", i+1, r.Score, a.bold(fmt.Sprintf("%s:%d-%d", cleanLine(r.ID), r.Lines[0], r.Lines[1])), a.faint(cleanLine(strings.Join(r.Heading, " › "))))
		a.line("          %s", shortened(cleanLine(r.Text), 160))
		for _, reason := range r.Reasons {
			a.line("          %s", a.faint("because it "+cleanLine(reason)))
		}
	}
	if len(ans.Results) == 0 {
		a.line("Nothing is related to %s.", cleanLine(ans.ID))
	}
	for _, d := range ans.Degraded {
		a.note("degraded: %s", d)
	}
}
