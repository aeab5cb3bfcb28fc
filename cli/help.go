package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

const helpName = "help"

func (a *program) helpCommand() *cli.Command {
	return a.command(cli.Command{
		Name: helpName, Category: categorySelf, Usage: "show the page of a command", ArgsUsage: "[COMMAND...]",
		UsageText: "amalfa help search\namalfa help models pull",
		Action:    func(_ context.Context, c *cli.Command) error { return a.help([]*cli.Command{c.Root()}) },
	})
}

// A page is the help of a command; `COMMAND --help --json` prints it.
type page struct {
	Name        string     `json:"name"`
	Summary     string     `json:"summary"`
	Usage       string     `json:"usage"`
	Description []string   `json:"description"` // paragraphs
	Examples    []string   `json:"examples"`
	Groups      []pageList `json:"commands"`
	Flags       []pageRow  `json:"flags"`
	Everywhere  []pageRow  `json:"everywhere"` // flags of every command
	Codes       string     `json:"exitCodes"`
	ReadOn      []string   `json:"readOn"` // commands
}

type pageList struct {
	Title string    `json:"title"`
	Rows  []pageRow `json:"rows"`
}

type pageRow struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// help prints the page of the command that path leads to.
func (a *program) help(path []*cli.Command) error {
	p := newPage(path)
	return a.print(p, func() { a.printPage(p) })
}

func newPage(path []*cli.Command) page {
	c := path[len(path)-1]
	text, codes, _ := strings.Cut("\n\n"+c.Description, "\n\n"+codesBegin)
	p := page{
		Name: fullName(path), Summary: c.Usage, Usage: synopsis(path), Description: paragraphs(text), Examples: examples(path),
		Groups: commandLists(path), Flags: flagRows(c.Flags, false), Everywhere: flagRows(path[0].Flags, true), Codes: codesBegin + codes, ReadOn: readOn(path),
	}
	if len(path) == 1 {
		p.Flags, p.Everywhere = []pageRow{{"-v, --version", "print the version"}}, flagRows(c.Flags, true)
	}
	return p
}

// synopsis is the form of the command in one line.
func synopsis(path []*cli.Command) string {
	c, s := path[len(path)-1], fullName(path)
	if len(path) == 1 {
		return s + " [COMMAND] [flags]"
	}
	if len(visible(c)) > 0 {
		s += " [COMMAND]"
	}
	if len(c.Flags) > 0 {
		s += " [flags]"
	}
	return strings.TrimRight(s+" "+c.ArgsUsage, " ")
}

// paragraphs splits a text at its empty lines; where its lines end is left to the width of the page.
func paragraphs(text string) []string {
	out := []string{}
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// examples are those of the command, else the plainest there are.
func examples(path []*cli.Command) []string {
	c, name := path[len(path)-1], fullName(path)
	if c.UsageText != "" {
		return strings.Split(c.UsageText, "\n")
	}
	var out []string
	for _, sub := range visible(c) {
		out = append(out, name+" "+sub.Name)
	}
	if len(out) == 0 {
		out = []string{strings.TrimRight(name+" "+strings.ReplaceAll(strings.Trim(c.ArgsUsage, "[]"), "...", ""), " ")}
		if c.ArgsUsage == "" {
			out = append(out, name+" --json")
		}
	}
	return out[:min(len(out), 2)]
}

// commandLists are the commands of a group; those of the root in the order of a first day.
func commandLists(path []*cli.Command) []pageList {
	c := path[len(path)-1]
	if len(path) > 1 {
		rows := commandRows(visible(c))
		if len(rows) == 0 {
			return []pageList{}
		}
		return []pageList{{"Commands", rows}}
	}
	var out []pageList
	for _, category := range []string{categoryMemory, categoryServices, categoryModels, categorySelf} {
		of := slices.DeleteFunc(visible(c), func(sub *cli.Command) bool { return sub.Category != category })
		out = append(out, pageList{category, commandRows(of)})
	}
	return out
}

func commandRows(commands []*cli.Command) []pageRow {
	var rows []pageRow
	for _, sub := range commands {
		rows = append(rows, pageRow{strings.Join(sub.Names(), ", "), sub.Usage})
	}
	return rows
}

// flagRows describes flags. The word in backquotes of a usage names the value.
func flagRows(flags []cli.Flag, everywhere bool) []pageRow {
	rows := []pageRow{}
	for _, f := range flags {
		if shown, ok := f.(cli.VisibleFlag); ok && !shown.IsVisible() || f.Names()[0] == helpName {
			continue
		}
		rows = append(rows, flagRow(f))
	}
	if everywhere {
		rows = append(rows, pageRow{"-h, --help", "show the page of a command"})
	}
	return rows
}

func flagRow(f cli.Flag) pageRow {
	doc, _ := f.(cli.DocGenerationFlag)
	usage, value := doc.GetUsage(), ""
	if before, rest, ok := strings.Cut(usage, "`"); ok {
		name, after, _ := strings.Cut(rest, "`")
		usage, value = before+name+after, name
	}
	if value = cmp.Or(value, map[string]string{"int": "N", "float": "X", "duration": "TIME", "string": "VALUE"}[kindOf(f)]); value != "" {
		value = " " + value
	}
	names := slices.Clone(f.Names())
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(min(len(a), 2), min(len(b), 2)) }) // -n, --limit
	for i, name := range names {
		names[i] = dashed(name)
	}
	if shown, ok := f.(interface{ IsDefaultVisible() bool }); ok && shown.IsDefaultVisible() && kindOf(f) != "bool" && doc.GetValue() != "" {
		usage += " (default: " + doc.GetValue() + ")"
	}
	return pageRow{strings.Join(names, ", ") + value, usage}
}

// readOn are the commands to look at next: the group of a command, those that go with it, the whole list.
func readOn(path []*cli.Command) []string {
	switch len(path) {
	case 1:
		return []string{"amalfa help COMMAND", "amalfa demo", "amalfa doctor"}
	case 2:
	default:
		return []string{"amalfa help " + strings.TrimPrefix(fullName(path[:len(path)-1]), "amalfa ")}
	}
	for line := range strings.SplitSeq(relatives, "\n") {
		if group := strings.Fields(line); slices.Contains(group, path[1].Name) {
			var out []string
			for _, name := range group {
				if name != path[1].Name && path[0].Command(name) != nil {
					out = append(out, "amalfa help "+name)
				}
			}
			return out[:min(len(out), 3)]
		}
	}
	return []string{"amalfa help"}
}

// relatives are commands that go together, a line each.
const relatives = `search read why-not explore
init stats coverage watcher
list-sources coverage context init
workspaces search init
index share init export
share unshare init
unshare share init
explore path related find-gaps
hubs communities map graph
orphans components find-gaps
components orphans communities
graph hubs communities
timeline changes list-sources
contradictions validate find-gaps
links backlinks validate
backlinks explore links
validate doctor verify stats
backup restore export import
changes watcher init
multi-read read search
inject-tags context read
mv undo validate
link related undo
mentions backlinks link
servers stop-all doctor
vector reranker servers models
sonar servers search
mcp serve setup-mcp
embed rerank tokenize models
models cache doctor
eval bench search
demo init search
completion help
version doctor`

const codesBegin = "Exit codes: "

// codesHelp is the end of each help page.
func codesHelp(codes ...int) string {
	parts := make([]string, len(codes))
	for i, code := range codes {
		parts[i] = fmt.Sprintf("%d %s", code, codeMeaning[code])
	}
	return codesBegin + strings.Join(parts, " · ")
}
