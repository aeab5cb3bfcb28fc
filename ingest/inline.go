package ingest

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/notes"
)

// Types of edges.
const (
	linksTo  = "LINKS_TO"  // [text](note.md)
	cites    = "CITES"     // [[note]]
	embeds   = "EMBEDS"    // ![[note]]
	taggedAs = "TAGGED_AS" // #tag and its other forms
)

// A reference is something that a note names in its text.
type reference struct {
	kind   string // type of edge
	target string // as written: what stands in [[…]], a destination with its escapes resolved, or the normal form of a tag
	link   bool   // target is a destination
	ref    bool   // target is what one of Hugo's shortcodes names
	pos    int    // where it begins, in the text that was scanned
}

// inline scans one block of text for references. It does not parse emphasis or anything else that needs looking back, keeps
// one stack of open brackets, and looks ahead by bounded amounts, so that its time is linear in the text, hostile or not.
type inline struct {
	text    []byte
	define  func(label string) (destination string, ok bool) // link reference definitions
	out     []reference
	open    []int       // positions of unmatched "["
	lastRun map[int]int // length of a run of backticks → start of the last such run
	comment bool        // no "-->" follows: stop looking
}

const (
	maxWikiLink    = 1000
	maxDestination = 2000
	maxTitleLength = 1000
	maxNesting     = 32
)

func scanInline(text []byte, define func(string) (string, bool)) []reference {
	s := inline{text: text, define: define}
	for i := 0; i < len(text); {
		i = s.step(i)
	}
	return s.out
}

// step handles what stands at i and returns where to go on, always further.
func (s *inline) step(i int) int {
	switch s.text[i] {
	case '\\':
		return i + 2
	case '`':
		return s.codeSpan(i)
	case '<':
		return s.angleBracket(i)
	case '[':
		if end, ok := s.wikiLink(i); ok {
			return end
		}
		s.open = append(s.open, i)
	case ']':
		return s.closeBracket(i)
	case '#':
		return s.hashTag(i)
	}
	return i + 1
}

// codeSpan skips `code`; a run that nothing closes is plain text.
func (s *inline) codeSpan(i int) int {
	if s.lastRun == nil {
		s.lastRun = backtickRuns(s.text)
	}
	n := runLength(s.text, i)
	for j := i + n; s.lastRun[n] > i && j < len(s.text); {
		next := bytes.IndexByte(s.text[j:], '`')
		if next < 0 {
			break
		}
		j += next
		length := runLength(s.text, j)
		if j += length; length == n {
			return j
		}
	}
	return i + n
}

func backtickRuns(text []byte) map[int]int {
	last := make(map[int]int)
	for i := 0; i < len(text); i++ {
		if text[i] == '`' {
			n := runLength(text, i)
			last[n] = i
			i += n
		}
	}
	return last
}

// runLength is the length of the run of backticks that begins at i.
func runLength(text []byte, i int) int { return len(text[i:]) - len(bytes.TrimLeft(text[i:], "`")) }

// angleBracket skips <https://autolinks> and <tags>, whose "#" is no tag, and reads comments.
func (s *inline) angleBracket(i int) int {
	rest := s.text[i:]
	if bytes.HasPrefix(rest, []byte("<!--")) {
		end := -1
		if !s.comment {
			end = bytes.Index(rest, []byte("-->"))
		}
		if end < 0 {
			s.comment = true
			return i + 1
		}
		s.out = append(s.out, commentTags(rest[:end+3], i)...)
		return i + end + 3
	}
	if end := bytes.IndexAny(rest[1:min(len(rest), maxTitleLength)], "<>\n"); end > 0 && rest[1+end] == '>' {
		return i + end + 2
	}
	return i + 1
}

// wikiLink reads [[note]], [[note#heading|text]] and, after a "!", the same as an embed. "\|" is how it is written in tables.
func (s *inline) wikiLink(i int) (end int, ok bool) {
	rest := s.text[i:min(len(s.text), i+maxWikiLink)]
	if !bytes.HasPrefix(rest, []byte("[[")) {
		return 0, false
	}
	n := bytes.IndexAny(rest[2:], "[]\n")
	if n < 0 || !bytes.HasPrefix(rest[2+n:], []byte("]]")) {
		return 0, false
	}
	kind := cites
	if i > 0 && s.text[i-1] == '!' {
		kind = embeds
	}
	s.out = append(s.out, reference{kind: kind, target: string(rest[2 : 2+n]), pos: i})
	return i + n + 4, true
}

// hashTag reads #tag where a word could begin.
func (s *inline) hashTag(i int) int {
	if i > 0 {
		before, _ := utf8.DecodeLastRune(s.text[:i])
		if !unicode.IsSpace(before) && !strings.ContainsRune("([{,;:、。（「", before) {
			return i + 1
		}
	}
	end := i + 1
	for end < len(s.text) {
		r, n := utf8.DecodeRune(s.text[end:])
		if !notes.IsTagRune(r) {
			break
		}
		end += n
	}
	s.tag(string(s.text[i+1:min(end, i+2+notes.MaxTag)]), i)
	return end
}

func (s *inline) tag(name string, pos int) {
	if tag, ok := notes.HashTag(name); ok {
		s.out = append(s.out, reference{kind: taggedAs, target: tag, pos: pos})
	}
}

// commentTags reads <!-- tags: one, two --> and <!-- tags: [RELATION: other note] -->.
func commentTags(comment []byte, pos int) []reference {
	var out []reference
	for _, m := range notes.CommentMarks(comment) {
		if m.Relation != "" {
			out = append(out, reference{kind: m.Relation, target: m.Text, pos: pos})
		} else if tag, ok := notes.Tag(m.Text); ok {
			out = append(out, reference{kind: taggedAs, target: tag, pos: pos})
		}
	}
	return out
}
