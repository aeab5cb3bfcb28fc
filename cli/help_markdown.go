package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

// allPages are the help pages of all commands that are shown, a group before those in it.
func allPages(root *cli.Command) []page {
	var pages []page
	var walk func(path []*cli.Command)
	walk = func(path []*cli.Command) {
		pages = append(pages, newPage(path))
		for _, sub := range visible(path[len(path)-1]) {
			if sub.Name != helpName || len(path) == 1 {
				walk(append(path[:len(path):len(path)], sub))
			}
		}
	}
	walk([]*cli.Command{root})
	return pages
}

// markdown is the page as a section whose title has a depth of level.
func (p page) markdown(level int) string {
	var b strings.Builder
	mark := strings.Repeat("#", level)
	fmt.Fprintf(&b, "%s %s\n\n%s.\n\n```\n%s\n```\n", mark, p.Name, capital(plainMarkdown(p.Summary)), p.Usage)
	for _, text := range p.Description {
		fmt.Fprintf(&b, "\n%s\n", plainMarkdown(text))
	}
	fmt.Fprintf(&b, "\n```\n%s\n```\n", strings.Join(p.Examples, "\n"))
	for _, list := range p.Groups {
		writeRows(&b, list.Title, list.Rows)
	}
	writeRows(&b, "Flags", p.Flags)
	fmt.Fprintf(&b, "\n%s\n", plainMarkdown(p.Codes))
	return b.String()
}

func writeRows(b *strings.Builder, title string, rows []pageRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", title)
	for _, r := range rows {
		fmt.Fprintf(b, "- `%s`: %s\n", r.Name, plainMarkdown(r.Text))
	}
}

// markdownMarks are what Markdown would read as its own in the text of a help page.
var markdownMarks = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`, "#", `\#`, "`", "\\`", "|", `\|`, "~", `\~`)

func plainMarkdown(s string) string {
	return markdownMarks.Replace(strings.Join(strings.Fields(s), " "))
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
