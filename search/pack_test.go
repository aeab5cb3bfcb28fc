package search

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

// wordsOf counts a piece as its words and one more for what is printed above it.
func wordsOf(p Piece) int { return len(strings.Fields(p.Text)) + 1 }

// hitOf is the hit of a chunk of a put, which says where it stands.
func hitOf(p store.Put, seq int) Hit {
	c := p.Chunks[seq]
	return Hit{ID: p.Note.ID, Lines: [2]int{c.FirstLine, c.LastLine}, Text: c.Text}
}

// passages makes a put of chunks with a blank line between them, all of the same section.
func passages(id string, texts ...string) store.Put {
	p := note(id, id, texts...)
	line, pos := 1, 0
	for i := range p.Chunks {
		c := &p.Chunks[i]
		c.Heading = []string{"Top", fmt.Sprintf("Part %d", i)}
		c.FirstLine, c.LastLine = line, line+strings.Count(c.Text, "\n")
		c.Start, c.End = pos, pos+len(c.Text)
		line, pos = c.LastLine+2, c.End+2
	}
	return p
}

func TestPack(t *testing.T) {
	long := func(from, n int) string {
		var words []string
		for i := range n {
			words = append(words, fmt.Sprintf("w%d", from+i))
		}
		return strings.Join(words, " ")
	}
	a := passages("a.md", "one two", "three four", "five six", "seven eight", long(0, 40)+"\n"+long(40, 40))
	b := passages("b.md", "other words here", "three four")
	copied := passages("copy.md", long(0, 40)+"\n"+long(40, 39)+" changed")
	split := note("split.md", "split.md", "one line that", "is cut")
	split.Chunks[0].LastLine, split.Chunks[1].FirstLine, split.Chunks[1].LastLine = 1, 1, 1
	split.Chunks[0].End, split.Chunks[1].Start, split.Chunks[1].End = 13, 14, 20
	s := vault(t, a, b, copied, split)
	piece := func(id string, first, last int, text string, heading ...string) Piece {
		return Piece{ID: id, Lines: [2]int{first, last}, Heading: heading, Text: text, Tokens: len(strings.Fields(text)) + 1}
	}
	part := func(n int) string { return fmt.Sprintf("Part %d", n) }
	for name, tt := range map[string]struct {
		hits   []Hit
		budget int
		want   Pack
	}{
		"in order of rank": {
			[]Hit{hitOf(b, 0), hitOf(a, 0)}, 100,
			Pack{Pieces: []Piece{piece("b.md", 1, 1, "other words here", "Top", part(0)), piece("a.md", 1, 1, "one two", "Top", part(0))}, Tokens: 7},
		},
		"neighbours become one, in the place of the better": {
			[]Hit{hitOf(a, 2), hitOf(b, 0), hitOf(a, 0), hitOf(a, 1)}, 100,
			Pack{Pieces: []Piece{piece("a.md", 1, 5, "one two\n\nthree four\n\nfive six", "Top"), piece("b.md", 1, 1, "other words here", "Top", part(0))}, Tokens: 11},
		},
		"parts of one line": {
			[]Hit{hitOf(split, 1), hitOf(split, 0)}, 100,
			Pack{Pieces: []Piece{piece("split.md", 1, 1, "one line that is cut")}, Tokens: 6},
		},
		"the same, and nearly the same": {
			[]Hit{hitOf(a, 1), hitOf(b, 1), hitOf(copied, 0), hitOf(a, 4)}, 200,
			Pack{Pieces: []Piece{piece("a.md", 3, 3, "three four", "Top", part(1)), piece("copy.md", 1, 2, copied.Chunks[0].Text, "Top", part(0))}, Tokens: 84, Folded: 2},
		},
		"a long one is left out, a short one behind it is not": {
			[]Hit{hitOf(a, 0), hitOf(a, 4), hitOf(b, 0)}, 10,
			Pack{Pieces: []Piece{piece("a.md", 1, 1, "one two", "Top", part(0)), piece("b.md", 1, 1, "other words here", "Top", part(0))}, Tokens: 7, LeftOut: 1},
		},
		"joining saves a head": {
			[]Hit{hitOf(a, 0), hitOf(a, 1)}, 5,
			Pack{Pieces: []Piece{piece("a.md", 1, 3, "one two\n\nthree four", "Top")}, Tokens: 5},
		},
		"of the best the lines that fit": {
			[]Hit{hitOf(a, 4), hitOf(b, 0)}, 60,
			Pack{Pieces: []Piece{piece("a.md", 9, 9, long(0, 40), "Top", part(4)), piece("b.md", 1, 1, "other words here", "Top", part(0))}, Tokens: 45},
		},
		"no room at all": {[]Hit{hitOf(a, 0), hitOf(a, 4)}, 1, Pack{LeftOut: 2}},
		"gone since":     {[]Hit{{ID: "a.md", Lines: [2]int{1, 1}, Text: "older"}}, 100, Pack{LeftOut: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := NewPack(t.Context(), s, tt.hits, PackOptions{Budget: tt.budget, Count: wordsOf})
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Error(err, d)
			}
		})
	}
}

// Whatever is found, in whatever order: the budget holds, no line stands twice, and every hit is accounted for.
func TestPackKeepsItsBudget(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var puts []store.Put
	var hits []Hit
	for i := range 6 {
		var texts []string
		for range 8 {
			var words []string
			for range 1 + r.IntN(20) {
				words = append(words, fmt.Sprintf("w%d", r.IntN(12)))
			}
			texts = append(texts, strings.Join(words, " "))
		}
		puts = append(puts, passages(fmt.Sprintf("n%d.md", i), texts...))
		for seq := range texts {
			hits = append(hits, hitOf(puts[i], seq))
		}
	}
	s := vault(t, puts...)
	for round := range 200 {
		r.Shuffle(len(hits), func(i, j int) { hits[i], hits[j] = hits[j], hits[i] })
		some, budget := hits[:r.IntN(len(hits)+1)], r.IntN(300)
		p, err := NewPack(t.Context(), s, some, PackOptions{Budget: budget, Count: wordsOf})
		if err != nil {
			t.Fatal(err)
		}
		sum, taken, lines := 0, 0, map[string]bool{}
		for _, piece := range p.Pieces {
			sum += wordsOf(piece)
			taken += (piece.Lines[1]-piece.Lines[0])/2 + 1
			for n := piece.Lines[0]; n <= piece.Lines[1]; n++ {
				place := fmt.Sprint(piece.ID, n)
				if lines[place] {
					t.Errorf("round %d: %s stands twice", round, place)
				}
				lines[place] = true
			}
		}
		if sum != p.Tokens || p.Tokens > budget || taken+p.LeftOut+p.Folded != len(some) {
			t.Errorf("round %d: %d tokens, said %d, of %d; %d taken, %d left out, %d folded of %d", round, sum, p.Tokens, budget, taken, p.LeftOut, p.Folded, len(some))
		}
	}
}
