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

// A row of a database's answer.
type row interface{ Scan(dest ...any) error }

// Note adds a note that may wait: its key, id, hash, date, time of its file, chunks, and how many others link to it.
func (w *Waits) Note(r row) error {
	if w.at == nil {
		w.at, w.seen = map[int64]int{}, map[int64]bool{}
	}
	var key int64
	var n store.Waiting
	err := r.Scan(&key, &n.ID, &n.Hash, &n.Date, &n.MTime, &n.Chunks, &n.Linked)
	w.at[key] = len(w.list)
	w.list = append(w.list, n)
	return err
}

// Passage counts one of a note that was added, by the keys of both and its tokens. Those of a passage that stands in several places are
// embedded once.
func (w *Waits) Passage(r row) error {
	var note, passage int64
	var tokens int
	if err := r.Scan(&note, &passage, &tokens); err != nil {
		return err
	}
	n := &w.list[w.at[note]]
	n.Passages++
	if !w.seen[passage] {
		n.Tokens += int64(tokens)
	}
	w.seen[passage] = true
	return nil
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
