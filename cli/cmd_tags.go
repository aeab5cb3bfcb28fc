package cli

import (
	"context"
	"strings"

	"amalfa/app"
	"amalfa/notes"

	"github.com/urfave/cli/v3"
)

func (a *program) tagsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "inject-tags", Category: categoryMemory, Usage: "add tags to a note",
		ArgsUsage: "FILE TAG...", UsageText: "amalfa inject-tags docs/auth.md security login\namalfa inject-tags --dry-run docs/auth.md security",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "dry-run", Usage: "say what would change, and change nothing"}},
		Description: "Tags go into the list of the front matter (YAML, TOML or JSON) or the page's\nproperties (tags:: a, b), else into a line <!-- tags: ... -->, else into front\nmatter that is added. No other byte changes; a head that is broken, or written in\na way that is not understood, is left as it is. Only Markdown files of the\nworkspace; \"amalfa init\" or the watcher indexes them.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(2, -1, "a file and a tag"), with(a, tagsFlags, (*session).injectTags)),
	})
}

type tagsOptions struct {
	File   string
	Tags   []string
	DryRun bool
}

func tagsFlags(c *cli.Command) tagsOptions {
	return tagsOptions{c.Args().First(), c.Args().Tail(), c.Bool("dry-run")}
}

func (s *session) injectTags(ctx context.Context, o tagsOptions) error {
	tags, err := notes.SpellTags(o.Tags)
	if err != nil {
		return usageError(err.Error(), "for example: amalfa inject-tags docs/auth.md security")
	}
	ans, err := s.AddTags(ctx, o.File, tags, o.DryRun)
	if err != nil {
		return err
	}
	if ans.DryRun {
		return s.print(ans, func() { s.printTags(ans) })
	}
	return s.outcome(ans, func() { s.printTags(ans) })
}

func (a *program) printTags(ans app.TagChange) {
	switch {
	case !ans.Changed:
		a.line("%s has them already.", cleanLine(ans.File))
	case ans.DryRun:
		a.line("%s would get %s in its %s.", cleanLine(ans.File), strings.Join(ans.Added, ", "), ans.Place)
	default:
		a.line("%s has %s in its %s now.", cleanLine(ans.File), strings.Join(ans.Added, ", "), ans.Place)
	}
}
