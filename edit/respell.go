package edit

import (
	"path"
	"slices"
	"strings"

	"amalfa/ingest"
	"amalfa/notes"
)

// A place is where a link leads: to what lies there, or, with Answer empty, to what a target names in vain.
type place struct {
	notes.Answer
	target notes.Target
	from   string // the note with the link
}

// leads is where a target leads from a note.
func (w *World) leads(from string, t notes.Target) place { return place{w.Leads(from, t), t, from} }

// same tells whether two links lead to the same place.
func (p place) same(other place) bool {
	if p.ID != "" || other.ID != "" {
		return p.Answer == other.Answer
	}
	return p.target.Path() != "" && p.target.Path() == other.target.Path() || p.target == other.target
}

// respell returns how a link of the note from is to be written so that it leads to a place, in the way that it is written now; ok is
// false where no way of writing it does. What means one note alone is better than what several answer to. was is where it leads
// now; raw is what stands in the file between the From and the To of the link.
func (w *World) respell(from string, l ingest.Link, raw string, was, to place) (put string, meant notes.Target, ok bool) {
	v := w.Vault(from)
	name := w.target(to)
	switch {
	case l.Form == ingest.Elsewhere || name.ID == "":
		return "", meant, false
	case l.Form == ingest.Wiki || l.Form == ingest.Relation:
		start, end := v.NameIn(raw)
		s := styleOf(l.Form, raw[start:end], raw, was.ID)
		return w.try(s, v, from, name, to, func(name string) []string { return []string{raw[:start] + name + raw[end:]} })
	}
	decoded, suffix := l.Written, ""
	if n := strings.IndexAny(decoded, "#?"); n >= 0 && l.Form != ingest.Shortcode || n > 0 && decoded[n] == '#' {
		decoded, suffix = decoded[:n], decoded[n:]
	}
	if l.Form == ingest.Shortcode {
		s := styleOf(l.Form, decoded, raw, was.ID)
		return w.try(s, v, from, name, to, func(name string) []string { return []string{name + suffix} })
	}
	tail, whole := suffix, strings.HasSuffix(raw, suffix) // the heading as it stands, with its escapes
	if n := strings.IndexAny(raw, "#?"); !whole && n >= 0 {
		tail = raw[n:]
	}
	s := styleOf(l.Form, unescapePath(decoded), strings.TrimSuffix(raw, tail), was.ID)
	if isBeside(unescapePath(decoded), was) {
		s.named = false
	} else {
		s.fromTop = v.Dialect == notes.Obsidian && s.folders && !s.named && !s.rooted && !s.dotted
	}
	return w.try(s, v, from, name, to, func(name string) []string {
		all := s.addresses(name)
		for i := range all {
			all[i] += tail
		}
		return all
	})
}

// isBeside tells whether a path leads to a place from the folder of the note that links to it.
func isBeside(name string, at place) bool {
	p := path.Join(path.Dir(at.from), name)
	return at.ID == "" || slices.ContainsFunc(append(notes.Endings(), "/"), func(ending string) bool { return notes.FoldPath(p+ending) == notes.FoldPath(at.ID) })
}

// target is what a place is called. What is not there has a path alone.
func (w *World) target(p place) notes.Name {
	if n, ok := w.notes[p.ID]; ok {
		return n
	}
	if p.ID != "" {
		return notes.Name{ID: p.ID}
	}
	return notes.Name{ID: p.target.Path()}
}

// try returns the first way of writing a name that leads to the place.
func (w *World) try(s style, v notes.Vault, from string, name notes.Name, to place, write func(string) []string) (put string, meant notes.Target, ok bool) {
	for _, candidate := range s.names(v, from, name) {
		for _, raw := range write(candidate) {
			t, inside := readTarget(v, from, s.form, raw)
			switch {
			case !inside || !w.leads(from, t).same(to):
			case len(w.Rivals(t)) == 0:
				return raw, t, true
			case !ok:
				put, meant, ok = raw, t, true
			}
		}
	}
	return put, meant, ok
}

// readTarget is what a target that is written without escapes of Markdown means.
func readTarget(v notes.Vault, from string, form ingest.Form, raw string) (notes.Target, bool) {
	switch form {
	case ingest.Bare, ingest.Angle, ingest.Attribute:
		t, ok := v.Destination(from, raw)
		return t, ok || t.Name == from // a link of the note to itself is one too
	case ingest.Wiki, ingest.Relation:
		if strings.Contains(raw, "]]") || strings.Contains(raw, "[[") {
			return notes.Target{}, false
		}
		return v.Wikilink(from, raw)
	case ingest.Shortcode:
		return v.Ref(from, raw)
	}
	return notes.Target{}, false
}
