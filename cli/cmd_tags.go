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
		Name: "inject-tags", Category: categoryMemory, Usage: "add tags to a note, or remove them",
		ArgsUsage: "FILE TAG...", UsageText: "amalfa inject-tags docs/auth.md security login\namalfa inject-tags --remove docs/auth.md login\namalfa inject-tags --dry-run docs/auth.md security",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "remove", Usage: "take the tags out instead"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would change, and change nothing"},
		},
		Description: "Tags go into the list of the front matter (YAML, TOML or JSON) or the page's\nproperties (tags:: a, b), else into a line <!-- tags: ... -->, else into front\nmatter that is added. No other byte changes; a head that is broken, or written in\na way that is not understood, is left as it is. Only Markdown files of the\nworkspace; \"amalfa init\" or the watcher indexes them; \"amalfa undo\" takes it back.\n\n--remove takes them out of every list and value of tags that the note has, in the\nhead, in fields (tags:: a, b) and in comments. A list that loses its last tag stays,\nempty. #tag in a sentence is told with its line and left: the sentence is yours.\nsea/tides is another tag than sea.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(2, -1, "a file and a tag"), with(a, tagsFlags, (*session).injectTags)),
	})
}

type tagsOptions struct {
	File           string
	Tags           []string
	Remove, DryRun bool
}

func tagsFlags(c *cli.Command) tagsOptions {
	return tagsOptions{c.Args().First(), c.Args().Tail(), c.Bool("remove"), c.Bool("dry-run")}
}

func (s *session) injectTags(ctx context.Context, o tagsOptions) error {
	tags, err := notes.SpellTags(o.Tags)
	if err != nil {
		return usageError(err.Error(), "for example: amalfa inject-tags docs/auth.md security")
	}
	change := s.AddTags
	if o.Remove {
		change = s.RemoveTags
	}
	ans, err := change(ctx, o.File, tags, o.DryRun)
	if err != nil {
		return err
	}
	if ans.DryRun {
		return s.print(ans, func() { s.printTags(ans, o.Remove) })
	}
	return s.outcome(ans, func() { s.printTags(ans, o.Remove) })
}

func (a *program) printTags(ans app.TagChange, remove bool) {
	file, added, removed := cleanLine(ans.File), strings.Join(ans.Added, ", "), strings.Join(ans.Removed, ", ")
	switch {
	case remove && !ans.Changed:
		a.line("%s has none of them in a list of tags.", file)
	case remove && ans.DryRun:
		a.line("%s would lose %s in its %s.", file, removed, strings.Join(ans.Places, ", "))
	case remove:
		a.line("%s lost %s in its %s.", file, removed, strings.Join(ans.Places, ", "))
	case !ans.Changed:
		a.line("%s has them already.", file)
	case ans.DryRun:
		a.line("%s would get %s in its %s.", file, added, ans.Place)
	default:
		a.line("%s has %s in its %s now.", file, added, ans.Place)
	}
	for _, l := range ans.Left {
		a.note("%s:%d  #%s stands in the text and is left: change the sentence by hand", file, l.Line, l.Tag)
	}
}
