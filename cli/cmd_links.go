package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"amalfa/app"
	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

func (a *program) linksCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "links", Category: categoryMemory, Usage: "list the links that are broken, ambiguous, or lead outside",
		UsageText: "amalfa links\namalfa links --broken --patch | git apply\namalfa links --ambiguous\namalfa links --external --json",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "broken", Usage: "links that no note and no file answers, with what they may mean (default)"},
			&cli.BoolFlag{Name: "ambiguous", Usage: "links by a name that several notes have"},
			&cli.BoolFlag{Name: "unnamed", Usage: "words in front matter that should name a note, as in \"up: tides\", and name none"},
			&cli.BoolFlag{Name: "external", Usage: "addresses of the web, and files outside the workspace; none is followed"},
			&cli.BoolFlag{Name: "patch", Usage: "of broken links, print a diff that leads those with one likely target there"},
		},
		Description: "One kind at a time.\n\n" + networkCodes(),
		Action: checked(arguments(0, 0, ""), with(a, func(c *cli.Command) linksOptions {
			return linksOptions{c.Bool("broken"), c.Bool("ambiguous"), c.Bool("external"), c.Bool("unnamed"), c.Bool("patch")}
		}, (*session).links)),
	})
}

type linksOptions struct{ Broken, Ambiguous, External, Unnamed, Patch bool }

func (o linksOptions) kinds() (n int) {
	for _, kind := range []bool{o.Broken || o.Patch, o.Ambiguous, o.External, o.Unnamed} {
		if kind {
			n++
		}
	}
	return n
}

// A linksAnswer is `links --json`, of one kind of links.
type linksAnswer[L any] struct {
	Links []L `json:"links"`
}

func (s *session) links(ctx context.Context, o linksOptions) error {
	if o.kinds() > 1 {
		return usageError("--broken, --ambiguous, --unnamed and --external stand alone, and --patch is for broken links", "run the command once for each")
	}
	return s.withIndexFor(ctx, o.Patch, func(st store.Store) error {
		switch {
		case o.Ambiguous:
			return s.ambiguousLinks(ctx, st)
		case o.External:
			return s.externalLinks(ctx, st)
		case o.Unnamed:
			return s.unnamedNotes(ctx, st)
		}
		return s.brokenLinks(ctx, st, o.Patch)
	})
}

func (s *session) brokenLinks(ctx context.Context, st store.Store, patch bool) error {
	broken, err := s.BrokenLinks(ctx, st)
	if err != nil {
		return err
	}
	if patch {
		diff, left, err := s.PatchBroken(ctx, broken)
		if err != nil {
			return err
		}
		if left > 0 {
			s.note("left out: %s without one likely target", count(left, "link"))
		}
		_, err = io.WriteString(s.out, diff)
		return err
	}
	words, err := st.Unnamed(ctx)
	if err != nil {
		return err
	}
	return s.print(linksAnswer[app.BrokenLink]{broken}, func() {
		s.printBroken(broken)
		s.aside("%s", count(len(broken), "broken link"))
		if len(words) > 0 {
			s.aside("%s in front matter that no note answers: amalfa links --unnamed", count(len(words), "name"))
		}
	})
}

func (s *session) printBroken(broken []app.BrokenLink) {
	for _, l := range broken {
		likely := ""
		if len(l.Likely) > 0 {
			likely = s.faint("  perhaps " + cleanLine(strings.Join(l.Likely, " or ")))
		}
		s.line("%s:%d  %s%s", cleanLine(l.Source), l.Line, s.bold(cleanLine(l.Target)), likely)
	}
}

func (s *session) unnamedNotes(ctx context.Context, st store.Store) error {
	found, err := s.UnnamedNotes(ctx, st)
	if err != nil {
		return err
	}
	return s.print(linksAnswer[app.BrokenLink]{found}, func() {
		s.printBroken(found)
		s.aside("%s that no note answers", count(len(found), "name"))
	})
}

func (s *session) ambiguousLinks(ctx context.Context, st store.Store) error {
	found, err := st.Ambiguous(ctx)
	if err != nil {
		return err
	}
	ans := linksAnswer[app.Ambiguity]{[]app.Ambiguity{}}
	for _, l := range found {
		ans.Links = append(ans.Links, app.Ambiguity(l))
	}
	return s.print(ans, func() {
		for _, l := range ans.Links {
			s.line("%s", cleanLine(ambiguity(l)))
		}
		s.aside("%s", count(len(ans.Links), "ambiguous link"))
	})
}

func (s *session) externalLinks(ctx context.Context, st store.Store) error {
	found, err := s.ExternalLinks(ctx, st)
	if err != nil {
		return err
	}
	return s.print(linksAnswer[app.ExternalLink]{found}, func() {
		for _, l := range found {
			s.line("%s:%d  %s", cleanLine(l.Source), l.Line, cleanLine(l.Target))
		}
		s.aside("%s", count(len(found), "external link"))
	})
}

// A backlinksAnswer is `backlinks --json`.
type backlinksAnswer struct {
	ID        string    `json:"id"`
	Backlinks []linkRow `json:"backlinks"`
}

func (a *program) backlinksCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "backlinks", Category: categoryMemory, Usage: "show what links to a note or has a tag, with the sentences",
		ArgsUsage: "ID", UsageText: "amalfa backlinks docs/auth.md\namalfa backlinks tag:harbour --json", Flags: []cli.Flag{relationFlag()},
		Description: "What explore ID --direction in shows.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(1, 1, "the id of a note"), with(a, func(c *cli.Command) exploreOptions {
			return exploreOptions{Ref: c.Args().First(), Relation: c.String("relation")}
		}, (*session).backlinks)),
	})
}

func (s *session) backlinks(ctx context.Context, o exploreOptions) error {
	return s.withIndex(ctx, func(st store.Store) error {
		id, err := s.oneNode(ctx, st, o.Ref)
		if err != nil {
			return err
		}
		hood, err := graph.Explore(ctx, st, id, graph.ExploreOptions{Relation: o.Relation, Direction: store.In, Limit: maxBacklinks})
		if err != nil {
			return err
		}
		ans := backlinksAnswer{ID: id, Backlinks: linkRows(hood.Links)}
		return s.print(ans, func() {
			for _, l := range ans.Backlinks {
				s.printLink(l)
			}
			s.aside("%s to %s", count(len(ans.Backlinks), "link"), cleanLine(id))
		})
	})
}

// maxBacklinks is more than any note has; it bounds the answer all the same.
const maxBacklinks = 1_000_000

func relationFlag() cli.Flag {
	return &cli.StringFlag{Name: "relation", Usage: "only links of `TYPE`, in any case: LINKS_TO, CITES, TAGGED_AS, or a relation, such as EXTENDS"}
}

// directionOf reads --direction.
func directionOf(name string) (store.Direction, error) {
	d, ok := map[string]store.Direction{"": store.Both, "both": store.Both, "in": store.In, "out": store.Out}[name]
	if !ok {
		return d, usageError(fmt.Sprintf("--direction takes in, out or both, not %q", name), "leave it out for both")
	}
	return d, nil
}
