package ingest

import (
	"bytes"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"

	"github.com/yuin/goldmark/util"
)

// closeBracket matches the "]" at i with its "[" and reads what follows it.
func (s *inline) closeBracket(i int) int {
	if len(s.open) == 0 {
		return i + 1
	}
	from := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	if tag, ok := bytes.CutPrefix(s.text[from+1:i], []byte(notes.TagPrefix)); ok && len(tag) <= notes.MaxTag+1 {
		s.tag(string(tag), from)
		return i + 1
	}
	image := from > 0 && s.text[from-1] == '!'
	destination, end, ok := s.destination(from, i)
	if ok && !image {
		s.out = append(s.out, reference{kind: linksTo, target: destination, link: true, pos: from})
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
	return string(util.UnescapePunctuations(raw)), i + 1, true
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
	return len(text) - len(bytes.TrimLeft(text[min(i, len(text)):], " \t\r\n"))
}

// Bounds on the evidence kept for an edge, and on how many edges one file can make.
const (
	maxSentence = 300
	maxEdges    = 20000
)

// edgesOf turns references of a note of the vault into edges with line and sentence. cut tells that there were more than maxEdges.
// What stands before the byte text is front matter, where a line is the sentence.
func edgesOf(id string, src []byte, text int, refs []reference, vault notes.Vault) (edges []store.Edge, cut bool) {
	counter := lineCounter{text: src}
	for _, r := range refs {
		target, ok := r.leadsTo(id, vault)
		if !ok {
			continue
		}
		if len(edges) == maxEdges {
			return edges, true
		}
		sentence := sentenceAt
		if r.pos < text {
			sentence = headLine
		}
		edges = append(edges, store.Edge{
			Source: id, Target: target.Name, Rule: target.Rule, Root: target.Root, Type: r.kind, Weight: 1,
			Line: counter.at(r.pos), Sentence: sentence(src, r.pos),
		})
	}
	return edges, false
}

// leadsTo is what a reference in the note from means; ok is false where that is nothing of the workspace.
func (r reference) leadsTo(from string, vault notes.Vault) (t notes.Target, ok bool) {
	switch {
	case r.kind == taggedAs:
		return notes.Target{Name: notes.TagPrefix + r.target}, true
	case r.link:
		return vault.Destination(from, r.target)
	case r.ref:
		return vault.Ref(from, r.target)
	}
	return vault.Wikilink(from, r.target)
}

// sentenceAt is the sentence around pos, as one line of at most maxSentence bytes.
func sentenceAt(src []byte, pos int) string {
	from := pos
	for least := max(0, pos-maxSentence/2); from > least && !endsParagraph(src, from) && !endsSentence(src, from); {
		from--
	}
	most := min(len(src), from+maxSentence)
	to := min(pos+1, most)
	for to < most && !endsParagraph(src, to) && !endsSentence(src, to) {
		to++
	}
	return oneLine(src[from:to])
}

// endsParagraph tells whether a blank line, or the next item or heading, begins at i.
func endsParagraph(src []byte, i int) bool {
	return src[i-1] == '\n' && i < len(src) && bytes.IndexByte([]byte("\n\r-*+#>|"), src[i]) >= 0
}

// endsSentence tells whether a sentence ends just before i, in Latin or CJK punctuation.
func endsSentence(src []byte, i int) bool {
	if i < len(src) && src[i] <= ' ' && i >= 1 && bytes.IndexByte([]byte(".!?"), src[i-1]) >= 0 {
		return true
	}
	return i >= 3 && src[i-3] >= 0xE0 && slices.Contains([]string{"。", "！", "？"}, string(src[i-3:i]))
}

// oneLine joins the words with single spaces and drops what a cut left of a character.
func oneLine(text []byte) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(notes.Readable(text), "")), " ")
}
