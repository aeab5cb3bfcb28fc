package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/template"
	"time"

	"amalfa/graph"
	"amalfa/search"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A listAnswer is `list --json`.
type listAnswer struct {
	Notes []listRow `json:"notes"`
	Total int       `json:"total"` // shown or not
}

type listRow struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Date     string    `json:"date"`     // as the note states it, "" where it does not
	DateFrom string    `json:"dateFrom"` // where: front matter or name
	Modified time.Time `json:"modified"` // of the file
	Tags     []string  `json:"tags"`
	In       int       `json:"in"`
	Out      int       `json:"out"`
}

func (a *program) listCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "list", Category: categoryMemory, Usage: "list notes by their links, tags, paths and dates",
		ArgsUsage: "[FILTER…]",
		UsageText: "amalfa list --orphan\namalfa list --linked-by index --max-distance 2 tag:sea\namalfa list path:docs after:2024-03 --sort date-\namalfa list --template '{{.date}} {{.id}}'",
		Flags: []cli.Flag{limitFlag(0, "notes"),
			&cli.BoolFlag{Name: "orphan", Usage: "without a link to or from another note"},
			&cli.BoolFlag{Name: "missing-backlink", Usage: "that link to a note which does not link back"},
			&cli.StringSliceFlag{Name: "linked-by", Usage: "that `NOTE` links to; more than once for any of them"},
			&cli.StringSliceFlag{Name: "no-linked-by", Usage: "that `NOTE` does not link to"},
			&cli.IntFlag{Name: "max-distance", Value: 1, Usage: "over at most `N` links, for both; 0 for any number"},
			&cli.StringFlag{Name: "sort", Value: "id", Usage: "by `KEYS`: id, title, date, modified, in, out, links; with - behind it, the largest first"},
			&cli.StringFlag{Name: "template", Usage: "print each by `TEXT` with {{.id}} {{.title}} {{.date}} {{.dateFrom}} {{.modified}} {{.tags}} {{.in}} {{.out}}"},
			workspaceFlag(),
		},
		Description: "Filters are those of a search: path: tag: type: after: before: link:, and a - before\none turns it around. All must hold. Links are those between notes.\n\n" + networkCodes(),
		Action:      checked(arguments(0, -1, "filters"), inWorkspace(a, listFlags, (*session).list)),
	})
}

type listOptions struct {
	Filters               string
	Limit, MaxDistance    int
	Orphan, MissingBack   bool
	LinkedBy, NotLinkedBy []string
	Sort, Template        string
}

func listFlags(c *cli.Command) listOptions {
	return listOptions{search.JoinArguments(c.Args().Slice()), c.Int("limit"), c.Int("max-distance"), c.Bool("orphan"), c.Bool("missing-backlink"),
		c.StringSlice("linked-by"), c.StringSlice("no-linked-by"), c.String("sort"), c.String("template")}
}

func (s *session) list(ctx context.Context, o listOptions) error {
	if err := checkLimit(o.Limit); err != nil {
		return err
	}
	if o.MaxDistance < 0 {
		return usageError(fmt.Sprintf("--max-distance takes 0 or more, not %d", o.MaxDistance), "0 is any number of links")
	}
	keys, err := graph.ParseSort(o.Sort)
	if err != nil {
		return usageError(err.Error(), "for example: --sort date-,title")
	}
	form, err := listTemplate(o.Template)
	if err != nil {
		return err
	}
	return s.withNetwork(ctx, func(st store.Store, n *graph.Network) error {
		sel := graph.Selection{Orphan: o.Orphan, MissingBack: o.MissingBack, MaxDistance: o.MaxDistance, Sort: keys}
		if sel.Among, err = filtered(ctx, st, o.Filters); err != nil {
			return err
		}
		if sel.LinkedBy, err = s.nodesOf(ctx, st, n, o.LinkedBy); err != nil {
			return err
		}
		if sel.NotLinkedBy, err = s.nodesOf(ctx, st, n, o.NotLinkedBy); err != nil {
			return err
		}
		found := n.Select(sel)
		ans := listAnswer{Notes: listRows(n, limited(found, o.Limit)), Total: len(found)}
		if o.Template != "" && !s.json {
			return s.printTemplate(form, ans.Notes)
		}
		return s.print(ans, func() { s.printList(ans) })
	})
}

