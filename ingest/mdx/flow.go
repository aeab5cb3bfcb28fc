package mdx

import (
	"bytes"
	"regexp"
	"strings"
)

// flow masks or skips what begins at a line and is no text: code between fences, imports and exports, tags and {expressions} that may
// go over several lines, whatever these begin with. It returns where that ends, or pos.
func (p *page) flow(pos int, paragraph bool, quoted int) int {
	line := p.line(pos)
	if f := fenceOf(line); f.run != "" {
		return p.fenceEnd(pos, f)
	}
	if pos < p.failed {
		return pos
	}
	s := script{text: p.text, pos: pos, end: len(p.text), quoted: quoted}
	begin, ok := pos, false
	if bytes.HasPrefix(line, []byte("import ")) || bytes.HasPrefix(line, []byte("export ")) {
		ok = !paragraph && s.statements()
	} else {
		begin += len(containers.Find(line))
		s.pos = begin
		ok = s.markup()
	}
	if !ok {
		p.failed = s.pos
		return pos
	}
	p.mask(begin, s.pos, quoted)
	return s.pos
}

// markup reads tags and {expressions} at the beginning of a line. Blank lines may stand in them where nothing follows on the last.
func (s *script) markup() bool {
	begin := s.pos
	end := begin
	for s.piece() {
		end = s.pos
		for s.pos < s.end && isBlank(s.text[s.pos]) {
			s.pos++
		}
	}
	if end == begin || blankLine.Match(s.text[begin:end]) && s.pos < s.end && s.text[s.pos] != '\n' {
		return false
	}
	s.pos = end
	return true
}

// blankLine finds one within a piece of text, in a quotation too.
var blankLine = regexp.MustCompile(`\n[ \t\r>]*\n`)

var (
	containers = regexp.MustCompile(`^(?:[ \t]|>|[-+*][ \t]|[0-9]{1,9}[.)][ \t])*`)
	heading    = regexp.MustCompile(`^[ \t>]*#{1,6}[ \t\r\n]`)
	// begins is a line at which a block of text begins whatever stands before: another item of a list, a heading, a rule.
	begins = regexp.MustCompile(`^[ \t>]*(?:#{1,6}[ \t\r\n]|[-+*][ \t]|[0-9]{1,9}[.)][ \t]|(?:[-=*_][ \t]*){3,}\r?\n)`)
)

// quotes is how many marks of quotations a line begins with.
func quotes(line []byte) int {
	return bytes.Count(containers.Find(line), []byte(">"))
}

// quotePrefix is behind the marks of quoted quotations at the beginning of a line.
func quotePrefix(text []byte, i, quoted int) int {
	for ; quoted > 0; quoted-- {
		rest := bytes.TrimLeft(text[min(i, len(text)):], " \t")
		if len(rest) == 0 || rest[0] != '>' {
			break
		}
		i = len(text) - len(rest) + 1
	}
	return i
}

// blank tells whether a line holds nothing but the marks of quotations.
func blank(line []byte) bool { return len(bytes.Trim(line, " \t\r\n>")) == 0 }

// rangeEnd is where the text that begins at a line ends: before a blank line or another block. Nothing within lines goes further.
func (p *page) rangeEnd(pos int) int {
	first := p.line(pos)
	pos += len(first)
	if heading.Match(first) {
		return pos
	}
	for pos < len(p.text) {
		line := p.line(pos)
		if blank(line) || begins.Match(line) || fenceOf(line).run != "" {
			return pos
		}
		pos += len(line)
	}
	return pos
}

// A fence opens a block of code.
type fence struct {
	run    string // of ` or ~
	quotes int    // marks of quotations before it
	indent int    // of the item of a list that it begins
}

// fenceOf is the fence that a line opens, or the zero value.
func fenceOf(line []byte) fence {
	prefix := containers.Find(line)
	rest := line[len(prefix):]
	for _, c := range []string{"`", "~"} {
		run := rest[:len(rest)-len(bytes.TrimLeft(rest, c))]
		if len(run) >= 3 && (c == "~" || bytes.IndexByte(rest[len(run):], '`') < 0) {
			f := fence{run: string(run), quotes: bytes.Count(prefix, []byte(">"))}
			if bytes.ContainsAny(prefix, "-+*.)") {
				f.indent = len(prefix)
			}
			return f
		}
	}
	return fence{}
}

// fenceEnd is behind the line that closes a block of code, or where the quotation or item that holds it ends.
func (p *page) fenceEnd(pos int, f fence) int {
	for pos += len(p.line(pos)); pos < len(p.text); {
		line := p.line(pos)
		text := bytes.TrimLeft(line, " \t>")
		blank := len(bytes.TrimSpace(text)) == 0
		if bytes.Count(line[:len(line)-len(text)], []byte(">")) < f.quotes || !blank && len(line)-len(text) < f.indent {
			return pos
		}
		pos += len(line)
		if strings.HasPrefix(string(text), f.run) && len(bytes.Trim(text, " \t\r\n"+f.run[:1])) == 0 {
			return pos
		}
	}
	return pos
}
