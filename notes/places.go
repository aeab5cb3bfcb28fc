package notes

import (
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// places turns lines and columns of a block into bytes of the note. Columns count runes.
type places struct {
	note         []byte
	lines        []int // where each begins
	line, column int   // asked for last, counted from 1
	at           int
}

func newPlaces(note []byte, from, to int) *places {
	p := &places{note: note[:to], lines: []int{from}}
	for i, r := range string(note[from:to]) {
		switch r {
		case '\n', '\u0085', '\u2028', '\u2029': // all four end a line to the parser
			p.lines = append(p.lines, from+i+utf8.RuneLen(r))
		}
	}
	return p
}

// of is where a node stands. Nodes asked for in the order of the text cost linear time.
func (p *places) of(n *yaml.Node) int {
	line := max(1, min(n.Line, len(p.lines)))
	if line != p.line || n.Column < p.column {
		p.line, p.column, p.at = line, 1, p.lines[line-1]
	}
	for ; p.column < n.Column && p.at < len(p.note); p.column++ {
		_, size := utf8.DecodeRune(p.note[p.at:])
		p.at += size
	}
	return p.at
}
