package mcp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"amalfa/notes"
	"amalfa/search/grep"
	"amalfa/store"

	"github.com/google/jsonschema-go/jsonschema"
)

type multiIn struct {
	Patterns []string `json:"patterns" jsonschema:"globs (docs/*.md, **/2025-*.md, {a,b}.md), ids, id:first-last, titles"`
	Limit    int      `json:"limit,omitempty"`
	paging
}

type multiOut struct {
	quoted
	Notes      []multiNote `json:"notes"`
	Total      int         `json:"total" jsonschema:"notes that fit, over all answers"`
	Missing    []string    `json:"missing" jsonschema:"patterns that no note fits, and notes whose file is gone"`
	NextCursor *string     `json:"next_cursor"`
}

type multiNote struct {
	ID         string `json:"id"`
	Title      string `json:"title" brief:"-"`
	Lines      [2]int `json:"lines" jsonschema:"first and last line of content, from 1"`
	TotalLines int    `json:"total_lines" brief:"-"`
	Complete   bool   `json:"complete" jsonschema:"content goes to the end of what was asked for"`
	Stale      bool   `json:"stale" brief:"-"`
	HiddenText bool   `json:"hidden_text" brief:"-"`
	Content    string `json:"content"`

	Elsewhere *elsewhere `json:"elsewhere,omitempty"`
}

func multiTool() tool {
	return tool{
		name:  "multi_read",
		title: "Read several notes",
		description: "Read all notes that patterns or names fit, with line numbers. Use it for a folder, a series, or several results at " +
			"once. limit and max_tokens bound an answer; pass next_cursor to read on.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitList(p["patterns"], 1, 100)
			limitInteger(p["limit"], 1, 100, 20)
			limitTokens(p)
		},
	}
}

// A wanted is a note that was asked for, all of it or some lines.
type wanted struct {
	note  store.Note
	lines notes.Lines
}

func (s *Server) multiRead(ctx context.Context, in multiIn) (a answer[multiOut], err error) {
	err = s.index.with(ctx, func(h *handle) error {
		all, missing, err := matching(ctx, h, in.Patterns)
		if err != nil {
			return err
		}
		asked := []any{in.Patterns}
		for _, w := range all {
			asked = append(asked, w.note.ID, w.lines)
		}
		at, err := decodeCursor(in.Cursor, fingerprint("multi_read", asked...))
		if err != nil {
			return err
		}
		a, err = s.packMulti(ctx, h, in, at, all, missing)
		return err
	})
	return a, err
}

// matching returns the notes that patterns name, in the order of the patterns, each once, and the patterns that name none.
func matching(ctx context.Context, st store.Store, patterns []string) (all []wanted, missing []string, err error) {
	missing = []string{}
	var listed []store.Note
	seen := map[wantedKey]bool{}
	for _, p := range patterns {
		found, err := named(ctx, st, p, &listed)
		switch {
		case errors.Is(err, store.ErrNotFound):
			missing = append(missing, shorten(oneLine(p), maxTitle))
			continue
		case err != nil:
			return nil, nil, err
		}
		for _, w := range found {
			if key := (wantedKey{w.note.ID, w.lines}); !seen[key] {
				seen[key] = true
				all = append(all, w)
			}
		}
	}
	return all, missing, nil
}

type wantedKey struct {
	id    string
	lines notes.Lines
}

// named returns the notes of one pattern: of a glob those that fit it, else the one that has the name. listed keeps all notes once
// they were asked for.
func named(ctx context.Context, st store.Store, pattern string, listed *[]store.Note) (found []wanted, err error) {
	ref, err := reference(pattern)
	if err != nil {
		return nil, err
	}
	n, lines, err := store.FindOne(ctx, st, ref)
	if err == nil {
		return []wanted{{n, lines}}, nil // brackets and braces stand in names, too
	}
	if !grep.IsGlob(pattern) && !strings.HasSuffix(pattern, "/") {
		var many *store.AmbiguousError
		if errors.As(err, &many) {
			return nil, withHint(err, oneLine(many.Hint()))
		}
		return nil, store.ErrNotFound
	}
	globs, err := grep.ParseGlobs([]string{pattern})
	if err != nil {
		return nil, err
	}
	if *listed == nil {
		if *listed, err = st.List(ctx, "", "", 0); err != nil {
			return nil, err
		}
	}
	fits := globs.Match
	if strings.HasSuffix(pattern, "/") {
		fits = globs.Fit
	}
	for _, n := range *listed {
		if fits(n.ID) {
			found = append(found, wanted{n, notes.Lines{}})
		}
	}
	if len(found) == 0 {
		return nil, store.ErrNotFound
	}
	return found, nil
}

