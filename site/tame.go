package site

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxMarks is how many bytes that may begin or end something within a line a block holds at most, before it is shown as plain text. goldmark looks
// back at each, in quadratic time: 2,000 take 20 ms, the 150,000 of a text made for it three minutes.
const maxMarks = 2_000

// blockParser reads blocks alone, in linear time.
func blockParser() parser.Parser {
	return parser.NewParser(parser.WithBlockParsers(append(parser.DefaultBlockParsers(),
		util.Prioritized(extension.NewFootnoteBlockParser(), 999))...))
}

// tame makes blocks plain text that would take long to read, and definitions of links, where there are too many.
func (r *Renderer) tame(src []byte) []byte {
	if marks(src) <= maxMarks {
		return src
	}
	var heavy []text.Segment
	_ = ast.Walk(r.blocks.Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Type() == ast.TypeBlock && !n.IsRaw() {
			heavy = append(heavy, heavyLines(n, src)...)
		}
		return ast.WalkContinue, nil
	})
	var out bytes.Buffer
	done := 0
	for _, s := range heavy {
		if s.Start < done {
			continue
		}
		out.Write(src[done:s.Start])
		out.WriteString(literal(string(src[s.Start:s.Stop])))
		done = s.Stop
	}
	out.Write(src[done:])
	return out.Bytes()
}

// heavyLines are the lines of a block that is to be shown as text; a table is read cell by cell.
func heavyLines(n ast.Node, src []byte) []text.Segment {
	if n.Kind() == ast.KindHTMLBlock || n.Kind() == east.KindTable {
		return nil
	}
	lines := n.Lines()
	total, most := 0, 0
	for _, s := range lines.Sliced(0, lines.Len()) {
		m := marks(src[s.Start:s.Stop])
		total, most = total+m, max(most, m)
	}
	if total <= maxMarks || most <= maxMarks && isTable(lines, src) {
		return nil
	}
	return lines.Sliced(0, lines.Len())
}

// isTable tells by its second line whether a paragraph is a table.
func isTable(lines *text.Segments, src []byte) bool {
	if lines.Len() < 2 {
		return false
	}
	s := lines.At(1)
	row := bytes.TrimSpace(src[s.Start:s.Stop])
	return bytes.IndexByte(row, '|') >= 0 && len(bytes.Trim(row, "|:- \t")) == 0
}

func marks(src []byte) (n int) {
	for _, c := range src {
		switch c {
		case '*', '_', '[', ']', '(', ')', '<', '>', '`', '~', '!', '&', '\\', '^', ':', '@':
			n++
		}
	}
	return n
}
