package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A mapAnswer is `map --json`.
type mapAnswer struct {
	Communities []regionRow `json:"communities"`
}

type regionRow struct {
	ID    int         `json:"id"`
	Name  string      `json:"name"`
	Notes int         `json:"notes"`
	Hubs  []string    `json:"hubs"`
	Links []bridgeRow `json:"links"`
}

type bridgeRow struct {
	To    int    `json:"to"`
	Name  string `json:"name"`
	Links int    `json:"links"`
}

func (a *program) mapCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "map", Category: categoryMemory, Usage: "draw the communities of notes, their hubs and the links between them",
		UsageText: "amalfa map\namalfa map --limit 5", Flags: []cli.Flag{limitFlag(12, "communities")},
		Description: "A bar is as long as the community is large.\n\n" + networkCodes(),
		Action:      checked(arguments(0, 0, ""), with(a, func(c *cli.Command) int { return c.Int("limit") }, (*session).drawMap)),
	})
}

// onMap is how many hubs and bridges a community is drawn with.
const onMap = 3

func (s *session) drawMap(ctx context.Context, limit int) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	return s.withNetwork(ctx, func(_ store.Store, n *graph.Network) error {
		all := n.Map(onMap)
		ans := mapAnswer{Communities: []regionRow{}}
		for _, r := range limited(all, limit) {
			row := regionRow{r.ID, r.Name, len(r.Notes), n.IDs(r.Hubs), []bridgeRow{}}
			for _, b := range r.Links {
				row.Links = append(row.Links, bridgeRow{b.To, all[b.To-1].Name, b.Links})
			}
			ans.Communities = append(ans.Communities, row)
		}
		return s.print(ans, func() { s.printMap(ans, len(all)) })
	})
}

// longestBar is how many columns the largest community takes, a third of a narrow terminal at most.
const longestBar = 40

func (a *program) printMap(ans mapAnswer, total int) {
	widest := longestBar
	if a.columns > 0 {
		widest = max(min(longestBar, a.columns/3), 1)
	}
	for _, c := range ans.Communities {
		bar, size := strings.Repeat("█", max(1, c.Notes*widest/ans.Communities[0].Notes))+" ", "  "+count(c.Notes, "note")
		a.line("%s%s%s", a.bold(bar), a.bold(a.beside(cleanLine(c.Name), bar+size)), size)
		for _, id := range c.Hubs {
			a.line("  ● %s", a.beside(cleanLine(id), "  ● "))
		}
		for _, b := range c.Links {
			arrow := "└─ " + count(b.Links, "link") + " ─► "
			a.line("  %s%s", a.faint(arrow), a.beside(cleanLine(b.Name), "  "+arrow))
		}
	}
	if total == 0 {
		a.line("No two notes are linked.")
	}
	if more := total - len(ans.Communities); more > 0 {
		a.aside("%s more: --limit 0 shows all", communitiesOf(more))
	}
}

// A timelineAnswer is `timeline --json`.
type timelineAnswer struct {
	Timeline []datedNote `json:"timeline"`
	Undated  int         `json:"undated"` // notes that state no day
}

type datedNote struct {
	Date     string `json:"date"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	DateFrom string `json:"dateFrom"`
}

func (a *program) timelineCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "timeline", Category: categoryMemory, Usage: "list notes by the days that they state",
		ArgsUsage: "[ID]", UsageText: "amalfa timeline\namalfa timeline --from 2024-03 --to 2024-05\namalfa timeline docs/auth.md",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "the first `DAY`, such as 2024-03-05, 2024-03, yesterday"},
			&cli.StringFlag{Name: "to", Usage: "the last `DAY`"},
		},
		Description: "A day stands in the front matter or the name of a file; the time of a file says\nnothing. With ID: that note and those that it is linked with.\n\n" + networkCodes(),
		Action: checked(arguments(0, 1, ""), with(a, func(c *cli.Command) timelineOptions {
			return timelineOptions{c.Args().First(), c.String("from"), c.String("to")}
		}, (*session).timeline)),
	})
}

type timelineOptions struct{ Ref, From, To string }

func (s *session) timeline(ctx context.Context, o timelineOptions) error {
	from, _, err := dayFlag("from", o.From)
	if err != nil {
		return err
	}
	_, to, err := dayFlag("to", o.To)
	if err != nil {
		return err
	}
	if from != "" && to != "" && from > to {
		return usageError(fmt.Sprintf("--from %s is after --to %s", from, to), "nothing lies between them")
	}
	return s.withNetwork(ctx, func(st store.Store, n *graph.Network) error {
		around := int32(-1)
		if o.Ref != "" {
			note, _, err := s.oneNote(ctx, st, o.Ref)
			if err != nil {
				return err
			}
			around, _ = n.At(note.ID)
		}
		ans := timelineAnswer{Timeline: []datedNote{}, Undated: len(n.Notes) - len(n.Timeline("", "", -1))}
		for _, node := range n.Timeline(from, to, around) {
			note := n.Notes[node]
			ans.Timeline = append(ans.Timeline, datedNote{note.Date, note.ID, note.Title, note.DateFrom})
		}
		return s.print(ans, func() { s.printTimeline(ans) })
	})
}

func (a *program) printTimeline(ans timelineAnswer) {
	month := ""
	for _, n := range ans.Timeline {
		if m := n.Date[:min(7, len(n.Date))]; m != month {
			month = m
			a.line("%s", a.bold(cleanLine(month)))
		}
		a.line("  %s  %s  %s", cleanLine(n.Date), cleanLine(n.ID), a.faint(cleanLine(n.Title)))
	}
	a.aside("%s; %s without a day", count(len(ans.Timeline), "note"), fmt.Sprint(ans.Undated))
}