// maxMissing is how many missing names an answer repeats.
const maxMissing = 5

// packMulti reads notes from a position on: at.After is the number of the note, at.Line and at.Byte the place in it.
func (s *Server) packMulti(ctx context.Context, st store.Store, in multiIn, at cursor, all []wanted, missing []string) (a answer[multiOut], err error) {
	out := multiOut{quoted: fromNotes(), Notes: []multiNote{}, Total: len(all), Missing: missing[:min(maxMissing, len(missing))]}
	first, err := strconv.Atoi(at.After)
	if at.After != "" && (err != nil || first < 0 || first >= len(all)) {
		return a, errCursor
	}
	if len(all) == 0 {
		return a, withHint(fmt.Errorf("no note fits %s", strings.Join(out.Missing, ", ")), "list_directory_structure shows what there is; * does not go across folders, ** does")
	}
	b := s.budget(in.MaxTokens, out.head(), out)
	m := multi{s: s, st: st, b: b, whole: *b, at: at}
	i := first
	for ; i < len(all) && len(out.Notes) < in.Limit; i++ {
		if len(out.Notes) > 0 {
			m.at.Line, m.at.Byte = 0, 0
		}
		n, more, err := m.read(ctx, all[i])
		if err != nil {
			return a, err
		}
		if n == nil {
			break
		}
		out.Notes = append(out.Notes, *n)
		if more != nil {
			m.at = *more
			break
		}
	}
	if len(out.Notes) == 0 {
		return a, b.tooSmall()
	}
	if i < len(all) {
		if out.Notes[len(out.Notes)-1].Complete {
			m.at.Line, m.at.Byte = 0, 0
		}
		m.at.After = strconv.Itoa(i)
		out.NextCursor = orNull(m.at.encode())
	}
	return answer[multiOut]{out, out.head() + untrustedNotice + m.text.String() + moreText(out.NextCursor), b.brief}, nil
}

// A multi is one answer in the making.
type multi struct {
	s     *Server
	st    store.Store
	b     *budget
	whole budget
	at    cursor
	text  strings.Builder
}

// read shows one note, as far as there is room; more is where it goes on. It returns nil when nothing of it fits, and a note that
// says so when its file is gone.
func (m *multi) read(ctx context.Context, w wanted) (n *multiNote, more *cursor, err error) {
	from := m.at
	from.Line = max(from.Line, w.lines.First, 1)
	before := *m.b
	p, err := m.s.readLines(ctx, m.st, w.note, from, w.lines.Last, func(out readOut) (*budget, budget) {
		if row := newMultiNote(out, true); !m.b.spendRow("\n"+out.head(), row) {
			return nil, m.whole
		}
		return m.b, m.whole
	})
	var small *tooSmallError
	switch {
	case errors.As(err, &small):
		*m.b = before
		return nil, nil, nil
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		*m.b = before
		n := multiNote{ID: w.note.ID, Title: cleanTitle(w.note.Title), Complete: true, Stale: true}
		text := fmt.Sprintf("\n%s\n", shorten(oneLine(firstLine(err)), maxTitle))
		if !m.b.spendRow(text, n) {
			return nil, nil, nil
		}
		m.text.WriteString(text)
		return &n, nil, nil
	}
	n = new(multiNote)
	*n = newMultiNote(p.out, p.next == nil)
	m.text.WriteString("\n" + p.out.head() + p.body)
	return n, p.next, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func newMultiNote(out readOut, complete bool) multiNote {
	return multiNote{ID: out.ID, Title: out.Title, Lines: out.Lines, TotalLines: out.TotalLines, Complete: complete, Stale: out.Stale, HiddenText: out.HiddenText, Content: out.Content, Elsewhere: out.Elsewhere}
}

func (out multiOut) head() string {
	missing := ""
	if len(out.Missing) > 0 {
		missing = " No note fits " + strings.Join(out.Missing, ", ") + "."
	}
	return fmt.Sprintf("%s.%s\n", plural(out.Total, "note"), missing)
}
