package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"amalfa/app"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/urfave/cli/v3"
)

// writeMan writes a manual page for each command into a folder, as amalfa-search.1, and returns how many.
func writeMan(root *cli.Command, dir string) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { // #nosec G301 -- manual pages are for everybody
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
