package ingest

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"amalfa/ingest/inline"
)

// An edit is a part of the file that a reader sees as text.
type edit struct {
	start, end int
	text       string
}

// hidden are words that no reader sees, with where they stand.
type hidden struct {
	pos  int
	text string
}

// add takes over the tokens of a leaf. start is where the body begins in the file.
func (d *document) add(l leaf, start int, tokens []inline.Token) {
	for i, part := range l.parts[1:] { // what stands between two parts of a cell
		if before := l.parts[i].Stop; part.Start == before+1 {
			d.edits = append(d.edits, edit{start: start + before, end: start + part.Start})
		}
	}
	for _, t := range tokens {
		pos := start + l.source(t.Start)
		switch t.Kind {
		case inline.Markup:
			d.edits = append(d.edits, edit{start: pos, end: start + l.source(t.End-1) + 1, text: t.Text})
		case inline.Hidden:
			d.hidden = append(d.hidden, hidden{pos: pos, text: t.Text})
		default:
			for _, r := range referencesOf(t) {
				r.pos = pos
				d.references = append(d.references, r)
			}
		}
	}
}

// view returns what a reader sees of a part of the file, or "" where that has the same words as the file itself, and the words that
// he does not see.
func (d *document) view(src []byte, start, end int) (plain, unseen string) {
	text := d.text
	if text == nil {
		text = readable
	}
	var b []byte
	at := start
	first := sort.Search(len(d.edits), func(i int) bool { return d.edits[i].end > start })
	for _, e := range d.edits[first:] {
		if e.start >= end {
			break
		}
		b = append(b, src[at:max(at, e.start)]...)
		if e.start >= at {
			b = append(b, e.text...)
		}
		at = min(max(at, e.end), end)
	}
	if at == start {
		return "", d.unseen(start, end)
	}
	plain = text(append(b, src[at:end]...))
	if slices.Equal(wordsOf(plain), wordsOf(text(src[start:end]))) {
		plain = ""
	}
	return plain, d.unseen(start, end)
}

// unseen are the words that no reader sees of a part of the file, a line for each place.
func (d *document) unseen(start, end int) string {
	first := sort.Search(len(d.hidden), func(i int) bool { return d.hidden[i].pos >= start })
	var lines []string
	for _, h := range d.hidden[first:] {
		if h.pos >= end {
			break
		}
		if words := strings.TrimSpace(readable([]byte(h.text))); wordsOf(words) != nil && !strings.HasPrefix(words, "data:") {
			lines = append(lines, words)
		}
	}
	return strings.Join(lines, "\n")
}

// wordsOf are the words of a text, roughly as the index cuts them: "_", "+" and "#" may be parts of names.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.So, unicode.Cf, unicode.Co) && r != '_' && r != '+' && r != '#'
	})
}
