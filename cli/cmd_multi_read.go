package cli

import (
	"context"
	"fmt"

	"amalfa/app"
	"amalfa/search/grep"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// maxMultiRead bounds what one `multi-read` prints.
const maxMultiRead = 64 << 20

// A multiReadAnswer is `multi-read --json`.
type multiReadAnswer struct {
	Patterns []string     `json:"patterns"`
	Notes    []readAnswer `json:"notes"`
}

func (a *program) multiReadCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "multi-read", Category: categoryMemory, Usage: "print all notes whose path fits a pattern",
		ArgsUsage: "GLOB...", UsageText: "amalfa multi-read 'docs/*.md'\namalfa multi-read '**/2025-*.md' 'notes/{a,b}.md'",
		Flags:       []cli.Flag{workspaceFlag()},
		Description: "* is anything but /, ** any folders, ? one character, {a,b} either. Put quotes\naround it, so that the shell leaves it alone.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, -1, "a pattern"), inWorkspace(a, func(c *cli.Command) multiReadOptions { return multiReadOptions{c.Args().Slice()} }, (*session).multiRead)),
	})
}

type multiReadOptions struct{ Globs []string }

func (s *session) multiRead(ctx context.Context, o multiReadOptions) error {
	patterns := make([]string, len(o.Globs))
	for i, g := range o.Globs {
		patterns[i] = s.Reference(g)
	}
	globs, err := grep.ParseGlobs(patterns)
	if err != nil {
		return usageError(err.Error(), "for example: amalfa multi-read 'docs/**/*.md'")
	}
	return s.withIndex(ctx, func(st store.Store) error {
		notes, err := st.List(ctx, "", "", 0)
		if err != nil {
			return err
		}
		ans := multiReadAnswer{Patterns: o.Globs, Notes: []readAnswer{}}
		size := 0
		for _, n := range notes {
			if !globs.Match(n.ID) {
				continue
			}
			text, err := s.ReadNote(ctx, st, n)
			if err != nil {
				return err
			}
			if size += len(text.Text); size > maxMultiRead {
				return app.WithHint(fmt.Errorf("these notes are larger than %d MiB together", maxMultiRead>>20), "narrow the pattern")
			}
			ans.Notes = append(ans.Notes, readAnswer{ID: n.ID, Content: text.Text, Elsewhere: (*elsewhere)(text.Elsewhere)})
		}
		return s.print(ans, func() { s.printNotes(ans.Notes) })
	})
}

func (a *program) printNotes(notes []readAnswer) {
	for i, n := range notes {
		if i > 0 {
			a.line("")
		}
		a.line("%s", a.bold("==> "+cleanLine(n.ID)+" <=="))
		fmt.Fprint(a.out, ended(n.Content))
		a.tellElsewhere(n)
	}
	if len(notes) == 0 {
		a.aside("no note fits")
	}
}
