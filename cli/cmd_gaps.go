package cli

import (
	"context"
	"errors"
	"fmt"

	"amalfa/app"
	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A gapsAnswer is `find-gaps --json`.
type gapsAnswer struct {
	Threshold float64  `json:"threshold"`
	Gaps      []gapRow `json:"gaps"`
	Compared  int      `json:"compared"`
	Without   int      `json:"withoutVectors"`
}

// A gapRow is two notes, and the passages of both that are nearest.
type gapRow struct {
	Source   string        `json:"source"`
	Target   string        `json:"target"`
	Score    float64       `json:"score"`
	Evidence []passageRow  `json:"evidence"`
	Scores   passageScores `json:"scores"`
}

type passageScores struct {
	Passages float64 `json:"passages"`
}

type passageRow struct {
	ID      string   `json:"id"`
	Heading []string `json:"heading"`
	Lines   [2]int   `json:"lines"`
	Text    string   `json:"text"`
}

func (a *program) gapsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "find-gaps", Category: categoryMemory, Usage: "find notes that speak of the same thing without a link",
		UsageText: "amalfa find-gaps\namalfa find-gaps --limit 20 --threshold 0.75",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: graph.DefaultGaps, Usage: "at most `N` pairs"},
			&cli.FloatFlag{Name: "threshold", Value: graph.DefaultThreshold, Usage: "least cosine of two notes, -1 to 1"},
		},
		Description: "Every pair of notes is compared, each note by the mean of its passages' vectors.\nA pair counts that has neither a link nor a neighbour in common, tags included.\nThe two nearest passages are the evidence.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		Action: checked(arguments(0, 0, ""), with(a, gapsFlags, (*session).findGaps)),
	})
}

type gapsOptions struct {
	Limit     int
	Threshold float64
}

func gapsFlags(c *cli.Command) gapsOptions { return gapsOptions{c.Int("limit"), c.Float("threshold")} }

func (s *session) findGaps(ctx context.Context, o gapsOptions) error {
	if o.Limit < 1 || o.Limit > 10_000 {
		return usageError(fmt.Sprintf("--limit takes 1 to 10000, not %d", o.Limit), "leave it out for the best 10")
	}
	if !(o.Threshold >= -1 && o.Threshold <= 1) {
		return usageError(fmt.Sprintf("--threshold takes -1 to 1, not %v", o.Threshold), "leave it out for 0.8")
	}
	return s.withIndex(ctx, func(st store.Store) error {
		report, err := graph.Gaps(ctx, st, graph.GapOptions{Limit: o.Limit, Threshold: o.Threshold})
		if err != nil {
			return noVectors(err)
		}
		ans := gapsAnswer{Threshold: o.Threshold, Gaps: []gapRow{}, Compared: report.Compared, Without: report.Without}
		for _, g := range report.Gaps {
			ans.Gaps = append(ans.Gaps, gapRow{Source: g.A, Target: g.B, Score: g.Cosine, Scores: passageScores{g.Nearest},
				Evidence: []passageRow{newPassage(g.A, g.Evidence[0]), newPassage(g.B, g.Evidence[1])}})
		}
		return s.print(ans, func() { s.printGaps(ans) })
	})
}

// noVectors says what makes vectors.
func noVectors(err error) error {
	if errors.Is(err, graph.ErrNoVectors) {
		return app.WithHint(err, `"amalfa doctor" says whether the model is there; then run "amalfa init"`)
	}
	return err
}

func newPassage(id string, p graph.Passage) passageRow {
	return passageRow{ID: id, Heading: append([]string{}, p.Heading...), Lines: p.Lines, Text: p.Text}
}

func (a *program) printGaps(ans gapsAnswer) {
	for i, g := range ans.Gaps {
		a.line("%2d  %.3f  %s  ·  %s", i+1, g.Score, a.bold(cleanLine(g.Source)), a.bold(cleanLine(g.Target)))
		for _, p := range g.Evidence {
			a.printPassage(p)
		}
	}
	if len(ans.Gaps) == 0 {
		a.line("No gap at or above %v.", ans.Threshold)
	}
	if ans.Without > 0 {
		a.note("%s without vectors could not be compared: run \"amalfa init\"", count(ans.Without, "note"))
	}
	a.aside("%s among %s", count(len(ans.Gaps), "gap"), count(ans.Compared, "note"))
}

func (a *program) printPassage(p passageRow) {
	a.line("          %s", a.faint(fmt.Sprintf("%s:%d-%d", cleanLine(p.ID), p.Lines[0], p.Lines[1])))
	a.line("          %s", shortened(cleanLine(p.Text), 160))
}

// shortened cuts a line at a rune.
func shortened(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}
