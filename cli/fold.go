package cli

import (
	"strings"

	"amalfa/search"

	"github.com/rivo/uniseg"
)

// folded are the lines of a text that fit into a number of columns (0: any number), broken where Unicode allows it (UAX 14): a script
// without blanks breaks between its letters, and a letter of it takes two columns. A word that is wider stands alone.
func folded(text string, columns int) (lines []search.Span) {
	line, width := search.Span{}, 0
	for at, state := 0, -1; at < len(text); {
		segment, _, _, next := uniseg.FirstLineSegmentInString(text[at:], state)
		state = next
		if shown := uniseg.StringWidth(strings.TrimRight(segment, " ")); columns > 0 && width > 0 && width+shown > columns {
			lines = append(lines, line)
			line, width = search.Span{From: at, To: at}, 0
		}
		at += len(segment)
		line.To, width = at, width+uniseg.StringWidth(segment)
	}
	return append(lines, line)
}

// within are the parts of some marks that lie in a part of the text, from its start.
func within(part search.Span, marks []search.Span) (out []search.Span) {
	for _, m := range marks {
		if from, to := max(m.From, part.From), min(m.To, part.To); from < to {
			out = append(out, search.Span{From: from - part.From, To: to - part.From})
		}
	}
	return out
}
