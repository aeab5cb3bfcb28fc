package cli

import (
	"context"
	"fmt"
	"strconv"

	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// networkCommands look at all notes and their links at once.
func (a *program) networkCommands() []*cli.Command {
	return []*cli.Command{a.hubsCommand(), a.communitiesCommand(), a.orphansCommand(), a.componentsCommand(), a.mapCommand(), a.timelineCommand(), a.contradictionsCommand(), a.graphCommand()}
}

// withNetwork loads the graph of the index.
func (s *session) withNetwork(ctx context.Context, fn func(store.Store, *graph.Network) error) error {
	return s.withIndex(ctx, func(st store.Store) error {
		n, err := graph.Load(ctx, st)
		if err != nil {
			return err
		}
		return fn(st, n)
	})
}

// networkCodes are what these commands end with.
func networkCodes() string {
	return codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted)
}

// limitFlag is how many rows are shown; 0 is all.
func limitFlag(value int, what string) cli.Flag {
	return &cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: value, Usage: "at most `N` " + what + "; 0 for all"}
}

// checkLimit refuses a limit below 0.
func checkLimit(limit int) error {
	if limit < 0 {
		return usageError(fmt.Sprintf("--limit takes 0 or more, not %d", limit), "0 shows all")
	}
	return nil
}

// limited are the first rows, all for a limit of 0.
func limited[T any](rows []T, limit int) []T {
	if limit == 0 || limit > len(rows) {
		return rows
	}
	return rows[:limit]
}

// A hubsAnswer is `hubs --json`.
type hubsAnswer struct {
	Hubs        []hubRow `json:"hubs"`
	Notes       int      `json:"notes"`
	Betweenness measured `json:"betweenness"`
}

// measured says how the betweenness was found.
type measured struct {
	Exact   bool    `json:"exact"`
	Sampled int     `json:"sampledNotes"` // from how many notes was looked; 0 where it is exact
	Error   float64 `json:"error"`        // half-width of the 95 % confidence interval, of the note for which it is largest
}

type hubRow struct {
	ID          string  `json:"id"`
	Title       string  `json:"title"`
	PageRank    float64 `json:"pagerank"`
	Betweenness float64 `json:"betweenness"`
	In          int     `json:"in"`
	Out         int     `json:"out"`
}

func (a *program) hubsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "hubs", Category: categoryMemory, Usage: "show the notes that the others hang on",
		UsageText: "amalfa hubs\namalfa hubs --by betweenness --limit 20\namalfa hubs --limit 0 --json",
		Flags: []cli.Flag{limitFlag(10, "notes"),
			&cli.StringFlag{Name: "by", Value: graph.ByPageRank, Usage: "rank by `MEASURE`: pagerank, betweenness, in or out"},
			&cli.BoolFlag{Name: "exact", Usage: "count the betweenness exactly, however long it takes"},
		},
		Description: "PageRank is how often a reader stands at a note who follows links at random.\nBetweenness is the share of the shortest ways between other notes that lead\nthrough it; in a large vault (5,000 notes with 50,000\nlinks) it is estimated from a sample, with its error.\nIn and out count the notes that link to it, and that it links to. docs/graph.md\nshows them with an example.\n\n" + networkCodes(),
		Action:      checked(arguments(0, 0, ""), with(a, hubsFlags, (*session).hubs)),
	})
}

type hubsOptions struct {
	Limit int
	By    string
	Exact bool
}

func hubsFlags(c *cli.Command) hubsOptions {
	return hubsOptions{c.Int("limit"), c.String("by"), c.Bool("exact")}
}

func (s *session) hubs(ctx context.Context, o hubsOptions) error {
	switch o.By {
	case graph.ByPageRank, graph.ByBetweenness, graph.ByIn, graph.ByOut:
	default:
		return usageError(fmt.Sprintf("--by takes pagerank, betweenness, in or out, not %q", o.By), "for example: amalfa hubs --by in")
	}
	if err := checkLimit(o.Limit); err != nil {
		return err
	}
	return s.withNetwork(ctx, func(_ store.Store, n *graph.Network) error {
		ranks, err := n.Hubs(ctx, o.By, o.Exact)
		if err != nil {
			return err
		}
		b := ranks.Betweenness
		ans := hubsAnswer{Hubs: []hubRow{}, Notes: len(n.Notes), Betweenness: measured{b.Sampled == 0, b.Sampled, b.Error}}
		for _, r := range limited(ranks.Notes, o.Limit) {
			note := n.Notes[r.Note]
			ans.Hubs = append(ans.Hubs, hubRow{note.ID, note.Title, r.PageRank, r.Betweenness, r.In, r.Out})
		}
		return s.print(ans, func() { s.printHubs(ans) })
	})
}

func (a *program) printHubs(ans hubsAnswer) {
	rows := [][]string{{"NOTE", "PAGERANK", "BETWEENNESS", "IN", "OUT"}}
	for _, h := range ans.Hubs {
		rows = append(rows, []string{cleanLine(h.ID), fmt.Sprintf("%.5f", h.PageRank), fmt.Sprintf("%.5f", h.Betweenness), strconv.Itoa(h.In), strconv.Itoa(h.Out)})
	}
	a.table(rows)
	if b := ans.Betweenness; !b.Exact {
		a.note("betweenness is estimated from %d of %s notes, within %.5f (95 %%); --exact counts it", b.Sampled, thousands(ans.Notes), b.Error)
	}
	if more := ans.Notes - len(ans.Hubs); more > 0 {
		a.aside("%s more: --limit 0 shows all", count(more, "note"))
	}
}
