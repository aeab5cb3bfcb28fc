package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"amalfa/app"
	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A gapsAnswer is `find-gaps --json`.
type gapsAnswer struct {
	Threshold float64  `json:"threshold"`
	Gaps      []gapRow `json:"gaps"`
	Total     int      `json:"total"` // at the threshold, shown or not
	Compared  int      `json:"compared"`
	Without   int      `json:"withoutVectors"`
}

// A gapRow is two notes, and the passages of both that are nearest.
type gapRow struct {
	Source   string        `json:"source"`
	Target   string        `json:"target"`
	Kind     string        `json:"kind"` // similar or structural
	Score    float64       `json:"score"`
	Reasons  []string      `json:"reasons"`
	Evidence []passageRow  `json:"evidence"`
	Scores   passageScores `json:"scores"`
}

type passageScores struct {
	Passages   float64 `json:"passages"` // cosine of the two passages
	Notes      float64 `json:"notes"`    // cosine of the two notes
	AdamicAdar float64 `json:"adamicAdar"`
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
		UsageText: "amalfa find-gaps\namalfa find-gaps --kind structural --folder docs\namalfa find-gaps --format patch | git apply",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: graph.DefaultGaps, Usage: "at most `N` pairs; 0 shows all, 10,000 at most"},
			&cli.FloatFlag{Name: "threshold", Value: graph.DefaultThreshold, Usage: "least score of two notes, -1 to 1"},
			&cli.StringFlag{Name: "kind", Value: "all", Usage: "`KIND`: similar, structural or all"},
			&cli.StringFlag{Name: "folder", Usage: "only pairs within `FOLDER`"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT`: text, json or patch"},
		},
		Description: "A gap is two notes without a link between them. Similar ones say alike: every pair\nis compared, each note by the mean of its passages' vectors. Structural ones are\nlinked with the same notes, rare ones more than hubs (Adamic-Adar). Common\nneighbours and tags raise a score and hide nothing. A patch adds the links as\n\"amalfa link\" does, in the style of each note; nothing is written without git apply.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		Action: checked(arguments(0, 0, ""), with(a, gapsFlags, (*session).findGaps)),
	})
}

type gapsOptions struct {
	Limit                int
	Threshold            float64
	Kind, Folder, Format string
}

func gapsFlags(c *cli.Command) gapsOptions {
	return gapsOptions{c.Int("limit"), c.Float("threshold"), c.String("kind"), c.String("folder"), c.String("format")}
}

// maxGaps bounds how many pairs are shown.
const maxGaps = 10_000

// check refuses what cannot be asked for, and is what the graph is asked.
func (o gapsOptions) check() (q graph.GapOptions, err error) {
	q = graph.GapOptions{Limit: o.Limit, Threshold: o.Threshold, Kind: o.Kind}
	switch {
	case o.Limit < 0 || o.Limit > maxGaps:
		return q, usageError(fmt.Sprintf("--limit takes 0 to %d, not %d", maxGaps, o.Limit), "leave it out for the best 10; 0 shows all")
	case !(o.Threshold >= -1 && o.Threshold <= 1):
		return q, usageError(fmt.Sprintf("--threshold takes -1 to 1, not %v", o.Threshold), "leave it out for 0.8")
	case o.Format != "" && o.Format != "text" && o.Format != "json" && o.Format != "patch":
		return q, usageError(fmt.Sprintf("--format takes text, json or patch, not %q", o.Format), "")
	}
	if o.Limit == 0 {
		q.Limit = maxGaps
	}
	switch o.Kind {
	case "", "all":
		q.Kind = ""
	case graph.Similar, graph.Structural:
	default:
		return q, usageError(fmt.Sprintf("--kind takes similar, structural or all, not %q", o.Kind), "")
	}
	return q, nil
}

func (s *session) findGaps(ctx context.Context, o gapsOptions) error {
	q, err := o.check()
	if err != nil {
		return err
	}
	return s.withIndexFor(ctx, o.Format == "patch", func(st store.Store) error {
		if q.Folder, err = s.FolderID(o.Folder); err != nil {
			return err
		}
		q.SuperNode = s.Settings.Graph.SuperNodeThreshold
		report, err := graph.Gaps(ctx, st, q)
		if err != nil {
			return gapsHint(err)
		}
		if o.Format == "patch" {
			return s.patchGaps(ctx, st, report.Gaps)
		}
		s.json = s.json || o.Format == "json"
		ans := newGapsAnswer(o.Threshold, report)
		return s.print(ans, func() { s.printGaps(ans) })
	})
}

func newGapsAnswer(threshold float64, report graph.GapReport) gapsAnswer {
	ans := gapsAnswer{Threshold: threshold, Gaps: []gapRow{}, Total: report.Total, Compared: report.Compared, Without: report.Without}
	for _, g := range report.Gaps {
		row := gapRow{Source: g.A, Target: g.B, Kind: g.Kind, Score: g.Score, Reasons: g.Reasons(), Scores: passageScores{g.Nearest, g.Cosine, g.AdamicAdar}, Evidence: []passageRow{}}
		if g.Evidence[0].Lines[0] > 0 {
			row.Evidence = []passageRow{newPassage(g.A, g.Evidence[0]), newPassage(g.B, g.Evidence[1])}
		}
		ans.Gaps = append(ans.Gaps, row)
	}
	return ans
}

// patchGaps prints a diff that links the notes of each gap.
func (s *session) patchGaps(ctx context.Context, st store.Store, gaps []graph.Gap) error {
	var links []app.NewLink
	for _, g := range gaps {
		links = append(links, app.NewLink{From: g.A, To: g.B})
	}
	p, err := s.PatchLinks(ctx, links)
	if err != nil {
		return err
	}
	for _, l := range p.Left {
		s.note("left out: no line can be added to %s or %s", cleanLine(l.From), cleanLine(l.To))
	}
	_, err = io.WriteString(s.out, p.Diff)
	return err
}

// gapsHint says what makes vectors, and which folders there are.
func gapsHint(err error) error {
	switch {
	case errors.Is(err, graph.ErrNoVectors):
		return app.WithHint(err, `"amalfa doctor" says whether the model is there; then run "amalfa init"`)
	case errors.Is(err, graph.ErrNoFolder):
		return app.WithHint(err, `"amalfa list" shows the notes with their folders; one that is new needs "amalfa init"`)
	}
	return err
}

func newPassage(id string, p graph.Passage) passageRow {
	return passageRow{ID: id, Heading: append([]string{}, p.Heading...), Lines: p.Lines, Text: p.Text}
}

func (a *program) printGaps(ans gapsAnswer) {
	for i, g := range ans.Gaps {
		a.line("%2d  %.3f  %s  ·  %s", i+1, g.Score, a.bold(cleanLine(g.Source)), a.bold(cleanLine(g.Target)))
		for _, reason := range g.Reasons {
			a.line("          %s", a.faint(cleanLine(reason)))
		}
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
	if more := ans.Total - len(ans.Gaps); more > 0 {
		a.aside("%s more: --limit 0 shows all", count(more, "gap"))
	}
	a.aside("%s among %s", count(ans.Total, "gap"), count(ans.Compared, "note"))
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
