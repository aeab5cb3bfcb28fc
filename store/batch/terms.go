package batch

import (
	"slices"
	"strings"

	"amalfa/store"
)

// A TermRow is an edge with the term that it stands at.
type TermRow struct {
	store.TermEdge
	term string
}

// Read takes a row: source, target, type, weight, line, sentence, evidence and the id of the term.
func (t *TermRow) Read(r row) error {
	t.Resolved = true
	return r.Scan(&t.Source, &t.Target, &t.Type, &t.Weight, &t.Line, &t.Sentence, &t.Evidence, &t.term)
}

// TermEdges are the edges that lead away from an id, towards it, or both.
func TermEdges(rows []TermRow, id string, dir store.Direction) (out []store.TermEdge) {
	for _, e := range rows {
		if dir == store.Both || dir == store.Out && e.Source == id || dir == store.In && e.Target == id {
			out = append(out, e.TermEdge)
		}
	}
	return out
}

// AddEdges gives terms, which are sorted by their ids, the edges that stand at them.
func AddEdges(terms []store.Term, rows []TermRow) {
	for _, e := range rows {
		at, ok := slices.BinarySearchFunc(terms, e.term, func(t store.Term, id string) int { return strings.Compare(t.ID, id) })
		if ok {
			terms[at].Edges = append(terms[at].Edges, e.TermEdge)
		}
	}
}
