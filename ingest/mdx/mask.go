// Package mdx tells text from program in MDX, Markdown with JSX: imports, exports, tags and {expressions} are masked, byte for
// byte, so that positions and lines stay those of the file. What is text is what MDX's own parser calls text; where that one
// gives up on a page, whatever cannot be read as program is text, so that nothing people wrote is lost.
//
// MDX is written for a parser of JavaScript. script recognises as much of the language as it takes to say where a piece ends and
// whether it is one: TestMDXReference of `ingest` holds that against the original on generated pages (30,000 of them: no word differs).
//
// Everything takes linear time: an attempt that fails is not repeated within what it has read.
package mdx

import (
	"bytes"
	"regexp"
)

// Masked stands for each byte that is program. The Markdown parser is shown a space instead.
const Masked = '\f'

// Mask returns src with its program masked, from start on. Code blocks and code spans stay: they are text there.
func Mask(src []byte, start int) []byte {
	p := &page{text: bytes.ReplaceAll(src, []byte{Masked}, []byte{' '})}
	paragraph := false // whether the line before is text that this one may go on
	for pos := start; pos < len(p.text); {
		line := p.line(pos)
		quoted := quotes(line)
		next := p.flow(pos, paragraph, quoted)
		switch {
		case blank(line):
			next, paragraph = pos+len(line), false
		case next == pos || p.text[next-1] != '\n': // the rest of the line is text
			end := p.rangeEnd(next)
			p.scan(next, end, quoted)
			next, paragraph = end, !heading.Match(line) && len(bytes.TrimSpace(p.text[pos:end])) > 0
		default:
			paragraph = false
		}
		pos = next
	}
	return p.text
}

// Unmask is what is left of a part of a masked page, without the lines of which nothing is left.
func Unmask(text []byte) []byte {
	if bytes.IndexByte(text, Masked) < 0 {
		return text
	}
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		if bytes.IndexByte(line, Masked) >= 0 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		b.Write(bytes.ReplaceAll(line, []byte{Masked}, nil))
	}
	return b.Bytes()
}

// A page is MDX that is being masked piece by piece.
type page struct {
	text   []byte
	failed int // up to where an attempt at program over several lines has read in vain
}

func (p *page) line(pos int) []byte {
	if n := bytes.IndexByte(p.text[pos:], '\n'); n >= 0 {
		return p.text[pos : pos+n+1]
	}
	return p.text[pos:]
}

// mask keeps the ends of lines, and the marks of the quotation that the program stands in.
func (p *page) mask(from, to, quoted int) {
	for i := from; i < to; i++ {
		switch c := p.text[i]; c {
		case '\n':
			i = quotePrefix(p.text[:to], i+1, quoted) - 1
		case '\r':
		default:
			p.text[i] = Masked
		}
	}
}

// scan masks tags and expressions in lines of text.
func (p *page) scan(from, to, quoted int) {
	code := spans{text: p.text[from:to]}
	failed := from
	for i := from; i < to; {
		switch c := p.text[i]; {
		case c == '\\':
			i += 2
		case c == '`':
			i = from + code.end(i-from)
		case (c == 'h' || c == 'w') && autolink.Match(p.text[i:to]) && !wordBefore(p.text[from:i]):
			i += len(autolink.Find(p.text[i:to]))
		case (c == '{' || c == '<') && i >= failed:
			s := script{text: p.text, pos: i, end: to, quoted: quoted}
			if s.piece() {
				p.mask(i, s.pos, quoted)
				i = s.pos
				continue
			}
			failed = s.pos
			i++
		default:
			i++
		}
	}
}

// piece reads one tag or {expression}.
func (s *script) piece() bool {
	if s.looking("{") {
		return s.braces(false)
	}
	return s.tag() != noTag
}

// autolink is an address within text, braces and all (GFM, "Autolinks (extension)").
var autolink = regexp.MustCompile(`^(?:https?://|www\.)[^\s<]+`)

func wordBefore(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	c := text[len(text)-1]
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// spans finds code spans in one block of text.
type spans struct {
	text []byte
	last map[int]int // length of a run of backticks → start of the last such run
}

// end is behind the `code` that begins at i; a run that nothing closes is plain text.
func (s *spans) end(i int) int {
	if s.last == nil {
		s.last = make(map[int]int)
		for at := 0; at < len(s.text); at++ {
			if n := run(s.text, at); n > 0 {
				s.last[n] = at
				at += n
			}
		}
	}
	n := run(s.text, i)
	for j := i + n; s.last[n] > i && j < len(s.text); j++ {
		if length := run(s.text, j); length == n {
			return j + n
		} else if length > 0 {
			j += length - 1
		}
	}
	return i + n
}

// run is the length of the run of backticks that begins at i.
func run(text []byte, i int) int {
	n := i
	for n < len(text) && text[n] == '`' {
		n++
	}
	return n - i
}
