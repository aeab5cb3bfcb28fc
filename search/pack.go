package search

import (
	"context"
	"slices"
	"strings"

	"amalfa/store"
)

// A Pack is the best evidence within a number of tokens.
type Pack struct {
	Pieces  []Piece // best first
	Tokens  int     // of all pieces, never more than the budget
	LeftOut int     // passages that did not fit
	Folded  int     // passages that say what a piece says
}

// A Piece is a run of passages of one note: a passage, or several that follow one another.
type Piece struct {
	ID      string
	Lines   [2]int   // first and last, 1-based, inclusive
	Heading []string // what the headings of all its passages begin with
	Text    string
	Tokens  int
}

// PackOptions say what fits.
type PackOptions struct {
	Budget int             // tokens
	Count  func(Piece) int // tokens of a piece as it will be shown
}

// NewPack takes hits, best first, as long as they fit. Passages that follow one another in a note become one piece, in the place
// of the better one; what nearly equals a passage taken before is left out. Of a first one that alone is too long the first lines
// are taken. A hit whose passage the store no longer holds is left out.
func NewPack(ctx context.Context, st store.Store, hits []Hit, o PackOptions) (Pack, error) {
	p := packing{PackOptions: o, known: newDuplicates(&store.Vectors{}), notes: map[string][]store.Chunk{}}
	for _, h := range hits {
		c, ok, err := p.chunkOf(ctx, st, h)
		if err != nil {
			return Pack{}, err
		}
		switch {
		case !ok:
			p.out.LeftOut++
		case slices.ContainsFunc(p.taken, func(other store.Chunk) bool { return p.known.same(other, c) }):
			p.out.Folded++
		case p.add(c), len(p.taken) == 0 && p.addStart(c):
			p.taken = append(p.taken, c)
		default:
			p.out.LeftOut++
		}
	}
	for _, s := range p.runs {
		p.out.Pieces = append(p.out.Pieces, s.piece)
	}
	return p.out, nil
}

// packing is a pack in the making.
type packing struct {
	PackOptions
	out   Pack
	runs  []passageRun
	taken []store.Chunk
	known duplicates
	notes map[string][]store.Chunk
}

// chunkOf finds a hit's chunk among those of its note.
func (p *packing) chunkOf(ctx context.Context, st store.Store, h Hit) (store.Chunk, bool, error) {
	chunks, read := p.notes[h.ID]
	if !read {
		var err error
		if chunks, err = st.Chunks(ctx, h.ID); err != nil {
			return store.Chunk{}, false, err
		}
		p.notes[h.ID] = chunks
	}
	at := slices.IndexFunc(chunks, func(c store.Chunk) bool {
		return c.FirstLine == h.Lines[0] && c.LastLine == h.Lines[1] && c.Text == h.Text
	})
	if at < 0 {
		return store.Chunk{}, false, nil
	}
	return chunks[at], true, nil
}

// add adds a chunk, to the pieces it stands beside or as a piece of its own, if that fits.
func (p *packing) add(c store.Chunk) bool {
	merged, at := passageRun{chunks: []store.Chunk{c}}, len(p.runs)
	var rest []passageRun
	for i, s := range p.runs {
		if !s.beside(c) {
			rest = append(rest, s)
			continue
		}
		merged.chunks = append(merged.chunks, s.chunks...)
		at = min(at, i)
	}
	slices.SortFunc(merged.chunks, func(a, b store.Chunk) int { return a.Seq - b.Seq })
	merged.piece = joined(merged.chunks)
	merged.piece.Tokens = p.Count(merged.piece)
	return p.replace(slices.Insert(rest, min(at, len(rest)), merged))
}

// replace makes the runs those given, if they fit.
func (p *packing) replace(runs []passageRun) bool {
	tokens := 0
	for _, s := range runs {
		tokens += s.piece.Tokens
	}
	if tokens > p.Budget {
		return false
	}
	p.runs, p.out.Tokens = runs, tokens
	return true
}

// addStart adds as many of a chunk's first lines as fit, if they say more than its headings.
func (p *packing) addStart(c store.Chunk) bool {
	lines := strings.Split(c.Text, "\n")
	said := slices.IndexFunc(lines, func(line string) bool {
		line = strings.Trim(line, "# \t\r")
		return line != "" && !slices.Contains(c.Heading, line)
	})
	for n := min(len(lines), c.LastLine-c.FirstLine+1) - 1; said >= 0 && n > said; n-- {
		if strings.TrimSpace(lines[n-1]) == "" {
			continue
		}
		part := c
		part.LastLine, part.Text = c.FirstLine+n-1, strings.Join(lines[:n], "\n")
		s := passageRun{chunks: []store.Chunk{c}, piece: joined([]store.Chunk{part}), cut: true}
		if s.piece.Tokens = p.Count(s.piece); p.replace([]passageRun{s}) {
			return true
		}
	}
	return false
}

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
