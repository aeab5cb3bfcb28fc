package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"amalfa/app"
	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

// A readAnswer is `read --json`.
type readAnswer struct {
	ID      string  `json:"id"`
	Content string  `json:"content"`
	Lines   *[2]int `json:"lines"`
}

func (a *program) readCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "read", Category: categoryMemory, Usage: "print a note, or some of its lines",
		ArgsUsage: "ID",
		UsageText: "amalfa read docs/auth.md\namalfa read docs/auth.md:10-24\namalfa read auth --lines 10-24",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "lines", Usage: "only lines `A-B`, counted from 1, both included"},
		},
		Description: "ID is the note's path in the workspace; the end of the path, its title or an\nalias will do where only one note has it.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, 1, "the id of a note"), a.read),
	})
}

func (a *program) read(ctx context.Context, c *cli.Command) error {
	return a.withIndex(ctx, c, func(s *session, st *sqlite.Store) error {
		note, lines, err := findNote(ctx, st, c.Args().First())
		if err != nil {
			return err
		}
		if c.IsSet("lines") {
			if lines, err = parseLines(c.String("lines")); err != nil {
				return err
			}
		}
		text, err := s.ReadNote(note.ID)
		if err != nil {
			return err
		}
		ans := readAnswer{ID: note.ID, Content: text}
		if lines != nil {
			if ans.Content, err = cut(text, lines); err != nil {
				return err
			}
			ans.Lines = lines
		}
		return a.print(c, ans, func() { fmt.Fprint(a.out, ended(ans.Content)) })
	})
}

var rangeEnd = regexp.MustCompile(`^(.+):([0-9]+(?:-[0-9]+)?)$`)

// findNote resolves an id, or an id with a line range; an existing id wins.
func findNote(ctx context.Context, st store.Store, ref string) (store.Note, *[2]int, error) {
	note, err := oneNote(ctx, st, ref)
	m := rangeEnd.FindStringSubmatch(ref)
	if err == nil || m == nil || !errors.Is(err, store.ErrNotFound) {
		return note, nil, err
	}
	lines, err := parseLines(m[2])
	if err != nil {
		return store.Note{}, nil, err
	}
	note, err = oneNote(ctx, st, m[1])
	return note, lines, err
}

func oneNote(ctx context.Context, st store.Store, ref string) (store.Note, error) {
	found, err := st.Find(ctx, ref)
	if err != nil {
		return store.Note{}, err
	}
	switch len(found) {
	case 0:
		return store.Note{}, app.WithHint(fmt.Errorf("note %q: %w", ref, store.ErrNotFound), `"amalfa search" finds notes by what they say`)
	case 1:
		return found[0], nil
	}
	ids := make([]string, 0, 5)
	for _, n := range found[:min(5, len(found))] {
		ids = append(ids, n.ID)
	}
	return store.Note{}, app.WithHint(fmt.Errorf("%q could be any of %d notes", ref, len(found)), "say which: "+strings.Join(ids, ", "))
}

func parseLines(s string) (*[2]int, error) {
	from, to, dash := strings.Cut(s, "-")
	if !dash {
		to = from
	}
	a, errA := strconv.Atoi(from)
	b, errB := strconv.Atoi(to)
	if errA != nil || errB != nil || a < 1 || b < a {
		return nil, usageError(fmt.Sprintf("lines are A-B, counted from 1, not %q", s), "for example --lines 10-24")
	}
	return &[2]int{a, b}, nil
}

// cut returns lines a to b; a range that ends behind the note ends with it.
func cut(text string, r *[2]int) (string, error) {
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
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
