package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/notes"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A readAnswer is `read --json`.
type readAnswer struct {
	ID      string  `json:"id"`
	Content string  `json:"content"`
	Lines   *[2]int `json:"lines"`
	dated
	Elsewhere *elsewhere `json:"elsewhere,omitempty"`
}

// An elsewhere is a store.Rebuilt: the note's file is on another machine, and content what the team's index holds of it.
type elsewhere struct {
	Whole   bool     `json:"whole"`
	Missing [][2]int `json:"missing"`
}

// tellElsewhere notes beside a note that it is not its file.
func (a *program) tellElsewhere(n readAnswer) {
	if n.Elsewhere == nil {
		return
	}
	text := ""
	if lacks := store.Rebuilt(*n.Elsewhere).Lacks(); lacks != "" {
		text = "; not in it: " + lacks
	}
	a.note("the file of %s is on another machine: this is what the team's index holds%s", cleanLine(n.ID), text)
}

// dated is the date that filters know a note by, with where it stands: "front matter", "name" or "file". Nodes of tags have none.
type dated struct {
	Date     string `json:"date,omitempty"`
	DateFrom string `json:"dateFrom,omitempty"`
}

func datedOf(n store.Note) (d dated) {
	d.Date, d.DateFrom = n.Dated()
	return d
}

func (a *program) readCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "read", Category: categoryMemory, Usage: "print a note, or some of its lines",
		ArgsUsage: "ID",
		UsageText: "amalfa read docs/auth.md\namalfa read docs/auth.md:10-24\namalfa read auth --lines 10-24\namalfa read 3f9c2e1a7",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "lines", Usage: "only lines `A-B`, counted from 1, both included"},
			workspaceFlag(),
		},
		Description: "ID is the note's path in the workspace; the end of the path, its title or an\nalias will do where only one note has it. The short id of a search result means its\npassage.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, 1, "the id of a note"), inWorkspace(a, readFlags, (*session).read)),
	})
}

type readOptions struct {
	Ref   string
	Lines *string // nil: all, or those that Ref ends in
}

func readFlags(c *cli.Command) readOptions {
	return readOptions{c.Args().First(), given(c, "lines", c.String("lines"))}
}

func (s *session) read(ctx context.Context, o readOptions) error {
	return s.withIndex(ctx, func(st store.Store) error {
		note, lines, err := s.oneNote(ctx, st, o.Ref)
		if err != nil {
			return err
		}
		if o.Lines != nil {
			if lines, err = notes.ParseLines(*o.Lines); err != nil {
				return unfound(err)
			}
		}
		read, err := s.ReadNote(ctx, st, note)
		if err != nil {
			return err
		}
		text := read.Text
		ans := readAnswer{ID: note.ID, Content: text, dated: datedOf(note), Elsewhere: (*elsewhere)(read.Elsewhere)}
		if lines.First > 0 {
			ans.Lines = &[2]int{lines.First, lines.Last}
			if ans.Content, err = cut(text, ans.Lines); err != nil {
				return err
			}
		}
		return s.print(ans, func() {
			fmt.Fprint(s.out, ended(ans.Content))
			s.tellElsewhere(ans)
		})
	})
}

// oneNote finds the note that the user means, and the lines.
func (s *session) oneNote(ctx context.Context, st store.Finder, ref string) (store.Note, notes.Lines, error) {
	n, lines, err := store.FindOne(ctx, st, s.Reference(ref))
	return n, lines, unfound(err)
}

// unfound says what to do about a reference that leads nowhere.
func unfound(err error) error {
	var bad notes.LinesError
	switch {
	case errors.As(err, &bad):
		return usageError(err.Error(), "for example --lines 10-24")
	case errors.Is(err, store.ErrNotFound):
		return app.WithHint(err, `"amalfa search" finds notes by what they say`)
	}
	return err
}

// cut returns lines a to b; a range that ends behind the note ends with it.
func cut(text string, r *[2]int) (string, error) {
	all := notes.SplitLines(text)
	if r[0] > len(all) {
		return "", fmt.Errorf("the note has %d lines", len(all))
	}
	r[1] = min(r[1], len(all))
	return strings.Join(all[r[0]-1:r[1]], ""), nil
}

func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}
