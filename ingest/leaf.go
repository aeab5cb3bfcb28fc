package ingest

import (
	"slices"

	"amalfa/ingest/inline"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// A leaf is the text of a block that holds no other block, and where the parts of it stand.
type leaf struct {
	text  []byte
	at    []int // where each part begins in the text
	parts []text.Segment
}

func newLeaf(body []byte, parts []text.Segment) leaf {
	l := leaf{parts: parts}
	if len(parts) == 1 {
		l.at, l.text = []int{0}, body[parts[0].Start:parts[0].Stop]
		return l
	}
	for _, p := range parts {
		l.at = append(l.at, len(l.text))
		l.text = append(l.text, body[p.Start:p.Stop]...)
	}
	return l
}

// source is where a byte of the text stands in the body.
func (l leaf) source(pos int) int {
	part, exact := slices.BinarySearch(l.at, pos)
	if !exact {
		part--
	}
	return l.parts[part].Start + pos - l.at[part]
}

// leaves are the leaves of a node: its lines, or of a table its cells.
func leaves(n ast.Node, body []byte) []leaf {
	lines := n.Lines().Sliced(0, n.Lines().Len())
	switch n := n.(type) {
	case *ast.HTMLBlock:
		if n.HasClosure() {
			lines = append(lines, n.ClosureLine)
		}
	case *rows:
		if n.kind == kindTable {
			return cellLeaves(body, lines)
		}
	}
	return []leaf{newLeaf(body, lines)}
}

func cellLeaves(body []byte, lines []text.Segment) []leaf {
	var out []leaf
	for i, line := range lines {
		if i == 1 {
			continue // the delimiter row
		}
		for _, cell := range cells(body, line) {
			out = append(out, newLeaf(body, pipes(body, cell)))
		}
	}
	return out
}

// tokensOf reads a leaf of the node n.
func tokensOf(n ast.Node, l leaf, defs inline.Definitions) []inline.Token {
	switch n.Kind() {
	case ast.KindHTMLBlock:
		return inline.HTML(l.text)
	case ast.KindHeading:
		return headingTokens(l.text, defs)
	case kindMath:
		return nil
	case kindDefinitions, kindRemark:
		return inline.Remark(l.text)
	}
	return inline.Parse(l.text, defs)
}
