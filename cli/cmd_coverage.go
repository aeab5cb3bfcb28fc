package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"amalfa/app"
	"amalfa/ingest"
	"amalfa/registry"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A coverageAnswer is `coverage --json`; design.md section 7 fixes its shape.
type coverageAnswer struct {
	Files    []coveredFile  `json:"files"`
	Totals   coverageTotals `json:"totals"`
	IndexLag indexLag       `json:"indexLag"`
	Watcher  *string        `json:"watcher"` // what keeps it from its work; null when nothing does, or it does not run
}

type coveredFile struct {
	ID     string  `json:"id"`
	State  string  `json:"state"`
	Reason *string `json:"reason"`
	Chunks int     `json:"chunks"`
}

// coverageTotals: the states add up to Files, and the percents to 100.
type coverageTotals struct {
	Files   int                `json:"files"`
	Indexed int                `json:"indexed"`
	Partial int                `json:"partial"`
	Skipped int                `json:"skipped"`
	Failed  int                `json:"failed"`
	Chunks  int                `json:"chunks"`
	Percent map[string]float64 `json:"percent"`
}

func (a *program) coverageCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "coverage", Category: categoryMemory, Usage: "account for every file: indexed, or why not",
		Description: codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(0, 0, ""), plain(a, (*session).coverage)),
	})
}

func (s *session) coverage(ctx context.Context) error {
	return s.withIndex(ctx, func(st store.Store) error {
		files, err := st.Files(ctx)
		if err != nil {
			return err
		}
		refused, err := ingest.Refused(ctx, st)
		if err != nil {
			return err
		}
		ans := newCoverage(files, refused)
		if ans.IndexLag.Files, err = s.KnownLag(ctx, st); err != nil {
			return err
		}
		if ans.Watcher, err = s.watcherProblem(ctx); err != nil {
			return err
		}
		return s.print(ans, func() { s.printCoverage(ans) })
	})
}

// watcherProblem is what the state of a running watcher says, nil for nothing.
func (s *session) watcherProblem(ctx context.Context) (*string, error) {
	svc, _ := registry.Lookup("watcher")
	st, err := s.Inspect(ctx, svc)
	if err != nil || st.PID == 0 {
		return nil, err
	}
	return ptr(st.Error), nil
}

// newCoverage accounts for files, of which some have passages that the model refuses.
func newCoverage(files map[string]store.File, refused map[string]string) coverageAnswer {
	ans := coverageAnswer{Files: []coveredFile{}}
	counts := map[string]int{}
	for _, f := range files {
		row := coveredFile{ID: f.ID, State: f.State, Chunks: f.Chunks}
		if reason := app.CoverageReason(f, refused[f.ID]); reason != "" {
			row.Reason = &reason
		}
		ans.Files = append(ans.Files, row)
		counts[f.State]++
		ans.Totals.Chunks += f.Chunks
	}
	slices.SortFunc(ans.Files, func(a, b coveredFile) int { return strings.Compare(a.ID, b.ID) })
	t := &ans.Totals
	t.Files, t.Indexed, t.Partial, t.Skipped, t.Failed = len(files), counts[store.Indexed], counts[store.Partial], counts[store.Skipped], counts[store.Failed]
	t.Percent = percents(counts, len(files))
	return ans
}

// percents gives every state tenths of a percent that add up to exactly 100: what rounding down leaves goes to the states
// that lost most by it.
func percents(counts map[string]int, all int) map[string]float64 {
	states := []string{store.Indexed, store.Partial, store.Skipped, store.Failed}
	out := map[string]float64{}
	if all == 0 {
		return out
	}
	left := 1000
	tenths := map[string]int{}
	for _, s := range states {
		tenths[s] = counts[s] * 1000 / all
		left -= tenths[s]
	}
	byLoss := slices.Clone(states)
	slices.SortStableFunc(byLoss, func(a, b string) int { return counts[b]*1000%all - counts[a]*1000%all })
	for _, s := range byLoss[:left] {
		tenths[s]++
	}
	for _, s := range states {
		out[s] = float64(tenths[s]) / 10
	}
	return out
}

func (a *program) printCoverage(ans coverageAnswer) {
	for _, f := range ans.Files {
		if f.Reason != nil {
			a.line("%-8s %s: %s", f.State, cleanLine(f.ID), cleanLine(*f.Reason))
		}
	}
	t := ans.Totals
	rows := [][]string{{"STATE", "FILES", "SHARE"}}
	for _, r := range []struct {
		state string
		n     int
	}{{store.Indexed, t.Indexed}, {store.Partial, t.Partial}, {store.Skipped, t.Skipped}, {store.Failed, t.Failed}} {
		rows = append(rows, []string{r.state, fmt.Sprint(r.n), fmt.Sprintf("%.1f %%", t.Percent[r.state])})
	}
	a.table(append(rows, []string{"all", fmt.Sprint(t.Files), "100 %"}))
	if n := ans.IndexLag.Files; n > 0 {
		a.note("%s on disk changed since: run \"amalfa init\"", count(n, "file"))
	}
	if ans.Watcher != nil {
		a.note("watcher: %s", cleanLine(*ans.Watcher))
	}
}
