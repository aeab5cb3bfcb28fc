package batch

import (
	"amalfa/notes"
	"amalfa/store"
)

// An OpenLink is a link whose target has to be looked up again.
type OpenLink struct {
	Key    int64 // of its row
	Source string
	Line   int
	Target notes.Target
	Note   int64  // that answers, or 0
	File   string // that answers, or ""
}

// Filed is all that is filed under one name key.
type Filed struct {
	notes []store.Note // only what they answer to
	keys  map[string]int64
	files []notes.File
}

// FiledUnder is nothing yet, under each of some names.
func FiledUnder(names []string) map[string]*Filed {
	filed := make(map[string]*Filed, len(names))
	for _, name := range names {
		filed[name] = &Filed{}
	}
	return filed
}

// AddNote files a note, of which only what it answers to matters.
func (f *Filed) AddNote(key int64, n store.Note) {
	if f.keys == nil {
		f.keys = map[string]int64{}
	}
	f.notes, f.keys[n.ID] = append(f.notes, n), key
}

// AddFile files what is no note.
func (f *Filed) AddFile(o notes.File) { f.files = append(f.files, o) }

// Resolver resolves links to the name.
func (f *Filed) Resolver() *notes.Resolver { return notes.NewResolver(f.notes, f.files) }

// changed are those of the links that lead elsewhere than before, with what answers now.
func (f *Filed) changed(links []OpenLink) (out []OpenLink) {
	r := f.Resolver()
	for _, l := range links {
		was := l
		if a := r.Linked(l.Source, l.Target); a.IsFile {
			l.Note, l.File = 0, a.ID
		} else {
			l.Note, l.File = f.keys[a.ID], ""
		}
		if l != was {
			out = append(out, l)
		}
	}
	return out
}

// Ambiguous adds those of the links to a name that several notes answer equally well.
func (f *Filed) Ambiguous(found []store.AmbiguousLink, links []OpenLink) []store.AmbiguousLink {
	r := f.Resolver()
	for _, l := range links {
		if a, ok := ambiguous(r, l.Source, l.Line, l.Target); ok {
			found = append(found, a)
		}
	}
	return found
}

// ambiguous is the link at a line of a note, where the notes of a resolver answer its name equally well.
func ambiguous(r *notes.Resolver, source string, line int, target notes.Target) (l store.AmbiguousLink, ok bool) {
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
