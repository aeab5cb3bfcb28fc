package postgres

import (
	"math"
	"slices"

	"amalfa/store"
)

// forgetPrivate removes what is left of notes of the batch that went because they are private: what is told of them, terms that nothing
// else names, and their words, which pages hold until they are merged.
func (w *writer) forgetPrivate(ids []string) error {
	private := map[string]bool{}
	for _, id := range ids {
		private[id] = true
	}
	before := len(w.events)
	w.events = slices.DeleteFunc(w.events, func(e store.Event) bool { return e.Event == store.Removed && private[e.Path] })
	if len(w.events) == before { // none of them was here
		return nil
	}
	err := w.exec(`WITH RECURSIVE was(path, until) AS (SELECT p, 9223372036854775807 FROM unnest($2::text[]) p
			UNION SELECT h.old_path, h.cursor FROM history h JOIN was ON h.path = was.path AND h.cursor <= was.until
				WHERE h.workspace = $1 AND h.event = 'renamed')
		DELETE FROM history h USING was WHERE h.workspace = $1 AND h.cursor <= was.until AND was.path IN (h.path, h.old_path)`, w.workspace, ids)
	if err != nil {
		return err
	}
	if err := w.dropBareTerms(); err != nil {
		return err
	}
	return w.merge(math.MaxInt32)
}
