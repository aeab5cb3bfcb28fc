package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"amalfa/graph"
	"amalfa/notes"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// An exploreAnswer is `explore --json`.
type exploreAnswer struct {
	ID        string    `json:"id"`
	Depth     int       `json:"depth"`
	Links     []linkRow `json:"links"`
	Nodes     int       `json:"nodes"`
	Truncated bool      `json:"truncated"`
	Term      *termRow  `json:"term"` // what the node is, if it is a term
	dated
}

// A termRow says what a term is.
type termRow struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	State string `json:"state"`
}

// A linkRow is an edge with its evidence. Direction is seen from where the step begins.
type linkRow struct {
	Source    string  `json:"source"`
	Target    string  `json:"target"`
	Type      string  `json:"type"`
	Direction string  `json:"direction"`
	Depth     int     `json:"depth"`
	Resolved  bool    `json:"resolved"`
	Weight    float64 `json:"weight"`
	Line      int     `json:"line"`
	Sentence  string  `json:"sentence"`
}

// A pathAnswer is `path --json`.
type pathAnswer struct {
	From   string    `json:"from"`
	To     string    `json:"to"`
	Found  bool      `json:"found"`
	Length int       `json:"length"`
	Steps  []linkRow `json:"steps"`
}

func (a *program) graphCommands() []*cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	relation := relationFlag()
	return []*cli.Command{
		a.command(cli.Command{
			Name: "explore", Category: categoryMemory, Usage: "show what a note links to and what links to it",
			ArgsUsage: "ID", UsageText: "amalfa explore docs/auth.md\namalfa explore docs/auth.md --depth 2 --relation LINKS_TO\namalfa explore tag:harbour\namalfa explore 'term:tide gauge'",
			Flags: []cli.Flag{relation,
				&cli.IntFlag{Name: "depth", Value: 1, Usage: "follow links `N` steps, 1 to 20"},
				&cli.IntFlag{Name: "limit", Value: graph.DefaultLinks, Usage: "at most `N` links"},
				&cli.StringFlag{Name: "direction", Value: "both", Usage: "follow links `WAY`: in, out or both"},
				&cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT`: text, json, dot (Graphviz) or mermaid"},
				workspaceFlag(),
			},
			Description: "Each link comes with its line and sentence. One that no note answers to is\nmarked. Terms that \"amalfa harvest\" found are nodes too, \"term:name\": a note\nDEFINES them, and they are APPEARS_IN notes.\n\n" + codes,
			Action:      checked(arguments(1, 1, "the id of a note"), inWorkspace(a, exploreFlags, (*session).explore)),
		}),
		a.command(cli.Command{
			Name: "path", Category: categoryMemory, Usage: "show how two notes are connected",
			ArgsUsage: "A B", UsageText: "amalfa path docs/auth.md log/2024.md\namalfa path auth log/2024 --max 3 --via CITES",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "via", Aliases: []string{"relation"}, Usage: "only over links of `TYPE`, in any case: LINKS_TO, CITES, TAGGED_AS, FOLLOWS, APPEARS_IN (terms), or a relation, such as EXTENDS"},
				&cli.IntFlag{Name: "max", Usage: "at most `N` steps; 0 for any number"},
				workspaceFlag(),
			},
			Description: "Prints a shortest chain of links, in either direction, with the sentence behind\neach. Two notes that nothing connects are no error.\n\n" + codes,
			Action:      checked(arguments(2, 2, "two notes"), inWorkspace(a, pathFlags, (*session).path)),
		}),
		a.gapsCommand(), a.relatedCommand(), a.backlinksCommand(), a.linksCommand(), a.listCommand(),
	}
}

type exploreOptions struct {
	Ref, Relation     string
	Direction, Format string
	Depth, Limit      int
}

func exploreFlags(c *cli.Command) exploreOptions {
	return exploreOptions{Ref: c.Args().First(), Relation: c.String("relation"), Depth: c.Int("depth"), Limit: c.Int("limit"), Direction: c.String("direction"), Format: c.String("format")}
}

func (s *session) explore(ctx context.Context, o exploreOptions) error {
	if o.Depth < 1 || o.Depth > 20 {
		return usageError(fmt.Sprintf("--depth takes 1 to 20, not %d", o.Depth), "leave it out for the links of the note itself")
	}
	if o.Limit < 1 {
		return usageError(fmt.Sprintf("--limit takes 1 or more, not %d", o.Limit), "")
	}
	direction, err := directionOf(o.Direction)
	if err != nil {
		return err
	}
	draw, ok := map[string]func(graph.Drawing, io.Writer) error{"": nil, "text": nil, "json": nil, "dot": graph.Drawing.WriteDOT, "mermaid": graph.Drawing.WriteMermaid}[o.Format]
	if !ok {
		return usageError(fmt.Sprintf("--format takes text, json, dot or mermaid, not %q", o.Format), "")
	}
	s.json = s.json || o.Format == "json"
	return s.withIndex(ctx, func(st store.Store) error {
		id, err := s.oneNode(ctx, st, o.Ref)
		if err != nil {
			return err
		}
		hood, err := graph.Explore(ctx, st, id, graph.ExploreOptions{Relation: o.Relation, Direction: direction, Depth: o.Depth, Limit: o.Limit, Terms: true})
		if err != nil {
			return err
		}
		if draw != nil && !s.json {
			return draw(hood.Drawing(id), s.out)
		}
		ans := exploreAnswer{ID: id, Depth: o.Depth, Links: linkRows(hood.Links), Nodes: hood.Nodes, Truncated: hood.Truncated}
		switch {
		case notes.IsTerm(id):
			t, err := st.FindTerm(ctx, strings.TrimPrefix(id, notes.TermPrefix))
			if err != nil {
				return err
			}
			ans.Term = &termRow{t.Name, t.Kind, t.State}
		case !strings.HasPrefix(id, notes.TagPrefix):
			note, err := st.Get(ctx, id)
			if err != nil {
				return err
			}
			ans.dated = datedOf(note)
		}
		return s.print(ans, func() { s.printLinks(ans) })
	})
}

// oneNode resolves a note, a tag or a term.
func (s *session) oneNode(ctx context.Context, st store.Finder, ref string) (string, error) {
	id, err := store.FindNode(ctx, st, s.Reference(ref))
	return id, unfound(err)
}

func linkRows(links []graph.Link) []linkRow {
	rows := []linkRow{}
	for _, l := range links {
		r := linkRow{Source: l.Source, Target: l.Target, Type: l.Type, Direction: "out", Depth: l.Depth,
			Resolved: l.Resolved, Weight: l.Weight, Line: l.Line, Sentence: l.Sentence}
		if !l.Forward {
			r.Direction = "in"
		}
		rows = append(rows, r)
	}
	return rows
}

func (a *program) printLinks(ans exploreAnswer) {
	if t := ans.Term; t != nil {
		a.line("%s: %s, %s", a.bold(cleanLine(t.Name)), t.Kind, t.State)
	}
	for _, l := range ans.Links {
		a.printLink(l)
	}
	if len(ans.Links) == 0 {
		a.line("No links.")
	}
	if ans.Truncated {
		a.aside("there are more: --limit shows them")
	}
	a.aside("%s to %s", count(len(ans.Links), "link"), count(ans.Nodes, "node"))
	if ans.Date != "" {
		a.aside("dated %s by its %s", ans.Date, ans.DateFrom)
	}
}

// printLink writes a link the way it is walked, and its evidence below.
func (a *program) printLink(l linkRow) {
	from, arrow, to := l.Source, "-"+l.Type+"->", l.Target
	if l.Direction == "in" {
		from, arrow, to = l.Target, "<-"+l.Type+"-", l.Source
	}
	broken := ""
	if !l.Resolved {
		broken = a.amber("  no such note")
	}
	indent := strings.Repeat("  ", max(l.Depth-1, 0))
	a.line("%s%s %s %s%s", indent, cleanLine(from), a.faint(cleanLine(arrow)), a.bold(cleanLine(to)), broken)
	note := l.Source
	if notes.IsTerm(note) {
		note = l.Target
	}
	switch {
	case notes.IsTerm(note):
	case l.Sentence != "":
		a.line("%s    %s:%d  %s", indent, cleanLine(note), l.Line, cleanLine(l.Sentence))
	case notes.IsTerm(l.Source) || notes.IsTerm(l.Target):
		a.line("%s    %s:%d", indent, cleanLine(note), l.Line)
	}
}

type pathOptions struct {
	From, To, Relation string
	Max                int
}

func pathFlags(c *cli.Command) pathOptions {
	return pathOptions{c.Args().Get(0), c.Args().Get(1), c.String("via"), c.Int("max")}
}

func (s *session) path(ctx context.Context, o pathOptions) error {
	if o.Max < 0 {
		return usageError(fmt.Sprintf("--max takes 0 or more, not %d", o.Max), "leave it out for any number of steps")
	}
	return s.withIndex(ctx, func(st store.Store) error {
		from, err := s.oneNode(ctx, st, o.From)
		if err != nil {
			return err
		}
		to, err := s.oneNode(ctx, st, o.To)
		if err != nil {
			return err
		}
		route, err := graph.Path(ctx, st, from, to, o.Relation)
		if err != nil {
			return err
		}
		if o.Max > 0 && len(route.Steps) > o.Max {
			route = graph.Route{}
		}
		ans := pathAnswer{From: from, To: to, Found: route.Found, Length: len(route.Steps), Steps: linkRows(route.Steps)}
		return s.print(ans, func() { s.printPath(ans) })
	})
}

func (a *program) printPath(ans pathAnswer) {
	switch {
	case !ans.Found:
		a.line("Nothing connects %s and %s.", cleanLine(ans.From), cleanLine(ans.To))
	case ans.Length == 0:
		a.line("%s is both.", cleanLine(ans.From))
	}
	for _, l := range ans.Steps {
		l.Depth = 1 // steps stand below each other
		a.printLink(l)
	}
}
