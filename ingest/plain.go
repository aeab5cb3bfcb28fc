package ingest

import (
	"bytes"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

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
	fields := fieldsIn(l.text, tokens)
	for _, t := range tokens {
		pos := start + l.source(t.Start)
		switch t.Kind {
		case inline.Markup:
			d.edits = append(d.edits, edit{start: pos, end: start + l.source(t.End-1) + 1, text: t.Text})
		case inline.Hidden:
			d.hidden = append(d.hidden, hidden{pos: pos, text: t.Text})
		default:
			for _, r := range append(referencesOf(t), statedIn(l.text, t, tokens)...) {
				r.pos = pos
				d.references = append(d.references, fields.typed(r, t).placed(t, l, start))
			}
			if t.Kind == inline.Image {
				d.images = append(d.images, reference{target: t.Text, link: true, pos: pos}.placed(t, l, start))
			}
		}
	}
}

// view returns what a reader sees of a part of the file, or "" where that has the same words as the file itself, and the words that
// he does not see.
func (d *document) view(src []byte, start, end int) (plain, unseen string) {
	first := sort.Search(len(d.edits), func(i int) bool { return d.edits[i].end > start })
	last := first + sort.Search(len(d.edits)-first, func(i int) bool { return d.edits[first+i].start >= end })
	edits := d.edits[first:last]
	if !otherWords(src, edits) {
		return "", d.unseen(start, end)
	}
	text := d.text
	if text == nil {
		text = readable
	}
	b := make([]byte, 0, end-start)
	at := start
	for _, e := range edits {
		b = append(b, src[at:max(at, e.start)]...)
		if e.start >= at {
			b = append(b, e.text...)
		}
		at = min(max(at, e.end), end)
	}
	return text(append(b, src[at:end]...)), d.unseen(start, end)
}

// otherWords tells whether edits change what the words of a text are: one takes out a word, puts one in, or joins two. Edits side by
// side are one.
func otherWords(src []byte, edits []edit) bool {
	for i := 0; i < len(edits); {
		start, end := edits[i].start, edits[i].end
		for ; i < len(edits) && edits[i].start <= end; i++ {
			if inWord(edits[i].text) {
				return true
			}
			end = max(end, edits[i].end)
		}
		before, n := utf8.DecodeLastRune(src[:start])
		after, m := utf8.DecodeRune(src[end:])
		joins := n > 0 && m > 0 && isWordRune(before) && isWordRune(after)
		if joins || inWord(string(bytes.Trim(src[start:end], "_+#"))) {
			return true
		}
	}
	return false
}

func inWord(text string) bool { return strings.ContainsFunc(text, isWordRune) }

// isWordRune tells whether r may be part of a word, roughly as the index cuts them: "_", "+" and "#" may be parts of names.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' || r == '_' || r == '+' || r == '#'
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.So, unicode.Cf, unicode.Co)
}

// unseen are the words that no reader sees of a part of the file, a line for each place.
func (d *document) unseen(start, end int) string {
	first := sort.Search(len(d.hidden), func(i int) bool { return d.hidden[i].pos >= start })
	var lines []string
	for _, h := range d.hidden[first:] {
		if h.pos >= end {
			break
		}
		if words := strings.TrimSpace(readable([]byte(h.text))); inWord(words) && !strings.HasPrefix(words, "data:") {
			lines = append(lines, words)
		}
	}
	return strings.Join(lines, "\n")
}
