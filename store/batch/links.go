package batch

import (
	"amalfa/notes"
	"amalfa/store"
)

// Ambiguous is the link at a line of a note, where the notes of a resolver answer its name equally well.
func Ambiguous(r *notes.Resolver, source string, line int, target notes.Target) (l store.AmbiguousLink, ok bool) {
	rivals := r.Rivals(target)
	if len(rivals) == 0 {
		return l, false
	}
	l = store.AmbiguousLink{Source: source, Line: line, Name: target.Name, Chosen: r.Linked(source, target).ID}
	for _, id := range rivals[:min(len(rivals), store.MaxRivals+1)] {
		if id != l.Chosen && len(l.Others) < store.MaxRivals {
			l.Others = append(l.Others, id)
		}
	}
	l.More = len(rivals) - 1 - len(l.Others)
	return l, true
}
