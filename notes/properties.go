package notes

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// pageProperty is a line "key:: value"; in Logseq the first block of a page, with its dash, may hold them too.
var pageProperty = regexp.MustCompile(`^([ \t]*(?:[-*] )?[ \t]*)([\pL_][\pL\pN_./-]{0,63})::(?:[ \t]+(.*))?$`)

// pageHead is the head of a note without front matter: the properties on its first lines, which are part of its text.
func pageHead(note []byte, start int) Head {
	h := Head{Start: start, End: start, from: start, to: start}
	var list fieldList
	for line := range bytes.Lines(note[start:min(len(note), start+maxHead)]) {
		bare := bytes.TrimRight(line, " \t\r\n")
		m := pageProperty.FindSubmatchIndex(bare)
		if m == nil || len(list.fields) > 0 && bytes.ContainsAny(bare[m[2]:m[3]], "-*") {
			if len(bare) > 0 || len(list.fields) > 0 {
				break
			}
			h.from += len(line)
		} else {
			list.property(bare, h.to, m)
			h.Format = Properties
		}
		h.to += len(line)
	}
	h.fields = list.fields
	return h
}

// property adds a field from a line that begins at the byte at, by the places of its indentation, key and value.
func (l *fieldList) property(line []byte, at int, m []int) {
	value := m[6]
	if value < 0 {
		value = len(line)
	}
	i := l.open(field{property: true, name: string(line[m[4]:m[5]]), at: at + m[4], value: at + value})
	if value < len(line) {
		l.add(i, Readable(line[value:]), at+value)
	}
}

// Dataview's fields in the text, of the keys that name, tag and date a note: a line "key:: value", or "[key:: value]" and
// "(key:: value)" within one.
var (
	lineField    = regexp.MustCompile(`(?i)^[ \t]*(?:([-*+]) (?:\[.\] )?)?(?:\*\*|__)?(tags?|alias(?:es)?|date|created)(?:\*\*|__)?::[ \t]*(\S.*)$`)
	bracketField = regexp.MustCompile(`(?i)[\[(](tags?|alias(?:es)?)::[ \t]*((?:\[\[[^\[\]]*\]\]|[^\[\]()])+)[\])]`)
)

// ReadInline adds what lines of the text say of the note. An alias or a date on an item of a list is the item's, such as the
// date of a task.
func (h Head) ReadInline(note []byte) Head {
	mark, list := []byte(Properties), fieldList{fields: slices.Clip(h.fields)}
	start := h.End
	if h.Format == Properties {
		start = h.to
	}
	if !bytes.Contains(note[start:], mark) {
		return h
	}
	for at, line := range outsideFences(note, start) {
		if list.count < maxValues && namesField(line) {
			list.inline(line, at)
		}
	}
	h.fields = list.fields
	return h
}

// namesField tells at little cost whether a line may hold a field: "std::vector" holds none.
func namesField(line []byte) bool {
	for before, rest, ok := bytes.Cut(line, []byte(Properties)); ok; before, rest, ok = bytes.Cut(rest, []byte(Properties)) {
		before = bytes.TrimRight(before, "*_")
		word := string(before[1+bytes.LastIndexFunc(before, func(r rune) bool { return !unicode.IsLetter(r) }):])
		if isTagKey(word) || slices.Contains(aliasKeys, strings.ToLower(word)) || slices.Contains(createdKeys, strings.ToLower(word)) {
			return true
		}
	}
	return false
}

func (l *fieldList) inline(line []byte, at int) {
	if m := lineField.FindSubmatchIndex(line); m != nil {
		if name := string(line[m[4]:m[5]]); m[2] < 0 || isTagKey(name) {
			l.add(l.open(field{property: true, name: name, at: at + m[4], value: at + m[6]}), Readable(line[m[6]:m[7]]), at+m[6])
		}
		return
	}
	for _, m := range bracketField.FindAllSubmatchIndex(line, -1) {
		f := field{property: true, name: string(line[m[2]:m[3]]), at: at + m[2], value: at + m[4]}
		l.add(l.open(f), Readable(line[m[4]:m[5]]), at+m[4])
	}
}
