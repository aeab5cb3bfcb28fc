package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"amalfa/app"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/urfave/cli/v3"
)

func (a *program) manCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "man", Category: categorySelf, Usage: "write a manual page for each command", ArgsUsage: "DIR",
		UsageText:   "amalfa man ~/.local/share/man/man1",
		Description: "The pages say what \"amalfa help COMMAND\" says. DIR is made where it is missing.\n\n" + codesHelp(codeDone, codeFailed, codeUsage),
		Action: checked(arguments(1, 1, "a folder to write"), func(_ context.Context, c *cli.Command) error {
			return a.man(c.Root(), c.Args().First())
		}),
	})
}

func (a *program) man(root *cli.Command, dir string) error {
	n, err := writeMan(root, dir)
	if err != nil {
		return err
	}
	return a.outcome(map[string]any{"pages": n, "dir": dir}, func() { a.line("%s written to %s", count(n, "page"), dir) })
}

// writeMan writes a manual page for each command into a folder, as amalfa-search.1, and returns how many.
func writeMan(root *cli.Command, dir string) (int, error) {
	// #nosec G301 -- manual pages are for everybody
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	pages, build := allPages(root), app.ReadBuild()
	for _, p := range pages {
		name := strings.ReplaceAll(p.Name, " ", "-")
		// #nosec G306 -- as above
		if err := os.WriteFile(filepath.Join(dir, name+".1"), p.man(build), 0o644); err != nil {
			return 0, err
		}
	}
	return len(pages), nil
}

// man is the page in roff, section 1.
func (p page) man(of app.Build) []byte {
	name := strings.ReplaceAll(p.Name, " ", "-")
	var b strings.Builder
	day, _, _ := strings.Cut(of.Date, "T")
	fmt.Fprintf(&b, "%% %q %q %q %q %q\n\n# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n    %s\n",
		strings.ToUpper(name), "1", day, "amalfa "+of.Version, "amalfa", name, plainMarkdown(p.Summary), p.Usage)
	part := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n# %s\n\n%s\n", title, text)
		}
	}
	var paragraphs []string
	for _, text := range p.Description {
		paragraphs = append(paragraphs, plainMarkdown(text))
	}
	part("DESCRIPTION", strings.Join(paragraphs, "\n\n"))
	part("EXAMPLES", "    "+strings.Join(p.Examples, "\n    "))
	for _, list := range p.Groups {
		part(strings.ToUpper(list.Title), manRows(list.Rows))
	}
	part("FLAGS", manRows(p.Flags))
	part("EVERYWHERE", manRows(p.Everywhere))
	part("EXIT STATUS", plainMarkdown(strings.TrimPrefix(p.Codes, codesBegin)))
	part("SEE ALSO", plainMarkdown(strings.Join(p.ReadOn, ", ")))
	return md2man.Render([]byte(b.String()))
}

// manRows are rows as a list of definitions.
func manRows(rows []pageRow) string {
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "**%s**\n: %s\n", plainMarkdown(r.Name), plainMarkdown(r.Text))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
