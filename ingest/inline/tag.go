package inline

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/notes"
)

// tag reads #tag where a word could begin, and Logseq's #[[tag of several words]].
func (s *scanner) tag(i int) int {
	if !s.tagMayBegin(i) {
		return i + 1
	}
	if end, ok := s.bracketTag(i); ok {
		return end
	}
	end := i + 1
	for end < len(s.text) {
		r, n := utf8.DecodeRune(s.text[end:])
		if !notes.IsTagRune(r) {
			break
		}
		end += n
	}
	s.work += end - i
	if end-i-1 <= notes.MaxTag && end > i+1 {
		s.emit(Tag, i, end, string(s.text[i+1:end]))
	}
	return i + 1 // what is "_" in it may be emphasis
}

// bracketTag reads #[[two words]]. What can be no tag, such as #[[Mar 5th, 2024]], is a wikilink behind a "#".
func (s *scanner) bracketTag(i int) (end int, ok bool) {
	to, bar := s.wikiEnd(i + 1)
	if to < 0 || bar >= 0 || to-i-3 > notes.MaxTag {
		return 0, false
	}
	name := oneLine(s.text[i+3 : to])
	if _, ok := notes.HashTag(name); !ok {
		return 0, false
	}
	s.emitNamed(Tag, i, to+2, name, i+3, to)
	s.hide(i+1, i+3)
	s.hide(to, to+2)
	return to + 2, true
}

// tagMayBegin tells whether a word may begin at i. Marks of emphasis and quotes before it do not count, nor does HTML.
func (s *scanner) tagMayBegin(i int) bool {
	if i > 0 && i == s.tagEnd {
		return true
	}
	before := bytes.TrimRight(s.text[:i], `*_~="'`)
	s.work += i - len(before)
	r, n := utf8.DecodeLastRune(before)
	return n == 0 || unicode.IsSpace(r) || strings.ContainsRune("([{,;:|、。（「『“‘«„‹—", r)
}

// compounds are English words that begin with "tag-" and no names of tags.
var compounds = strings.Fields("line lines lined liner team teams teaming teamed along alongs based like less free only specific driven aware related cloud clouds name names")

// example reads the rest of tag-name from its first dash on, which says in the text of the earlier program that the note is an
// example of something: where a word could begin, alone, in ASCII. "tag-name.md" is a file, "tag-line" a word.
func (s *scanner) example(i int) int {
	if !bytes.HasSuffix(s.text[:i], []byte("tag")) || !s.tagMayBegin(i-len("tag")) {
		return i + 1
	}
	end := i + 1
	for end < len(s.text) && (isAlphanumeric(s.text[end]) || s.text[end] == '-') {
		end++
	}
	rest := s.text[end:]
	file := len(rest) > 1 && rest[0] == '.' && isAlphanumeric(rest[1])
	if end > i+1 && end-i <= notes.MaxTag && !file && !slices.Contains(compounds, string(bytes.ToLower(s.text[i+1:end]))) && (len(rest) == 0 || rest[0] < utf8.RuneSelf && rest[0] != '_' && rest[0] != '/') {
		s.emit(Example, i-len("tag"), end, string(s.text[i+1:end]))
	}
	return end
}

// labelTag reads [tag: name], an earlier form of tags.
func (s *scanner) labelTag(b bracket, i int) bool {
	name := s.text[b.text:i]
	if len(name) > len(notes.TagPrefix)+notes.MaxTag+1 || len(name) < len(notes.TagPrefix) || !strings.EqualFold(string(name[:len(notes.TagPrefix)]), notes.TagPrefix) {
		return false
	}
	s.emit(Tag, b.start, i+1, string(name[len(notes.TagPrefix):]))
	return true
}

// maxWord bounds the name of a relation.
const maxWord = 40

// relation reads [WORD: target], a word of two capitals or more, and what it says of the note.
func (s *scanner) relation(b bracket, i int) {
	inner := s.text[b.text:i]
	n := 0
	for n < min(len(inner), maxWord+1) && ('A' <= inner[n] && inner[n] <= 'Z' || n > 0 && (isDigit(inner[n]) || inner[n] == '_')) {
		n++
	}
	s.work += n
	if n < 2 || n > maxWord || n == len(inner) || inner[n] != ':' || len(inner) > maxWikilink {
		return
	}
	target := bytes.TrimSpace(inner[n+1:])
	if len(target) == 0 {
		return
	}
	from := b.text + n + 1 + bytes.Index(inner[n+1:], target)
	s.emitNamed(Relation, b.start, i+1, string(inner[:n]), from, from+len(target))
}

// trimTags ends the tags where emphasis does: _#tag_.
func (s *scanner) trimTags() {
	var consumed []int // "_" that are emphasis
	for _, t := range s.out {
		if t.Kind == Markup && t.Text == "" && s.text[t.Start] == '_' {
			consumed = append(consumed, t.Start)
		}
	}
	if len(consumed) == 0 {
		return
	}
	slices.Sort(consumed)
	for i, t := range s.out {
		if t.Kind != Tag || s.text[t.Start] != '#' {
			continue
		}
		n, _ := slices.BinarySearch(consumed, t.Start)
		if n < len(consumed) && consumed[n] < t.End && t.End-t.Start == len(t.Text)+1 {
			s.out[i].End = consumed[n]
			s.out[i].Text = string(s.text[t.Start+1 : consumed[n]])
		}
	}
}
