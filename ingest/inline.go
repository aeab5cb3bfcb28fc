package ingest

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
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
	target string // as written, unescaped; of a tag, its normal form
	path   bool   // target is a destination relative to the note's folder, not a name
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
		return s.angle(i)
	case '[':
		if end, ok := s.wikiLink(i); ok {
			return end
		}
		s.open = append(s.open, i)
	case ']':
		return s.close(i)
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

func runLength(text []byte, i int) int {
	n := 1
	for i+n < len(text) && text[i+n] == text[i] {
		n++
	}
	return n
}

// angle skips <https://autolinks> and <tags>, whose "#" is no tag, and reads comments.
func (s *inline) angle(i int) int {
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
	name, _, _ := strings.Cut(string(rest[2:2+n]), "|")
	name = strings.TrimSpace(withoutAnchor(strings.TrimSuffix(name, `\`)))
	kind := cites
	if i > 0 && s.text[i-1] == '!' {
		kind = embeds
	}
	if name != "" { // [[#heading]] stays in the note
		s.out = append(s.out, reference{kind: kind, target: name, pos: i})
	}
	return i + n + 4, true
}

// withoutAnchor cuts #heading and Obsidian's #^block.
func withoutAnchor(name string) string {
	name, _, _ = strings.Cut(name, "#")
	return name
}

// close matches the "]" at i with its "[" and reads what follows it.
func (s *inline) close(i int) int {
	if len(s.open) == 0 {
		return i + 1
	}
	from := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	if tag, ok := bytes.CutPrefix(s.text[from+1:i], []byte("tag:")); ok && len(tag) <= maxTag+1 {
		s.tag(string(tag), from)
		return i + 1
	}
	image := from > 0 && s.text[from-1] == '!'
	destination, end, ok := s.destination(from, i)
	if ok && !image {
		s.out = append(s.out, reference{kind: linksTo, target: destination, path: true, pos: from})
	}
	return end
}

// destination finds where the link whose text is [from+1:to] leads: (destination), [label] or its own text as a label.
func (s *inline) destination(from, to int) (string, int, bool) {
	next := byte(0)
	if to+1 < len(s.text) {
		next = s.text[to+1]
	}
	if next == '(' {
		if d, end, ok := inlineDestination(s.text, to+2); ok {
			return d, end, true
		}
	}
	label, end := s.text[from+1:to], to+1
	if next == '[' {
		window := s.text[to+2 : min(len(s.text), to+2+maxTitleLength)]
		if n := bytes.IndexAny(window, "[]"); n >= 0 && window[n] == ']' {
			if n > 0 {
				label = window[:n]
			}
			end = to + n + 3
		}
	}
	if len(label) == 0 || len(label) >= maxTitleLength || label[0] == '^' || bytes.IndexByte(label, '[') >= 0 { // ^: a footnote
		return "", to + 1, false
	}
	if d, ok := s.define(string(label)); ok {
		return d, end, true
	}
	return "", to + 1, false
}

// inlineDestination reads a destination, an optional title and the ")", from just behind the "(".
func inlineDestination(text []byte, i int) (string, int, bool) {
	i = skipSpace(text, i)
	var raw []byte
	if i < len(text) && text[i] == '<' {
		window := text[i+1 : min(len(text), i+1+maxDestination)]
		n := bytes.IndexAny(window, "<>\n")
		if n < 0 || window[n] != '>' {
			return "", 0, false
		}
		raw, i = window[:n], i+n+2
	} else {
		n, ok := bareDestination(text[i:min(len(text), i+maxDestination)])
		if !ok {
			return "", 0, false
		}
		raw, i = text[i:i+n], i+n
	}
	i = skipSpace(text, i)
	if i < len(text) && text[i] != ')' {
		closer := map[byte]byte{'"': '"', '\'': '\'', '(': ')'}[text[i]]
		n := bytes.IndexByte(text[i+1:min(len(text), i+maxTitleLength)], closer)
		if closer == 0 || n < 0 {
			return "", 0, false
		}
		i = skipSpace(text, i+n+2)
	}
	if i >= len(text) || text[i] != ')' {
		return "", 0, false
	}
	return unescape(raw), i + 1, true
}

// bareDestination is the length of a destination without spaces, with balanced parentheses.
func bareDestination(window []byte) (int, bool) {
	depth := 0
	for i := 0; i < len(window); i++ {
		switch c := window[i]; {
		case c == '\\':
			i++
		case c == '(':
			if depth++; depth > maxNesting {
				return 0, false
			}
		case c == ')':
			if depth--; depth < 0 {
				return i, true
			}
		case c <= ' ':
			return i, depth == 0
		}
	}
	return 0, false
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && i >= 0 && bytes.IndexByte([]byte(" \t\r\n"), text[i]) >= 0 {
		i++
	}
	return i
}

// unescape drops the backslash before punctuation.
func unescape(raw []byte) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) && raw[i+1] < utf8.RuneSelf && unicode.In(rune(raw[i+1]), unicode.P, unicode.S) {
			i++
		}
		b.WriteByte(raw[i])
	}
	return b.String()
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
		if !tagRune(r) {
			break
		}
		end += n
	}
	s.tag(string(s.text[i+1:min(end, i+2+maxTag)]), i)
	return end
}

func (s *inline) tag(name string, pos int) {
	if tag, ok := normalTag(name); ok {
		s.out = append(s.out, reference{kind: taggedAs, target: tag, pos: pos})
	}
}

var (
	tagsComment = regexp.MustCompile(`^<!--\s*tags:`)
	relation    = regexp.MustCompile(`^([A-Z][A-Z0-9_]{0,39}):\s*(.+)$`)
)

// commentTags reads <!-- tags: one, two --> and <!-- tags: [RELATION: other note] -->.
func commentTags(comment []byte, pos int) []reference {
	head := tagsComment.Find(comment)
	if head == nil || len(comment) > maxFrontMatter {
		return nil
	}
	var out []reference
	body := string(comment[len(head) : len(comment)-len("-->")])
	for part := range strings.FieldsFuncSeq(body, func(r rune) bool { return strings.ContainsRune(",;[]\n", r) }) {
		part = strings.TrimSpace(part)
		if m := relation.FindStringSubmatch(part); m != nil {
			out = append(out, reference{kind: m[1], target: strings.TrimSpace(m[2]), pos: pos})
		} else if tag, ok := normalTag(part); ok {
			out = append(out, reference{kind: taggedAs, target: tag, pos: pos})
		}
	}
	return out
}
