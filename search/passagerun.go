package search

import (
	"strings"

	"amalfa/store"
)

// A passageRun is the chunks of a piece, in the order of the note.
type passageRun struct {
	chunks []store.Chunk
	piece  Piece
	cut    bool // the piece ends before its chunk does
}

// beside tells whether a chunk follows the run without a gap, or the run follows it.
func (s passageRun) beside(c store.Chunk) bool {
	first, last := s.chunks[0], s.chunks[len(s.chunks)-1]
	return first.Note == c.Note && !s.cut && (c.Seq == last.Seq+1 || c.Seq == first.Seq-1)
}

// joined makes one piece of chunks that follow one another. Only blanks stood between them: as many lines stay.
func joined(chunks []store.Chunk) Piece {
	first, last := chunks[0], chunks[len(chunks)-1]
	p := Piece{ID: first.Note, Lines: [2]int{first.FirstLine, last.LastLine}, Heading: first.Heading}
	var text strings.Builder
	for i, c := range chunks {
		if i > 0 {
			before := chunks[i-1]
			if gap := c.FirstLine - before.LastLine; gap > 0 {
				text.WriteString(strings.Repeat("\n", gap))
			} else {
				text.WriteString(strings.Repeat(" ", max(0, c.Start-before.End)))
			}
			p.Heading = shared(p.Heading, c.Heading)
		}
		text.WriteString(c.Text)
	}
	p.Text = strings.TrimRight(text.String(), " \t\r\n")
	return p
}

// shared is what two lists begin with.
func shared(a, b []string) []string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n:n]
}
