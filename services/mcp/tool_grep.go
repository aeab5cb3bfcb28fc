package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/search/grep"

	"github.com/google/jsonschema-go/jsonschema"
)

type grepIn struct {
	Pattern    string `json:"pattern" jsonschema:"within one line"`
	Regexp     bool   `json:"regexp,omitempty" jsonschema:"RE2"`
	IgnoreCase bool   `json:"ignore_case,omitempty"`
	Path       string `json:"path,omitempty" jsonschema:"folder or glob: docs, *.md"`
	Context    int    `json:"context,omitempty"`
	Limit      int    `json:"limit,omitempty"`
	paging
}

type grepOut struct {
	quoted
	Matches    []grepMatch `json:"matches"`
	Total      int         `json:"total" jsonschema:"lines that match, over all answers"`
	Notes      int         `json:"notes" jsonschema:"notes that hold them"`
	Searched   int         `json:"searched" brief:"-" jsonschema:"notes looked at"`
	Skipped    int         `json:"skipped" brief:"-" jsonschema:"notes whose file is gone or cannot be read"`
	NextCursor *string     `json:"next_cursor"`
}

type grepMatch struct {
	ID         string   `json:"id"`
	Line       int      `json:"line"`
	Text       string   `json:"text"`
	Before     []string `json:"before" brief:"-"`
	After      []string `json:"after" brief:"-"`
	HiddenText bool     `json:"hidden_text" brief:"-"`
}

func grepTool() tool {
	return tool{
		name:  "grep",
		title: "Find exact text",
		description: "List the lines of the notes that hold a text exactly, numbered, and count all. Use it for names, numbers, code and " +
			"quotes, or to be sure that something stands nowhere.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitInteger(p["context"], 0, grep.MaxContext, 0)
			limitInteger(p["limit"], 1, 500, 50)
			limitTokens(p)
		},
	}
}

func (s *Server) grep(ctx context.Context, in grepIn) (a answer[grepOut], err error) {
	at, err := decodeCursor(in.Cursor, fingerprint("grep", in.Pattern, in.Regexp, in.IgnoreCase, in.Path, in.Context))
	if err != nil {
		return a, err
	}
	q := grep.Query{Pattern: in.Pattern, Regexp: in.Regexp, IgnoreCase: in.IgnoreCase, Context: in.Context, Skip: at.Line, Limit: in.Limit}
	if in.Path != "" {
		q.Paths = []string{in.Path}
	}
	var found grep.Result
	err = s.index.with(ctx, func(h *handle) (err error) {
		found, err = grep.Run(ctx, h, s.o.Root, q)
		return err
	})
	if errors.Is(err, grep.ErrPattern) && !in.Regexp && in.Pattern != "" {
		return a, withHint(err, "look for one of the lines")
	}
	if err != nil {
		return a, err
	}
	return s.packGrep(in, at, found)
}

func (s *Server) packGrep(in grepIn, at cursor, found grep.Result) (a answer[grepOut], err error) {
	out := grepOut{quoted: fromNotes(), Total: found.Total, Notes: found.Notes, Searched: found.Searched, Skipped: len(found.Skipped)}
	b := s.budget(in.MaxTokens, out.head(), out)
	var body string
	out.Matches, body, err = pack(b, found.Matches, func(i int, m grep.Match) (forms []form[grepMatch]) {
		follows := i > 0 && found.Matches[i-1].ID == m.ID
		whole := newGrepMatch(m)
		alone := whole
		alone.Before, alone.After = []string{}, []string{}
		return []form[grepMatch]{{whole, whole.format(follows)}, {alone, alone.format(follows)}}
	})
	out.NextCursor = at.next(len(out.Matches), found.Total-at.Line)
	return answer[grepOut]{out, formatGrep(out, body), b.brief}, err
}

func newGrepMatch(m grep.Match) grepMatch {
	g := grepMatch{ID: m.ID, Line: m.Line, Before: []string{}, After: []string{}}
	g.Text, g.HiddenText = clean(m.Text)
	for _, line := range m.Before {
		text, _ := clean(line)
		g.Before = append(g.Before, text)
	}
	for _, line := range m.After {
		text, _ := clean(line)
		g.After = append(g.After, text)
	}
	return g
}

// format marks the line that matches among those around it. The name of the note stands above its first match.
func (g grepMatch) format(follows bool) string {
	var b strings.Builder
	if !follows {
		fmt.Fprintf(&b, "\n%s\n", oneLine(g.ID))
	}
	for i, line := range g.Before {
		fmt.Fprintf(&b, "  %d| %s\n", g.Line-len(g.Before)+i, line)
	}
	fmt.Fprintf(&b, "> %d| %s\n", g.Line, g.Text)
	for i, line := range g.After {
		fmt.Fprintf(&b, "  %d| %s\n", g.Line+1+i, line)
	}
	return b.String()
}

func (out grepOut) head() string {
	skipped := ""
	if out.Skipped > 0 {
		skipped = " Not read: " + plural(out.Skipped, "file") + "."
	}
	return fmt.Sprintf("%s in %d of %s.%s\n", plural(out.Total, "line"), out.Notes, plural(out.Searched, "note"), skipped)
}

func formatGrep(out grepOut, body string) string {
	switch {
	case out.Total == 0 && out.Searched == 0:
		return out.head() + "No note has such a path.\n"
	case out.Total == 0:
		return out.head() + "Try ignore_case, or search_documents for the meaning.\n"
	}
	return out.head() + untrustedNotice + body + moreText(out.NextCursor)
}
