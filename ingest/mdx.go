package ingest

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"amalfa/notes"
)

func isMDX(id string) bool { return strings.EqualFold(path.Ext(id), ".mdx") }

// masked stands for each byte of MDX that is program, not text, so that positions and lines stay those of the file. The Markdown
// parser is shown a space instead.
const masked = '\f'

// Bounds on what one piece of program in a page may be long.
const (
	maxExpression = 64 << 10
	maxTagBytes   = 8 << 10
)

var (
	module  = regexp.MustCompile(`^(?:import\s*(?:["'{*]|[\w$]+\s*,|[\w$]+\s+from\b|type\b)|export\s*(?:[{*]|default\b|const\b|let\b|var\b|function\b|async\b|class\b|type\b|interface\b|enum\b))`)
	opening = regexp.MustCompile(`^</?(?:[A-Za-z][\w.-]*(?::[A-Za-z][\w.-]*)?)?(?:[\s/>{]|$)`)
)

// maskCode returns MDX with imports, exports, tags and {expressions} masked, from start on. Code stays: it is text there.
func maskCode(src []byte, start int) []byte {
	p := page{text: bytes.ReplaceAll(src, []byte{masked}, []byte{' '})}
	text, blank := start, true // where text began that has not been scanned; whether the line before was blank
	open := 0                  // up to where a module's brackets are known not to close
	for pos := start; pos < len(p.text); {
		line := p.line(pos)
		switch {
		case fenceOf(line) != "":
			p.scan(text, pos)
			pos = p.fenceEnd(pos)
			text, line = pos, nil
		case blank && module.Match(line):
			p.scan(text, pos)
			var end int
			end, open = p.moduleEnd(pos, open)
			p.mask(pos, end)
			pos, text = end, end
		default:
			pos += len(line)
		}
		blank = len(bytes.TrimSpace(line)) == 0
		if text < pos && blank { // a blank line ends all code within lines
			p.scan(text, pos)
			text = pos
		}
	}
	p.scan(text, len(p.text))
	return p.text
}

// A page is MDX that is being masked piece by piece.
type page struct{ text []byte }

func (p page) line(pos int) []byte {
	if n := bytes.IndexByte(p.text[pos:], '\n'); n >= 0 {
		return p.text[pos : pos+n+1]
	}
	return p.text[pos:]
}

func (p page) mask(from, to int) {
	for i := from; i < to; i++ {
		if c := p.text[i]; c != '\n' && c != '\r' {
			p.text[i] = masked
		}
	}
}

// fenceOf is the run of ` or ~ that opens or closes a block of code on this line, or "".
func fenceOf(line []byte) string {
	line = bytes.TrimLeft(line, " \t>")
	for _, c := range []string{"`", "~"} {
		run := line[:len(line)-len(bytes.TrimLeft(line, c))]
		if len(run) >= 3 && (c == "~" || bytes.IndexByte(line[len(run):], '`') < 0) {
			return string(run)
		}
	}
	return ""
}

func (p page) fenceEnd(pos int) int {
	fence := fenceOf(p.line(pos))
	for pos += len(p.line(pos)); pos < len(p.text); {
		line := p.line(pos)
		pos += len(line)
		if strings.HasPrefix(fenceOf(line), fence) && len(bytes.Trim(line, " \t\r\n>"+fence[:1])) == 0 {
			return pos
		}
	}
	return pos
}

// moduleEnd is behind imports and exports: at the first blank line outside of brackets, or just the first where nothing
// closes them within bounds, up to failed.
func (p page) moduleEnd(pos, open int) (end, failed int) {
	firstBlank, depth := -1, 0
	for end = pos; end < len(p.text) && end-pos < maxExpression; {
		line := p.line(end)
		if len(bytes.TrimSpace(line)) == 0 {
			if depth <= 0 || end < open {
				return end, open
			}
			if firstBlank < 0 {
				firstBlank = end
			}
		}
		for _, c := range line {
			switch c {
			case '{', '(', '[':
				depth++
			case '}', ')', ']':
				depth--
			}
		}
		end += len(line)
	}
	if depth > 0 && firstBlank >= 0 {
		return firstBlank, end
	}
	return end, open
}

// scan masks tags and expressions in lines of text. What nothing closes within bounds is text, and so is what begins inside it.
func (p page) scan(from, to int) {
	code := inline{text: p.text[from:to]}
	failed := 0
	for i := from; i < to; {
		end := 0
		switch c := p.text[i]; {
		case c == '\\':
			i += 2
			continue
		case c == '`':
			i = from + code.codeSpan(i-from)
			continue
		case i < failed:
		case c == '{':
			end, failed = p.expression(i)
		case c == '<' && opening.Match(p.text[i:min(to, i+200)]):
			end, failed = p.tag(i)
		}
		if end > i {
			p.mask(i, end)
			i = end
			continue
		}
		i++
	}
}

// expression is behind the brace that closes the one at i, or says up to where nothing closes it.
func (p page) expression(i int) (end, failed int) {
	limit := min(len(p.text), i+maxExpression)
	depth := 0
	for ; i < limit; i++ {
		switch c := p.text[i]; c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1, 0
			}
		case '"', '\'', '`':
			i = p.stringEnd(i, limit)
		}
	}
	return 0, limit
}

// stringEnd is at the quote that closes the one at i. A quote that nothing closes on its line is an apostrophe.
func (p page) stringEnd(i, limit int) int {
	quote := p.text[i]
	for j := i + 1; j < limit; j++ {
		switch c := p.text[j]; {
		case c == '\\':
			j++
		case c == quote:
			return j
		case c == '\n' && quote != '`':
			return i
		}
	}
	return i
}

// tag is behind the ">" of the tag at i.
func (p page) tag(i int) (end, failed int) {
	limit := min(len(p.text), i+maxTagBytes)
	for i++; i < limit; i++ {
		switch p.text[i] {
		case '>':
			return i + 1, 0
		case '<':
			return 0, 0
		case '"', '\'':
			i = p.stringEnd(i, limit)
		case '{':
			end, failed := p.expression(i)
			if end == 0 {
				return 0, failed
			}
			i = end - 1
		}
	}
	return 0, limit
}

// unmasked is what is left of a part of a page. Lines of which nothing is left are gone.
func unmasked(text []byte) string {
	if bytes.IndexByte(text, masked) < 0 {
		return notes.Readable(text)
	}
	var b strings.Builder
	for line := range bytes.Lines(text) {
		if bytes.IndexByte(line, masked) >= 0 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		b.Write(bytes.ReplaceAll(line, []byte{masked}, nil))
	}
	return notes.Readable([]byte(b.String()))
}
