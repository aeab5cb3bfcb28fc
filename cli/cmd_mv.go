package cli

import (
	"context"
	"fmt"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) moveCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "mv", Category: categoryMemory, Usage: "move a note or a folder, and mend the links",
		ArgsUsage: "FROM TO", UsageText: "amalfa mv docs/auth.md docs/login.md\namalfa mv docs/auth.md archive/\namalfa mv drafts notes\namalfa mv --dry-run a.md b.md | git apply",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "dry-run", Usage: "print what would change as a patch for git apply, and change nothing"}},
		Description: "Links that lead there, and those of what moves, are written anew in the way that\nthey are written: wiki or Markdown, relative or from the top, with or without an\nextension; headings and texts stay. What still leads where it did is left alone.\nWhat cannot be mended is told. Nothing is overwritten; \"amalfa undo\" takes it back\nas a whole. The index is brought up to date.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(2, 2, "what moves and where to"), with(a, moveFlags, (*session).move)),
	})
}

type moveOptions struct {
	From, To string
	DryRun   bool
}

func moveFlags(c *cli.Command) moveOptions {
	return moveOptions{c.Args().First(), c.Args().Get(1), c.Bool("dry-run")}
}

func (s *session) move(ctx context.Context, o moveOptions) error {
	ans, err := s.MoveNote(ctx, o.From, o.To, o.DryRun)
	if err != nil {
		return unfound(err)
	}
	if ans.DryRun {
		return s.print(ans, func() {
			fmt.Fprint(s.out, ans.Patch)
			s.noteTold(ans)
		})
	}
	return s.outcome(ans, func() {
		s.line("Moved %s to %s.", cleanLine(ans.From), cleanLine(ans.To))
		for _, m := range ans.Mended {
			s.line("%s:%d  %s → %s", cleanLine(m.Source), m.Line, cleanLine(m.Old), cleanLine(m.New))
		}
		s.line("%s mended.", app.Count(len(ans.Mended), "link"))
		s.noteTold(ans)
	})
}

// noteTold says what a person has to look at.
func (s *session) noteTold(ans app.MoveAnswer) {
	for _, all := range [][]app.Told{ans.Left, ans.Told} {
		for _, l := range all {
			s.note("%s:%d  %s: %s", cleanLine(l.Source), l.Line, cleanLine(l.Target), cleanLine(l.Why))
		}
	}
}
