package work

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"amalfa/edit"
	"amalfa/notes"
	"amalfa/store"
)

// A field is one of front matter; its value is a text or a list of texts. An empty one is left out.
type field struct {
	name  string
	value any
}

// errFrontMatter reports front matter that nothing can be added to without writing it anew.
var errFrontMatter = errors.New("its front matter is of a form that nothing is added to")

// setFields has a note say more in its front matter; all other bytes stay.
func (r *run) setFields(id string, before []byte, fields ...field) {
	after, err := withFields(before, fields)
	if err != nil {
		r.skip(id, err)
		return
	}
	if !bytes.Equal(before, after) {
		r.changes = append(r.changes, edit.FileChange{From: id, To: id, Before: before, After: after})
	}
}

// withFields adds fields to the front matter, YAML or TOML, or begins one. The result is read again: it must say what it shall, and the
// text below must be the same.
func withFields(note []byte, fields []field) ([]byte, error) {
	head, err := notes.ReadHead(note)
	if err != nil {
		return nil, err
	}
	eol := "\n"
	if bytes.Contains(note, []byte("\r\n")) {
		eol = "\r\n"
	}
	separator := ": "
	if head.Format == notes.TOML {
		separator = " = "
	}
	var lines strings.Builder
	for _, f := range fields {
		value, _ := json.Marshal(f.value) // texts: JSON's are YAML's and TOML's, but for a few signs that Marshal escapes
		if s := string(value); s != `""` && s != "null" && s != "[]" && !hasField(note, f.name) {
			if day, ok := f.value.(string); ok && f.name == "date" {
				s = day
			}
			lines.WriteString(f.name + separator + s + eol)
		}
	}
	if lines.Len() == 0 {
		return note, nil
	}
	var after []byte
	switch head.Format {
	case notes.YAML, notes.TOML:
		block := note[head.Start:head.End]
		fence := bytes.LastIndex(bytes.TrimRight(block, " \t\r\n"), []byte("\n")) + 1
		at := head.Start + fence
		after = slices.Concat(note[:at], []byte(lines.String()), note[at:])
	case notes.None:
		at := notes.BOMLength(note)
		after = slices.Concat(note[:at], []byte("---"+eol+lines.String()+"---"+eol), note[at:])
	default:
		return nil, errFrontMatter
	}
	return after, checkFields(note, after, head, fields)
}

// checkFields reads what was written as the index will.
func checkFields(before, after []byte, was notes.Head, fields []field) error {
	is, err := notes.ReadHead(after)
	if err != nil || !bytes.Equal(bytes.TrimLeft(before[was.End:], "\r\n"), bytes.TrimLeft(after[is.End:], "\r\n")) {
		return errFrontMatter
	}
	for _, f := range fields {
		if value, _ := json.Marshal(f.value); string(value) != `""` && string(value) != "[]" && string(value) != "null" && !hasField(after, f.name) {
			return errFrontMatter
		}
	}
	return nil
}

// hasField tells whether the front matter of a note has a field, whatever it says.
func hasField(note []byte, name string) bool {
	head, err := notes.ReadHead(note)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(head.Values(), func(v notes.Keyed) bool { return strings.EqualFold(v.Key, name) })
}

func newestFirst(all []store.Note) {
	slices.SortStableFunc(all, func(a, b store.Note) int {
		switch {
		case a.MTime > b.MTime:
			return -1
		case a.MTime < b.MTime:
			return 1
		}
		return 0
	})
}
