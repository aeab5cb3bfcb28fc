package notes

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrShape reports a note whose head must be changed by hand.
var ErrShape = errors.New("cannot be changed safely")

// A Tagged is a note after AddTags.
type Tagged struct {
	Text  []byte
	Added []string // in the order asked for; none when the note had them all
	Tags  []string // all that the place holds now, as written
	Place string   // "front matter", "comment" or, where there was neither, "new front matter"
}

// AddTags adds tags to the list in the front matter; else to a line "<!-- tags: … -->"; else to front matter that it adds. No
// other byte changes. A tag that either place has, however spelled, is not added again. It returns ErrShape for a head that
// it does not understand well enough: the result is read and compared with what was there before.
func AddTags(note []byte, tags []string) (Tagged, error) {
	wanted, err := SpellTags(tags)
	if err != nil {
		return Tagged{}, err
	}
	h, err := ReadHead(note)
	if err != nil {
		return Tagged{}, fmt.Errorf("%w: %w", ErrShape, err)
	}
	line := findTagLine(note, h.End)
	t := Tagged{Text: note, Place: "new front matter"}
	own, listed := h.fields["tags"]
	switch {
	case listed || h.Format != None && line == nil:
		t.Place, t.Tags = "front matter", own.spelled()
	case line != nil:
		t.Place, t.Tags = "comment", line.tags
	}
	known := h.Tags()
	if line != nil {
		known = append(known, normalTags(line.tags)...)
	}
	t.Added = slices.DeleteFunc(wanted, func(tag string) bool {
		normal, _ := Tag(tag)
		return slices.Contains(known, normal)
	})
	if len(t.Added) == 0 {
		return t, nil
	}
	t.Tags = slices.Concat(t.Tags, t.Added)
	switch t.Place {
	case "front matter":
		t.Text, err = h.add(note, t.Added)
	case "comment":
		t.Text = splice(note, line.end, line.end, line.separator+strings.Join(t.Added, ", "))
	default:
		t.Text = newHead(note, t.Added)
	}
	return t, err
}

// spelled are the tags of a field as they are written.
func (f field) spelled() []string {
	var tags []string
	for _, w := range f.words() {
		if w = strings.TrimLeft(strings.TrimSpace(w), "#"); w != "" {
			tags = append(tags, w)
		}
	}
	return tags
}

func splice(text []byte, from, to int, put string) []byte {
	return slices.Concat(text[:from], []byte(put), text[to:])
}

// newHead puts front matter before a note that has none.
func newHead(note []byte, tags []string) []byte {
	at := BOMLength(note)
	rest := note[at:]
	eol := lineEnd(rest)
	head := "---" + eol + "tags: [" + strings.Join(YAML.quoted(tags), ", ") + "]" + eol + "---" + eol
	if len(rest) > 0 && rest[0] != '\n' && rest[0] != '\r' {
		head += eol
	}
	return splice(note, at, at, head)
}

// lineEnd is how the first line ends.
func lineEnd(text []byte) string {
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
