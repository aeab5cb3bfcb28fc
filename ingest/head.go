package ingest

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"amalfa/ingest/inline"
	"amalfa/notes"
	"amalfa/store"

	"github.com/yuin/goldmark/text"
)

// readHead reads the front matter of a file, and what its text says in the place of one, with what is wrong about it.
func readHead(id string, src []byte) (head notes.Head, reasons []string) {
	head, err := notes.ReadHead(src)
	switch {
	case notes.IsMarkdown(id):
		head = head.ReadInline(src)
	case head.Format == notes.Properties || head.Format == notes.JSON: // lines of a program, data
		return notes.Head{Start: head.Start, End: head.Start}, nil
	}
	if err != nil {
		reasons = append(reasons, notes.Clip(oneLine([]byte(err.Error())), maxSentence))
	}
	return head, append(reasons, head.Problems(src)...)
}

// headReferences are the tags of the front matter, the links in its values, and the notes that its relations name without a link.
func headReferences(src []byte, head notes.Head) []reference {
	var refs []reference
	for _, tag := range head.Tags() {
		refs = append(refs, reference{kind: taggedAs, target: tag.Text, pos: tag.At})
	}
	for _, v := range head.Values() {
		found := headLinks(src, head, v)
		if len(found) == 0 {
			found = namedBy(src, head, v)
		}
		refs = append(refs, found...)
	}
	slices.SortStableFunc(refs, func(a, b reference) int { return a.pos - b.pos })
	return refs
}

// headLinks are the links in a value of front matter, of the type that its key gives. A text of several lines has plain ones.
func headLinks(src []byte, head notes.Head, v notes.Keyed) (refs []reference) {
	if !strings.Contains(v.Text, "[") {
		return nil
	}
	kind, related := notes.RelationOf(v.Key)
	related = related && !strings.Contains(v.Text, "\n")
	at := v.At
	for _, t := range inline.Parse([]byte(v.Text), nil) {
		for _, r := range referencesOf(t) {
			if r.kind == taggedAs || r.kind == exampleOf {
				continue
			}
			if related && (r.kind == linksTo || r.kind == cites) {
				r.kind = kind
			}
			r.pos = at + max(0, bytes.Index(src[at:head.End], []byte(linkStart(v.Text[t.Start:]))))
			if written := v.Text[t.Start:t.End]; bytes.HasPrefix(src[r.pos:head.End], []byte(written)) {
				r = r.placed(t, newLeaf([]byte(v.Text), []text.Segment{text.NewSegment(0, len(v.Text))}), r.pos-t.Start)
				at = r.pos + len(written)
			}
			refs = append(refs, r)
		}
	}
	return refs
}

// namedBy are the notes that a value names in plain words, "up: tides": of the keys that people know as relations, at the top of the
// front matter. An item of a list is one name; commas part those of a lone value.
func namedBy(src []byte, head notes.Head, v notes.Keyed) (refs []reference) {
	kind, ok := notes.KnownRelation(v.Key)
	if !ok || strings.Contains(v.Text, "\n") || notes.IsSwitch(v.Text) {
		return nil
	}
	at := v.At
	for name := range strings.FieldsFuncSeq(v.Text, func(r rune) bool { return !v.List && (r == ',' || r == ';') }) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		r := reference{kind: kind, target: name, extra: notes.Optional, pos: at, form: Elsewhere}
		if n := bytes.Index(src[at:head.End], []byte(name)); n >= 0 {
			r.pos, r.from, r.to, r.form = at+n, at+n, at+n+len(name), Relation
			at = r.to
		}
		refs = append(refs, r)
	}
	return refs
}

// linkStart is how a link begins, as it is written even where a value goes on over lines or has marks of its language in it.
func linkStart(text string) string {
	if end := strings.IndexAny(text, "|#]'\"\\\n "); end > 0 {
		return text[:end]
	}
	return text
}

// headLine is the line of the front matter at pos, as evidence.
func headLine(src []byte, pos int) string {
	from := lineStart(src, 0, pos)
	line, _, _ := bytes.Cut(src[from:], []byte("\n"))
	return notes.Clip(oneLine(line), maxSentence)
}

// headWords are what a reader looks for a note by and its text does not say: its description, and its tags.
func headWords(head notes.Head) string {
	words := []string{head.Description()}
	for _, tag := range head.Tags() {
		if tag.At < head.End {
			words = append(words, tag.Text)
		}
	}
	return strings.TrimSpace(strings.Join(words, "\n"))
}

// withHeadWords puts the words of the front matter before those of a note's first passage, unless that is the front matter. What
// else it says can be looked for too.
func withHeadWords(first *store.Chunk, head notes.Head) {
	if first.Start < head.End {
		return
	}
	if words := headWords(head); words != "" {
		first.Plain = words + "\n\n" + cmp.Or(first.Plain, first.Text)
	}
	if other := head.Other(); other != "" {
		first.Hidden = strings.TrimSpace(first.Hidden + "\n" + other)
	}
}

// dateOf is the date that the front matter states, else that of the file's name, else of the last change that the front matter
// states, with where it stands.
func dateOf(id string, head notes.Head) (date, from string) {
	const stated, named = "front matter", "name"
	if date = head.Date(); date != "" {
		return date, stated
	}
	if day, ok := notes.DayOfName(id); ok {
		return day, named
	}
	if date = head.Updated(); date != "" {
		return date, stated
	}
	return "", ""
}
