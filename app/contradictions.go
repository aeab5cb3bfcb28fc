package app

import (
	"context"
	"maps"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// A Contradiction is a key to which notes give different values.
type Contradiction struct {
	Key    string    `json:"key"`
	Values []Claimed `json:"values"` // of all notes that give one of the same kind, by note
}

// Claimed is the value that one note gives.
type Claimed struct {
	ID    string   `json:"id"`
	Line  int      `json:"line"`
	Value string   `json:"value"`
	forms []string // what it may mean, see notes.Claim; the first is taken
	weak  bool
}

// Contradictions are the keys for which two notes give different dates, numbers or versions: not those about the note itself, nor those
// to which most of three or more notes give a value that no other has, which name something of each.
func (w *Workspace) Contradictions(ctx context.Context, st store.Store) ([]Contradiction, error) {
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	read := claimed{}
	for _, n := range all {
		if !notes.IsMarkdown(n.ID) || ctx.Err() != nil {
			continue
		}
		text, err := w.ReadNote(ctx, st, n)
		if err != nil {
			continue // gone since it was indexed
		}
		read.note(n.ID, text.Text)
	}
	out := []Contradiction{}
	for same, key := range read {
		groups := key.comparable(same)
		for _, kind := range slices.Sorted(maps.Keys(groups)) {
			if contradict(kind, groups[kind]) {
				out = append(out, Contradiction{spelling(same, key.spelled), groups[kind]})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Contradiction) int { return strings.Compare(a.Key, b.Key) }) // of one key by kind
	return out, ctx.Err()
}
