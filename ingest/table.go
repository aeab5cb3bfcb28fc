package ingest

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// delimiterRow is the second line of a table: | --- | :--: |. A line of "-" alone is a rule or the end of a heading.
var delimiterRow = regexp.MustCompile(`^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$`)

// tableTransformer takes a table of GitHub's kind from the end of a paragraph: a line of names, a delimiter row with as many cells,
// and all lines after them.
type tableTransformer struct{}

// Transform implements parser.ParagraphTransformer.
func (tableTransformer) Transform(p *ast.Paragraph, reader text.Reader, _ parser.Context) {
	lines, source := p.Lines(), reader.Source()
	for i := 1; i < lines.Len(); i++ {
		rule, names := lines.At(i), lines.At(i-1)
		if line := rule.Value(source); !bytes.ContainsAny(line, "|:") || !delimiterRow.Match(line) {
			continue
		}
		if len(cells(source, names)) != len(cells(source, rule)) {
			return
		}
		p.Parent().InsertAfter(p.Parent(), p, newRows(kindTable, lines.Sliced(i-1, lines.Len())...))
		lines.SetSliced(0, i-1)
		if lines.Len() == 0 {
			p.Parent().RemoveChild(p.Parent(), p)
		}
		return
	}
}

// cells are where the cells of a row stand, without the white space around their text. "\|" is no end of one.
func cells(source []byte, row text.Segment) []text.Segment {
	var out []text.Segment
	start, end := trimSpace(source, row.Start, row.Stop)
	if start < end && source[start] == '|' {
		start++
	}
	for i := start; i < end; i++ {
		switch source[i] {
		case '\\':
			i++
		case '|':
			out = append(out, text.NewSegment(trimSpace(source, start, i)))
			start = i + 1
		}
	}
	if start < end {
		out = append(out, text.NewSegment(trimSpace(source, start, end)))
	}
	return out
}

func trimSpace(source []byte, start, end int) (int, int) {
	inner := bytes.TrimLeft(source[start:end], " \t\r\n\f\v")
	start = end - len(inner)
	return start, start + len(bytes.TrimRight(inner, " \t\r\n\f\v"))
}

// pipes cuts a cell behind the backslashes of "\|", which are none of its text.
func pipes(source []byte, cell text.Segment) []text.Segment {
	var parts []text.Segment
	for {
		n := bytes.Index(source[cell.Start:cell.Stop], []byte(`\|`))
		if n < 0 {
			return append(parts, cell)
		}
		parts = append(parts, text.NewSegment(cell.Start, cell.Start+n))
		cell.Start += n + 1
	}
}
