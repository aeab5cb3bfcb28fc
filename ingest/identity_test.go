package ingest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// prosePiece is a sentence that no other is equal to.
func prosePiece(r *rand.Rand) string {
	words := make([]string, 6+r.IntN(14))
	for i := range words {
		words[i] = fmt.Sprintf("w%d", r.IntN(5000))
	}
	return strings.Join(words, " ") + "."
}

// An edit costs the passages around it, not all that follow it up to the next heading.
func TestEditKeepsDistantPassages(t *testing.T) {
	shapes := map[string]struct{ before, between string }{
		"paragraphs":    {"# T\n\n", "\n\n"},
		"one paragraph": {"# T\n\n", " "},
		"lines":         {"# T\n\n", "\n"},
		"list":          {"# T\n\n- ", "\n- "},
		"code":          {"# T\n\n```\n", "\n"},
		"words":         {"", "; "},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			pieces := make([]string, 600)
			for i := range pieces {
				pieces[i] = prosePiece(r)
				if name == "words" {
					pieces[i] = strings.TrimSuffix(pieces[i], ".")
				}
			}
			note := func() prepared {
				return prepareText(t, "n.md", shape.before+strings.Join(pieces, shape.between), wordCount, 512)
			}
			old := note()
			var worst, all int
			for range 60 {
				keep := pieces
				at := r.IntN(len(pieces))
				switch r.IntN(3) {
				case 0: // change
					pieces = append(append(append([]string{}, keep[:at]...), prosePiece(r)), keep[at+1:]...)
				case 1: // insert
					pieces = append(append(append([]string{}, keep[:at]...), prosePiece(r)), keep[at:]...)
				case 2: // remove
					pieces = append(append([]string{}, keep[:at]...), keep[at+1:]...)
				}
				made := 0
				for h := range note().embed {
					if _, same := old.embed[h]; !same {
						made++
					}
				}
				worst, all = max(worst, made), all+made
				pieces = keep
			}
			t.Logf("%d passages, an edit makes %.1f new ones, at most %d", len(old.embed), float64(all)/60, worst)
			if len(old.embed) < 20 || worst > 12 || all > 60*2 {
				t.Errorf("of %d passages an edit makes %.1f new ones, at most %d", len(old.embed), float64(all)/60, worst)
			}
		})
	}
}