// listTemplate reads a template and tries it on a note that has everything, so that what is wrong with it is said whatever the vault holds. \t and \n
// are what they are in most such programs.
func listTemplate(text string) (*template.Template, error) {
	form, err := template.New("--template").Option("missingkey=error").Parse(strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(text))
	if err == nil {
		err = form.Execute(io.Discard, listValues(listRow{ID: "docs/note.md", Title: "Note", Date: "2024-01-02", DateFrom: "front matter", Tags: []string{"one", "two"}, In: 1, Out: 2}))
	}
	if err != nil {
		return nil, usageError(err.Error(), "for example: --template '{{.date}} {{.id}}'; amalfa help list names the values")
	}
	return form, nil
}

// listValues are what a template may name.
func listValues(r listRow) map[string]any {
	return map[string]any{"id": r.ID, "title": r.Title, "date": r.Date, "dateFrom": r.DateFrom, "modified": r.Modified.Format(time.RFC3339), "tags": strings.Join(r.Tags, ", "), "in": r.In, "out": r.Out}
}

// filtered are the notes that filters leave; nil for all.
func filtered(ctx context.Context, st store.Store, text string) (map[string]bool, error) {
	conditions, err := search.Conditions(ctx, st, text)
	if errors.Is(err, search.ErrQuery) {
		return nil, usageError(err.Error(), "for example: amalfa list path:docs tag:sea after:2024-03")
	}
	if err != nil || len(conditions) == 0 {
		return nil, err
	}
	ids, err := st.Newest(ctx, conditions, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	chunks, err := st.ChunksByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	among := map[string]bool{}
	for _, c := range chunks {
		among[c.Note] = true
	}
	return among, nil
}

// nodesOf resolves references of notes; nil for none.
func (s *session) nodesOf(ctx context.Context, st store.Store, n *graph.Network, refs []string) (nodes []int32, err error) {
	for _, ref := range refs {
		note, _, err := s.oneNote(ctx, st, ref)
		if err != nil {
			return nil, err
		}
		if node, ok := n.At(note.ID); ok {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

func listRows(n *graph.Network, nodes []int32) []listRow {
	rows, tags := []listRow{}, n.Tags()
	for _, node := range nodes {
		note := n.Notes[node]
		in, out := n.Degrees(node)
		rows = append(rows, listRow{note.ID, note.Title, note.Date, note.DateFrom, time.Unix(0, note.MTime).UTC().Truncate(time.Second), append([]string{}, tags[node]...), in, out})
	}
	return rows
}

// printTemplate prints a line a note. Its values come from files, and lose what a terminal would obey.
func (s *session) printTemplate(form *template.Template, rows []listRow) error {
	for _, r := range rows {
		var line strings.Builder
		if err := form.Execute(&line, listValues(r)); err != nil {
			return usageError(err.Error(), "amalfa help list names the values")
		}
		for part := range strings.SplitSeq(line.String(), "\n") {
			if _, err := io.WriteString(s.out, cleanCell(part)+"\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// cleanCell is cleanLine with its tabs, which separate columns.
func cleanCell(text string) string {
	cells := strings.Split(text, "\t")
	for i := range cells {
		cells[i] = cleanLine(cells[i])
	}
	return strings.Join(cells, "\t")
}

func (s *session) printList(ans listAnswer) {
	for _, r := range ans.Notes {
		line := s.bold(cleanLine(r.ID))
		if r.Title != "" {
			line += "  " + cleanLine(r.Title)
		}
		s.line("%s  %s", line, s.faint(fmt.Sprintf("%d in, %d out", r.In, r.Out)))
	}
	if ans.Total == 0 {
		s.line("No notes.")
	}
	if more := ans.Total - len(ans.Notes); more > 0 {
		s.aside("%s more: --limit 0 shows all", count(more, "note"))
	}
	s.aside("%s", count(ans.Total, "note"))
}
