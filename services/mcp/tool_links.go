package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/notes"
	"amalfa/store"

	"github.com/google/jsonschema-go/jsonschema"
)

type linksIn struct {
	ID        string `json:"id" jsonschema:"id of a note, tag:name or term:name"`
	Relation  string `json:"relation,omitempty" jsonschema:"CITES, EXTENDS …, UNLINKED mentions"`
	Direction string `json:"direction,omitempty"`
	Limit     int    `json:"limit,omitempty"`
	paging
}

type linksOut struct {
	quoted
	ID         string  `json:"id"`
	Links      []link  `json:"links"`
	Total      int     `json:"total" jsonschema:"links that match, over all answers"`
	NextCursor *string `json:"next_cursor"`
}

type link struct {
	Source    string  `json:"source"`
	Target    string  `json:"target"`
	Type      string  `json:"type"`
	Direction string  `json:"direction" brief:"-" jsonschema:"out or in, seen from id"`
	Title     *string `json:"title" brief:"-" jsonschema:"title of the note at the other end"`
	Resolved  bool    `json:"resolved" jsonschema:"false when no note answers to target"`
	Weight    float64 `json:"weight" brief:"-" jsonschema:"of the edge, 1 for a link as written"`
	Line      int     `json:"line" jsonschema:"line of source that holds the evidence"`
	Sentence  string  `json:"sentence"`
}

func linksTool() tool {
	return tool{
		name:  "explore_links",
		title: "Follow links",
		description: "List what a note links to and what links to it, with line and sentence. Use it for notes that a search does not " +
			"name, to see what depends on a decision, or all notes of a tag.",
		limit: func(p map[string]*jsonschema.Schema) {
			p["direction"].Enum = []any{"both", "out", "in"}
			p["direction"].Default = []byte(`"both"`)
			limitInteger(p["limit"], 1, 500, 50)
			limitTokens(p)
		},
	}
}

func (s *Server) links(ctx context.Context, in linksIn) (a answer[linksOut], err error) {
	at, err := decodeCursor(in.Cursor, fingerprint("explore_links", in.ID, in.Relation, in.Direction))
	if err != nil {
		return a, err
	}
	err = s.index.with(ctx, func(h *handle) error {
		id, err := resolveNode(ctx, h, in.ID)
		if err != nil {
			return err
		}
		edges, err := s.edgesOf(ctx, h, id, in)
		if err != nil {
			return err
		}
		a, err = s.packLinks(ctx, h, id, in, at, edges)
		return err
	})
	return a, err
}

// edgesOf are the edges of a node that are asked for.
func (s *Server) edgesOf(ctx context.Context, st store.Store, id string, in linksIn) ([]store.Edge, error) {
	if s.o.Mentions != nil && notes.EdgeType(in.Relation) == unlinked && !strings.HasPrefix(id, notes.TagPrefix) && !strings.HasPrefix(id, notes.TermPrefix) {
		return s.unlinkedEdges(ctx, id)
	}
	edges, err := st.Edges(ctx, id, directions(in.Direction))
	if err != nil {
		return nil, err
	}
	terms, err := st.TermEdges(ctx, id, directions(in.Direction))
	for _, e := range terms {
		edges = append(edges, e.Edge)
	}
	return ofType(edges, in.Relation), err
}

func directions(name string) store.Direction {
	switch name {
	case "out":
		return store.Out
	case "in":
		return store.In
	}
	return store.Both
}

func ofType(edges []store.Edge, relation string) []store.Edge {
	if relation == "" {
		return edges
	}
	var kept []store.Edge
	relation = notes.EdgeType(relation)
	for _, e := range edges {
		if e.Type == relation {
			kept = append(kept, e)
		}
	}
	return kept
}

func (s *Server) packLinks(ctx context.Context, st store.Store, id string, in linksIn, at cursor, edges []store.Edge) (a answer[linksOut], err error) {
	out := linksOut{quoted: fromNotes(), ID: id, Total: len(edges)}
	rest := edges[min(at.Line, len(edges)):]
	var body string
	var failed error
	b := s.budget(in.MaxTokens, formatLinks(out, ""), out)
	out.Links, body, err = pack(b, rest[:min(in.Limit, len(rest))], func(_ int, e store.Edge) (forms []form[link]) {
		var l link
		if l, failed = newLink(ctx, st, id, e); failed != nil {
			return nil
		}
		for _, limit := range sentenceLimits {
			l.Sentence = shorten(l.Sentence, limit)
			forms = append(forms, form[link]{l, l.format(id)})
		}
		return forms
	})
	if failed != nil {
		return a, failed
	}
	out.NextCursor = at.next(len(out.Links), len(rest))
	return answer[linksOut]{out, formatLinks(out, body), b.brief}, err
}

// maxSentence bounds the evidence of one link, in bytes.
const maxSentence = 400

// sentenceLimits bound it further where the budget has no room, the longest form first.
var sentenceLimits = [...]int{maxSentence + len("…"), 80, 0}

func newLink(ctx context.Context, st store.Store, id string, e store.Edge) (link, error) {
	l := link{Source: e.Source, Target: e.Target, Type: e.Type, Direction: "out", Resolved: e.Resolved, Weight: e.Weight, Line: e.Line,
		Sentence: shorten(oneLine(e.Sentence), maxSentence)}
	other := e.Target
	if e.Source != id {
		l.Direction, other = "in", e.Source
	}
	if !e.Resolved || e.File || strings.HasPrefix(other, notes.TagPrefix) || notes.IsTerm(other) {
		return l, nil
	}
	n, err := st.Get(ctx, other)
	if errors.Is(err, store.ErrNotFound) {
		return l, nil // it went between the two questions
	}
	if err != nil {
		return l, err
	}
	title := cleanTitle(n.Title)
	l.Title = &title
	return l, nil
}

func (l link) format(id string) string {
	arrow, other := "->", l.Target
	if l.Source != id {
		arrow, other = "<-", l.Source
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", arrow, oneLine(l.Type), oneLine(other))
	if l.Title != nil {
		fmt.Fprintf(&b, " · %s", *l.Title)
	}
	if !l.Resolved {
		b.WriteString(" · no such note")
	}
	if l.Sentence != "" {
		fmt.Fprintf(&b, "\n%d| %s", l.Line, l.Sentence)
	}
	return b.String() + "\n"
}

func formatLinks(out linksOut, body string) string {
	if len(out.Links) == 0 {
		return fmt.Sprintf("%s has no such links.\n", oneLine(out.ID))
	}
	return fmt.Sprintf("%s · %d links\n%s%s%s", oneLine(out.ID), out.Total, untrustedNotice, body, moreText(out.NextCursor))
}
