package batch

import "amalfa/store"

// MaybeLinked are the ids of a batch that a link may have made known before they were notes: another process may have written them since it
// was looked for them.
func MaybeLinked(b store.Batch) (ids []string) {
	for _, o := range b.Others {
		if o.Linked {
			ids = append(ids, o.ID)
		}
	}
	for _, p := range b.Puts {
		ids = append(ids, p.Note.ID)
	}
	return ids
}
