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

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrShape, fmt.Errorf(format, args...))
}

// A Tagged is a note after AddTags.
type Tagged struct {
	Text  []byte
	Added []string // in the order asked for; none when the note had them all
	Tags  []string // all that the place holds now, as written
	Place string   // "front matter", "page properties", "comment" or, where there was none of them, "new front matter"
}

// AddTags adds tags to the list in the front matter or the page's properties; else to a line "<!-- tags: … -->"; else to front
// matter that it adds. No other byte changes. A tag that the note's head or that line has, however spelled, is not added again.
// It returns ErrShape for a head that it does not understand well enough: the result is read and compared with what was there
// before.
func AddTags(note []byte, tags []string) (Tagged, error) {
	wanted, err := SpellTags(tags)
	if err != nil {
		return Tagged{}, err
	}
	if IsUTF16(note) {
		return Tagged{}, refuse("UTF-16 text: convert it to UTF-8")
	}
	text, _ := Clean(note)
	t, err := addTags(text, wanted)
	if err == nil && !bytes.Equal(text, note) {
		t.Text = restore(note, text, t.Text)
	}
	return t, err
}

// restore makes the change that led from text to changed in the file that text was cleaned from.
func restore(file, text, changed []byte) []byte {
	start, end := 0, 0
	for start < len(text) && text[start] == changed[start] {
		start++
	}
	for end < len(text)-start && text[len(text)-1-end] == changed[len(changed)-1-end] {
		end++
	}
	put := string(changed[start : len(changed)-end])
	if bytes.Contains(file, []byte("\r")) && !bytes.Contains(file, []byte("\n")) {
		put = strings.ReplaceAll(put, "\n", "\r")
	}
	return splice(file, start, len(file)-end, put)
}

func addTags(note []byte, wanted []string) (Tagged, error) {
	h, err := ReadHead(note)
	if err != nil {
		return Tagged{}, refuse("%w", err)
	}
	line := findTagLine(note, h.End)
	t := Tagged{Text: note, Place: "new front matter"}
	own, listed := h.tagList()
	switch {
	case listed || h.Format != None && line == nil:
		t.Place, t.Tags = h.Format.place(), own.spelled()
	case line != nil:
		t.Place, t.Tags = "comment", line.tags
	}
	known := h.ReadInline(note).known(line)
	t.Added = slices.DeleteFunc(wanted, func(tag string) bool {
		normal, _ := Tag(tag)
		return slices.Contains(known, normal)
	})
	if len(t.Added) == 0 {
		return t, nil
	}
	t.Tags = slices.Concat(t.Tags, t.Added)
	switch t.Place {
	case "comment":
		t.Text = splice(note, line.end, line.end, line.separator+strings.Join(t.Added, ", "))
	case "new front matter":
		t.Text = newHead(note, "tags: ["+strings.Join(YAML.quoted(t.Added), ", ")+"]")
	default:
		t.Text, err = h.add(note, t.Added)
	}
	return t, err
}

func (f Format) place() string {
	if f == Properties {
		return "page properties"
	}
	return "front matter"
}

// known are the tags of a head and of a line, in their normal form.
func (h Head) known(line *tagLine) []string {
	var known []string
	for _, tag := range h.Tags() {
		known = append(known, tag.Text)
	}
	if line != nil {
		for _, tag := range line.tags {
			normal, _ := Tag(tag) // the line holds tags only
			known = append(known, normal)
		}
	}
	return known
}

// tagList is the field that tags are added to. Of two the last counts, as for whoever reads them into a map.
func (h Head) tagList() (f field, ok bool) {
	for _, f := range slices.Backward(h.fields) {
		if isTagList(f.name) {
			return f, true
		}
	}
	return f, false
}

func isTagList(name string) bool { return name == "tags" || name == "taxonomies.tags" }

// spelled are the tags of a field as they are written.
func (f field) spelled() []string {
	var tags []string
	for _, w := range f.words(true) {
		if tag := strings.TrimLeft(strings.TrimSpace(w.Text), "#"); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

func splice(text []byte, from, to int, put string) []byte {
	return slices.Concat(text[:from], []byte(put), text[to:])
}

// newHead puts front matter of one line before a note that has none.
func newHead(note []byte, line string) []byte {
	at := BOMLength(note)
	rest := note[at:]
	eol := lineEnd(rest)
	head := "---" + eol + line + eol + "---" + eol
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
