package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A communitiesAnswer is `communities --json`: every note is in one community.
type communitiesAnswer struct {
	Modularity  float64        `json:"modularity"`
	Communities []communityRow `json:"communities"`
	Total       int            `json:"total"`
}

type communityRow struct {
	ID    int      `json:"id"`
	Name  string   `json:"name"`
	Notes []string `json:"notes"` // most links within the community first
}

func (a *program) communitiesCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "communities", Category: categoryMemory, Usage: "show which notes belong together by their links",
		UsageText: "amalfa communities\namalfa communities --limit 5\namalfa communities --json",
		Flags: []cli.Flag{limitFlag(0, "communities"),
			&cli.IntFlag{Name: "show", Value: 5, Usage: "of each community, `N` notes; all with --json"},
		},
		Description: "A community has more links within it than chance would give it (Leiden's method,\nby modularity); it is named by the tags and title words that set it apart.\n\n" + networkCodes(),
		Action:      checked(arguments(0, 0, ""), with(a, communitiesFlags, (*session).communities)),
	})
}

type communitiesOptions struct{ Limit, Show int }

func communitiesFlags(c *cli.Command) communitiesOptions {
	return communitiesOptions{c.Int("limit"), c.Int("show")}
}

func (s *session) communities(ctx context.Context, o communitiesOptions) error {
	if err := checkLimit(o.Limit); err != nil {
		return err
	}
	if o.Show < 1 {
		return usageError(fmt.Sprintf("--show takes 1 or more, not %d", o.Show), "")
	}
	return s.withNetwork(ctx, func(_ store.Store, n *graph.Network) error {
		found := n.Communities()
		ans := communitiesAnswer{Modularity: found.Modularity, Communities: []communityRow{}, Total: len(found.All)}
		for _, c := range limited(found.All, o.Limit) {
			ans.Communities = append(ans.Communities, communityRow{c.ID, c.Name, n.IDs(c.Notes)})
		}
		return s.print(ans, func() { s.printCommunities(ans, o.Show) })
	})
}

func (a *program) printCommunities(ans communitiesAnswer, show int) {
	alone := 0
	for _, c := range ans.Communities {
		if len(c.Notes) == 1 {
			alone++
			continue
		}
		a.line("%3d  %s  %s", c.ID, a.bold(cleanLine(c.Name)), a.faint(count(len(c.Notes), "note")))
		for _, id := range c.Notes[:min(show, len(c.Notes))] {
			a.line("       %s", cleanLine(id))
		}
		if more := len(c.Notes) - show; more > 0 {
			a.line("       %s", a.faint(fmt.Sprintf("and %d more", more)))
		}
	}
	if alone > 0 {
		a.line("%s in a community of their own: \"amalfa orphans\"", count(alone, "note"))
	}
	if ans.Total == 0 {
		a.line("No notes.")
	}
	a.aside("%s, modularity %.3f", communitiesOf(ans.Total), ans.Modularity)
}

// communitiesOf is count, for a word whose plural has no plain s.
func communitiesOf(n int) string {
	if n == 1 {
		return "1 community"
	}
	return thousands(n) + " communities"
}

// An orphansAnswer is `orphans --json`.
type orphansAnswer struct {
	Orphans []string `json:"orphans"`
	Notes   int      `json:"notes"`
}

func (a *program) orphansCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "orphans", Category: categoryMemory, Usage: "list the notes without a link to or from another note",
		Description: "Tags are no links: two notes that share one are orphans all the same. A link that\nleads nowhere, or to the note itself, is none either.\n\n" + networkCodes(),
		UsageText:   "amalfa orphans\namalfa orphans --json",
		Action:      checked(arguments(0, 0, ""), plain(a, (*session).orphans)),
	})
}

func (s *session) orphans(ctx context.Context) error {
	return s.withNetwork(ctx, func(_ store.Store, n *graph.Network) error {
		ans := orphansAnswer{Orphans: n.IDs(n.Orphans()), Notes: len(n.Notes)}
		return s.print(ans, func() {
			for _, id := range ans.Orphans {
				s.line("%s", cleanLine(id))
			}
			s.aside("%s of %s", count(len(ans.Orphans), "orphan"), count(ans.Notes, "note"))
		})
	})
}

// A componentsAnswer is `components --json`.
type componentsAnswer struct {
	Components []componentRow `json:"components"`
	Total      int            `json:"total"`
}

type componentRow struct {
	Size  int      `json:"size"`
	Notes []string `json:"notes"` // by id
}

func (a *program) componentsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "components", Category: categoryMemory, Usage: "show the sets of notes that links connect",
		UsageText: "amalfa components\namalfa components --json", Flags: []cli.Flag{limitFlag(0, "components")},
		Description: "Links count in either direction. A note without any is a component of its own.\n\n" + networkCodes(),
		Action:      checked(arguments(0, 0, ""), with(a, func(c *cli.Command) int { return c.Int("limit") }, (*session).components)),
	})
}

func (s *session) components(ctx context.Context, limit int) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	return s.withNetwork(ctx, func(_ store.Store, n *graph.Network) error {
		parts := n.Components()
		ans := componentsAnswer{Components: []componentRow{}, Total: len(parts)}
		for _, part := range limited(parts, limit) {
			ans.Components = append(ans.Components, componentRow{len(part), n.IDs(part)})
		}
		return s.print(ans, func() { s.printComponents(ans) })
	})
}

func (a *program) printComponents(ans componentsAnswer) {
	const shown = 5
	alone := 0
	for _, c := range ans.Components {
		if c.Size == 1 {
			alone++
			continue
		}
		more := ""
		if c.Size > shown {
			more = fmt.Sprintf(" and %d more", c.Size-shown)
		}
		a.line("%s  %s%s", a.bold(count(c.Size, "note")), cleanLine(strings.Join(c.Notes[:min(shown, c.Size)], ", ")), a.faint(more))
	}
	if alone > 0 {
		a.line("%s alone: \"amalfa orphans\" lists them", count(alone, "note"))
	}
	a.aside("%s", count(ans.Total, "component"))
}
