package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"amalfa/app"
	"amalfa/notes"
	"amalfa/notes/files"

	"github.com/urfave/cli/v3"
)

// A tagsAnswer is `inject-tags --json`.
type tagsAnswer struct {
	File    string   `json:"file"`
	Added   []string `json:"added"`
	Tags    []string `json:"tags"`
	Place   string   `json:"place"`
	Changed bool     `json:"changed"`
	DryRun  bool     `json:"dryRun"`
	Hash    string   `json:"hash"`
}

func (a *program) tagsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "inject-tags", Category: categoryMemory, Usage: "add tags to a note",
		ArgsUsage: "FILE TAG...", UsageText: "amalfa inject-tags docs/auth.md security login\namalfa inject-tags --dry-run docs/auth.md security",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "dry-run", Usage: "say what would change, and change nothing"}},
		Description: "Tags go into the list of the YAML front matter, else into a line\n<!-- tags: ... -->, else into front matter that is added. No other byte changes.\nOnly Markdown files of the workspace; \"amalfa init\" or the watcher indexes them.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(2, -1, "a file and a tag"), a.injectTags),
	})
}

func (a *program) injectTags(_ context.Context, c *cli.Command) error {
	tags, err := notes.SpellTags(c.Args().Tail())
	if err != nil {
		return usageError(err.Error(), "for example: amalfa inject-tags docs/auth.md security")
	}
	s, err := a.open(c)
	if err != nil {
		return err
	}
	id, err := s.FileID(c.Args().First())
	if err != nil {
		return err
	}
	ans, err := s.tag(id, tags, c.Bool("dry-run"))
	if err != nil {
		return err
	}
	return a.print(c, ans, func() { a.printTags(ans) })
}

// tag adds tags to one note, which stays as it is if somebody else changes it meanwhile.
func (s *session) tag(id string, tags []string, dry bool) (ans tagsAnswer, err error) {
	folder, err := files.Open(s.Folder.Root)
	if err != nil {
		return ans, err
	}
	defer folder.Close()
	before, err := folder.Read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return ans, app.WithHint(err, "FILE is a path in the workspace, or from the current folder")
	}
	if err != nil {
		return ans, err
	}
	done, err := notes.AddTags(before, tags)
	if err != nil {
		return ans, fmt.Errorf("%s: %w", id, err)
	}
	ans = tagsAnswer{File: id, Added: append([]string{}, done.Added...), Tags: append([]string{}, done.Tags...), Place: done.Place,
		Changed: len(done.Added) > 0, DryRun: dry, Hash: files.Hash(done.Text)}
	if dry || !ans.Changed {
		return ans, nil
	}
	return ans, folder.Replace(id, done.Text, files.Hash(before))
}

func (a *program) printTags(ans tagsAnswer) {
	switch {
	case !ans.Changed:
		a.line("%s has them already.", cleanLine(ans.File))
	case ans.DryRun:
		a.line("%s would get %s in its %s.", cleanLine(ans.File), strings.Join(ans.Added, ", "), ans.Place)
	default:
		a.line("%s has %s in its %s now.", cleanLine(ans.File), strings.Join(ans.Added, ", "), ans.Place)
	}
}
