package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/store"

	"github.com/google/jsonschema-go/jsonschema"
)

type listIn struct {
	Path  string `json:"path,omitempty" jsonschema:"a folder"`
	Depth int    `json:"depth,omitempty" jsonschema:"levels below path"`
	Limit int    `json:"limit,omitempty"`
	paging
}

type listOut struct {
	quoted
	Path       string  `json:"path"`
	Entries    []entry `json:"entries"`
	NextCursor *string `json:"next_cursor"`
}

type entry struct {
	Path  string  `json:"path" jsonschema:"ends with / for a folder; otherwise the id of a note"`
	Kind  string  `json:"kind" jsonschema:"folder or note"`
	Title *string `json:"title" brief:"-"`
	Notes int     `json:"notes" jsonschema:"notes in the folder and below it; 1 for a note"`
	Lines *int    `json:"lines" brief:"-"`
}

func listTool() tool {
	return tool{
		name:  "list_directory_structure",
		title: "List folders and notes",
		description: "Show folders and notes as a tree with titles and counts. Use it when a " +
			"search finds nothing; go deeper with path.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitInteger(p["depth"], 1, 20, 2)
			limitInteger(p["limit"], 1, 1000, 200)
			limitTokens(p)
		},
	}
}

func (s *Server) list(ctx context.Context, in listIn) (a answer[listOut], err error) {
	at, err := decodeCursor(in.Cursor, fingerprint("list_directory_structure", in.Path, in.Depth))
	if err != nil {
		return a, err
	}
	folder := strings.Trim(in.Path, "/")
	if folder == "." {
		folder = ""
	}
	if folder != "" {
		folder += "/"
	}
	w := walk{folder: folder, depth: in.Depth, limit: in.Limit + 1} // one more tells whether there is a next answer
	err = s.index.with(ctx, func(h *handle) error { return w.run(ctx, h, at.After) })
	if err != nil {
		return a, err
	}
	if len(w.entries) == 0 && in.Cursor == "" && folder != "" {
		return a, withHint(fmt.Errorf("no indexed note below %.200q", in.Path), "call list_directory_structure without a path")
	}
	return s.packList(folder, in, at, w.entries)
}

func (s *Server) packList(folder string, in listIn, at cursor, entries []entry) (a answer[listOut], err error) {
	out := listOut{quoted: fromNotes(), Path: folder}
	text := untrustedNames + "/" + oneLine(folder) + "\n"
	if len(entries) == 0 {
		text += "(no notes)\n"
	}
	var body string
	b := s.budget(in.MaxTokens, text, out)
	tail := b.count(cursor{After: longest(entries)}.encode()) + tailTokens/4 // the cursor holds the path of the last entry
	b.text, b.structure = b.text-tail, b.structure-tail
	out.Entries, body, err = pack(b, entries[:min(in.Limit, len(entries))], func(_ int, e entry) []form[entry] {
		return []form[entry]{{e, e.format(folder)}}
	})
	if n := len(out.Entries); err == nil && n < len(entries) {
		at.After = entries[n-1].Path
		out.NextCursor = orNull(at.encode())
	}
	return answer[listOut]{out, text + body + moreText(out.NextCursor), b.brief}, err
}

func longest(entries []entry) (path string) {
	for _, e := range entries {
		if len(e.Path) > len(path) {
			path = e.Path
		}
	}
	return path
}

func (e entry) format(folder string) string {
	rest := strings.TrimPrefix(e.Path, folder)
	indent := strings.Repeat("  ", strings.Count(strings.TrimSuffix(rest, "/"), "/"))
	if e.Kind == "folder" {
		return fmt.Sprintf("%s%s (%d notes)\n", indent, oneLine(rest), e.Notes)
	}
	return fmt.Sprintf("%s%s · %s (%d lines)\n", indent, oneLine(rest), *e.Title, *e.Lines)
}

// walkPage is how many notes are taken from the index at once.
const walkPage = 1000

// A walk makes a tree of ids. Ids come in order of their bytes; with the slash at its end, a folder stands right before what
// is in it, so the path of the last entry is all that is needed to go on.
type walk struct {
	folder  string // "" or ends with /
	depth   int
	limit   int // entries wanted
	entries []entry
	folders map[string]int // path of a folder in entries → its place there
}

// run collects the entries that come after one path. It goes on past the limit until the folders among them are counted.
func (w *walk) run(ctx context.Context, st store.Store, after string) error {
	w.folders = map[string]int{}
	for from := after; ; {
		notes, err := st.List(ctx, w.folder, from, walkPage)
		if err != nil {
			return err
		}
		for _, n := range notes {
			if !w.add(n, after) {
				return nil
			}
			from = n.ID
		}
		if len(notes) < walkPage {
			return nil
		}
	}
}

// add reports false when nothing more is needed.
func (w *walk) add(n store.Note, after string) bool {
	rest := strings.TrimPrefix(n.ID, w.folder)
	end, needed := 0, len(w.entries) < w.limit
	for level := 1; level <= w.depth; level++ {
		slash := strings.IndexByte(rest[end:], '/')
		if slash < 0 {
			break
		}
		end += slash + 1
		path := w.folder + rest[:end]
		i, listed := w.folders[path]
		if !listed && needed && path > after {
			i, listed = len(w.entries), true
			w.folders[path] = i
			w.entries = append(w.entries, entry{Path: path, Kind: "folder"})
		}
		if listed {
			w.entries[i].Notes++
			needed = true
		}
	}
	if !needed {
		return false
	}
	if deeper := strings.Count(rest, "/") >= w.depth; !deeper && len(w.entries) < w.limit {
		title, lines := cleanTitle(n.Title), n.Lines
		w.entries = append(w.entries, entry{Path: n.ID, Kind: "note", Title: &title, Notes: 1, Lines: &lines})
	}
	return true
}
