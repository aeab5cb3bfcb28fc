package ingest_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// markers make a workspace of a dialect; the others have none.
var markers = map[string]map[string]string{
	"Obsidian": {".obsidian/app.json": "{}"},
	"Logseq":   {"logseq/config.edn": "{}"},
	"Dendron":  {"dendron.yml": "workspace:\n  vaults:\n  - fsPath: vault\n  - fsPath: second\n    name: other\n"},
	"Hugo":     {"hugo.toml": "baseURL = 'https://example.org/'\n[languages.en]\n[languages.fr]\n"},
	"Zola":     {"config.toml": "base_url = 'https://example.org'\n", "content/_index.md": "Start."},
}

// A dialectRow is what docs/dialects.md says of one thing that people write.
type dialectRow struct{ dialect, note, written, other, holds, is string }

// tableCell is what stands before a bar; one behind a backslash is text.
var tableCell = regexp.MustCompile(`((?:[^|\\]|\\+\||\\+)*)\|`)

var lineEnd = regexp.MustCompile(` ?⏎ ?`)

// dialectRows reads the table of docs/dialects.md.
func dialectRows(t *testing.T) []dialectRow {
	t.Helper()
	page, err := os.ReadFile("../docs/dialects.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "<!-- dialects -->\n")
	table, _, _ = strings.Cut(table, "<!-- /dialects -->")
	var rows []dialectRow
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		found := tableCell.FindAllStringSubmatch(strings.TrimPrefix(line, "|"), -1)
		if len(found) != 6 {
			t.Fatalf("%d cells in %s", len(found), line)
		}
		cells := make([]string, len(found))
		for j, cell := range found {
			cells[j] = cellText(lineEnd.ReplaceAllString(strings.ReplaceAll(cell[1], `\|`, "|"), "\n"))
		}
		if i > 1 {
			rows = append(rows, dialectRow{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]})
		}
	}
	return rows
}

// cellText is a cell without the backticks of code around it.
func cellText(cell string) string {
	cell = strings.TrimSpace(cell)
	if inner, ok := strings.CutPrefix(cell, "`` "); ok {
		return strings.TrimSuffix(inner, " ``")
	}
	if inner, ok := strings.CutPrefix(cell, "`"); ok {
		return strings.TrimSuffix(inner, "`")
	}
	return cell
}

// TestDialects makes a workspace of each row of docs/dialects.md and looks for what the row says.
func TestDialects(t *testing.T) {
	rows := dialectRows(t)
	for _, row := range rows {
		t.Run(row.dialect+" "+row.written, func(t *testing.T) {
			files := map[string]string{row.note: row.written + "\n"}
			if row.other != "" {
				files[row.other] = row.holds + "\n\nOther text.\n"
			}
			for name, text := range markers[row.dialect] {
				files[name] = text
			}
			w := newWorkspace(t, files)
			w.opts.Embedder = nil
			w.run()
			w.holds(row)
		})
	}
	if len(rows) < 80 {
		t.Errorf("only %d rows", len(rows))
	}
}

// holds looks for what a row says in the index.
func (w *workspace) holds(row dialectRow) {
	w.t.Helper()
	kind, what, _ := strings.Cut(row.is, " ")
	what = cellText(what)
	note, err := w.opts.Store.Get(w.t.Context(), row.note)
	if err != nil {
		w.t.Fatal(err)
	}
	edges, err := w.opts.Store.Edges(w.t.Context(), row.note, store.Out)
	if err != nil {
		w.t.Fatal(err)
	}
	links := slices.DeleteFunc(slices.Clone(edges), func(e store.Edge) bool { return strings.HasPrefix(e.Target, notes.TagPrefix) })
	leads := func(to string) bool {
		return slices.ContainsFunc(links, func(e store.Edge) bool { return e.Resolved && e.Target == to })
	}
	ok := false
	switch kind {
	case "→":
		ok = leads(what)
	case "broken":
		ok = len(links) == 1 && !links[0].Resolved
	case "nothing":
		ok = len(links) == 0
	case "tag":
		ok = slices.Contains(note.Tags, what)
	case "title":
		ok = note.Title == what
	case "alias":
		ok = slices.Contains(note.Aliases, what)
	case "date":
		ok = note.Date == what
	case "word":
		found, err := w.opts.Store.Keyword(w.t.Context(), text.Phrase(what), 5)
		ok = err == nil && len(found) == 1
	}
	if !ok {
		w.t.Errorf("want %s; the note %+v has the edges %+v", row.is, note, edges)
	}
}
