package batch

import (
	"slices"

	"amalfa/store"
)

// Waits gathers which passages of which notes have no vector, by the keys of a database. The zero value is empty.
type Waits struct {
	list []store.Waiting
	at   map[int64]int
	seen map[int64]bool
}

// Note adds a note that may wait.
func (w *Waits) Note(key int64, n store.Waiting) {
	if w.at == nil {
		w.at, w.seen = map[int64]int{}, map[int64]bool{}
	}
	w.at[key] = len(w.list)
	w.list = append(w.list, n)
}

// Passage counts one of a note that was added. The tokens of a passage that stands in several places are embedded once.
func (w *Waits) Passage(note, passage int64, tokens int) {
	n := &w.list[w.at[note]]
	n.Passages++
	if !w.seen[passage] {
		n.Tokens += int64(tokens)
	}
	w.seen[passage] = true
}

// List is the notes some passage of which waits, in the order in which they were added; nil for none.
func (w *Waits) List() []store.Waiting {
	left := slices.DeleteFunc(w.list, func(n store.Waiting) bool { return n.Passages == 0 })
	if len(left) == 0 {
		return nil
	}
	return left
}

// Written are the ids of the notes and files that a batch puts.
func Written(b store.Batch) []string {
	ids := make([]string, 0, len(b.Puts)+len(b.Files))
	for _, p := range b.Puts {
		ids = append(ids, p.Note.ID)
	}
	for _, f := range b.Files {
		ids = append(ids, f.ID)
	}
	return ids
}
