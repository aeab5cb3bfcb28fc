package code

import (
	"bytes"
	"slices"
	"strings"
)

// A Comment is what a file says of one symbol, without the marks of comments.
type Comment struct {
	Symbol string // its name; "" of the module
	Text   string
	lines  []commentLine
}

// commentLine is where a line of a comment's text begins, there and in the file.
type commentLine struct{ text, file int }

// Position is where a byte of the text stands in the file.
func (c Comment) Position(at int) int {
	i, exact := slices.BinarySearchFunc(c.lines, at, func(l commentLine, at int) int { return l.text - at })
	if !exact {
		i--
	}
	if i < 0 {
		return 0
	}
	return c.lines[i].file + at - c.lines[i].text
}

// comment reads the comments that stand in symbols, from spans in order of their position.
func (f *File) comment(src []byte, spans []span) {
	f.documents = map[string]bool{}
	for _, sym := range f.Symbols {
		f.documents[sym.Name] = true
		for len(spans) > 0 && spans[0].start < sym.Start {
			spans = spans[1:]
		}
		c := Comment{Symbol: sym.Name}
		var b strings.Builder
		for len(spans) > 0 && spans[0].start < sym.End { // its last line end may lie behind the symbol
			c.add(&b, src, span{spans[0].start, min(spans[0].end, sym.End)})
			spans = spans[1:]
		}
		if c.Text = b.String(); c.Text != "" {
			f.Comments = append(f.Comments, c)
		}
	}
}

// add appends the lines of one comment or string.
func (c *Comment) add(b *strings.Builder, src []byte, p span) {
	indent := bareIndent(src[p.start:p.end])
	at := p.start
	for line := range bytes.Lines(src[p.start:p.end]) {
		from, to, marked := withoutMarks(line)
		if !marked {
			from = min(from, indent)
		}
		c.lines = append(c.lines, commentLine{b.Len(), at + from})
		b.Write(line[from:max(from, to)])
		b.WriteByte('\n')
		at += len(line)
	}
}

// bareIndent is the least indent of the lines that no mark begins, in bytes. What stands deeper is code to Markdown.
func bareIndent(comment []byte) int {
	least := len(comment)
	for line := range bytes.Lines(comment) {
		if from, to, marked := withoutMarks(line); !marked && from < to {
			least = min(least, from)
		}
	}
	return least
}

// openingMarks begin a line of documentation, the longer of two that begin alike first.
var openingMarks = []string{"////", "///", "//!", "//", "/**", "/*!", "/*", `r"""`, `"""`, "r'''", "'''", "*"}

// withoutMarks is the part of a line between the marks of comments, less one blank behind the first. marked tells that a mark
// begins the line.
func withoutMarks(line []byte) (from, to int, marked bool) {
	from = len(line) - len(bytes.TrimLeft(line, " \t"))
	to = len(bytes.TrimRight(line, " \t\r\n"))
	for _, end := range []string{"*/", `"""`, "'''"} {
		if head, ok := bytes.CutSuffix(line[:to], []byte(end)); ok && len(head) >= from {
			to = len(bytes.TrimRight(head, " \t*"))
			break
		}
	}
	for _, mark := range openingMarks {
		if bytes.HasPrefix(line[from:], []byte(mark)) {
			from, marked = from+len(mark), true
			break
		}
	}
	if marked && from < to && line[from] == ' ' {
		from++
	}
	return min(from, len(bytes.TrimRight(line, "\r\n"))), to, marked
}
