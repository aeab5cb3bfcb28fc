package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"
)

func (a *program) linkCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "link", Category: categoryMemory, Usage: "write a link from one note to another",
		ArgsUsage: "A B", UsageText: "amalfa link docs/auth.md docs/login.md\namalfa link auth login --relation extends\namalfa link --dry-run auth login | git apply",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "relation", Usage: "how A stands to B, for example `extends`"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would change as a patch for git apply, and change nothing"},
		},
		Description: "The link is written in the way of A's last link to a note, in its section of related\nnotes (\"Related\", \"See also\"), which is made at the end if it has none. A relation\ngoes into A's front matter, \"extends: [ \"[[b]]\" ]\", which is made if it has none; or\nwhere A writes relations: a line \"extends:: [[b]]\", <!-- tags: [EXTENDS: b] -->.\nA link that A has already is not written again.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(2, 2, "two notes"), with(a, linkFlags, (*session).link)),
	})
}

type linkOptions struct {
	From, To, Relation string
	DryRun             bool
}

func linkFlags(c *cli.Command) linkOptions {
	return linkOptions{c.Args().First(), c.Args().Get(1), c.String("relation"), c.Bool("dry-run")}
}

func (s *session) link(ctx context.Context, o linkOptions) error {
	ans, err := s.LinkNotes(ctx, o.From, o.To, o.Relation, o.DryRun)
	switch {
	case err != nil:
		return unfound(err)
	case ans.DryRun && ans.Changed:
		return s.print(ans, func() { fmt.Fprint(s.out, ans.Patch) })
	}
	return s.outcome(ans, func() {
		if !ans.Changed {
			s.line("%s links to %s already.", cleanLine(ans.Source), cleanLine(ans.Target))
			return
		}
		s.line("%s:%d  %s", cleanLine(ans.Source), ans.Line, cleanLine(ans.Text))
	})
}
