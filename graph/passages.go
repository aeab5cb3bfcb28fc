package graph

import (
	"context"
	"errors"
	"fmt"

	"amalfa/store"

	"gonum.org/v1/gonum/blas/gonum"
)

// ErrNoVectors reports an index without vectors, in which nothing can be compared by meaning.
var ErrNoVectors = errors.New("the index holds no vectors")

// A space holds the vectors of all passages, those of one note in consecutive rows.
type space struct {
	dim   int
	notes []string // with at least one vector, in the order of their first passage
	first []int    // note → its first row; one more entry at the end
	ids   []int64  // row → chunk
	rows  []float32
}

// idBatch bounds how many chunks are in memory with their text while the space is laid out.
const idBatch = 1000

// readSpace returns ErrNoVectors when nothing was embedded yet.
func readSpace(ctx context.Context, st store.Store) (*space, error) {
	model, err := st.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNoVectors
	}
	if err != nil {
		return nil, err
	}
	vectors, err := st.VectorsOf(ctx, model.Digest, nil)
	if err != nil {
		return nil, err
	}
	if len(vectors.IDs) == 0 {
		return nil, ErrNoVectors
	}
	noteOf, err := notesOf(ctx, st, vectors.IDs)
	if err != nil {
		return nil, err
	}
	return layOut(vectors, noteOf), nil
}

// notesOf returns the note of each chunk, "" for one that has just gone.
func notesOf(ctx context.Context, st store.Store, ids []int64) ([]string, error) {
	names, out := map[string]string{}, make([]string, len(ids))
	for at := 0; at < len(ids); at += idBatch {
		batch := ids[at:min(at+idBatch, len(ids))]
		chunks, err := st.ChunksByID(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i, id := range batch {
			note := chunks[id].Note
			if _, known := names[note]; !known {
				names[note] = note // one string a note, not one a chunk
			}
			out[at+i] = names[note]
		}
	}
	return out, nil
}

// layOut sorts rows by note.
func layOut(v *store.Vectors, noteOf []string) *space {
	s := &space{dim: v.Model.Dim}
	rowsOf := map[string][]int{}
	for row, note := range noteOf {
		if note == "" {
			continue
		}
		if rowsOf[note] == nil {
			s.notes = append(s.notes, note)
		}
		rowsOf[note] = append(rowsOf[note], row)
	}
	s.rows = make([]float32, 0, len(v.Data))
	for _, note := range s.notes {
		s.first = append(s.first, len(s.ids))
		for _, row := range rowsOf[note] {
			s.ids = append(s.ids, v.IDs[row])
			s.rows = append(s.rows, v.Data[row*s.dim:(row+1)*s.dim]...)
		}
	}
	s.first = append(s.first, len(s.ids))
	return s
}

// passages are the vectors of one note.
func (s *space) passages(note int) matrix {
	from, to := s.first[note], s.first[note+1]
	return matrix{rows: to - from, dim: s.dim, data: s.rows[from*s.dim : to*s.dim]}
}

// A matrix has a vector in each row.
type matrix struct {
	rows, dim int
	data      []float32
}

func (m matrix) slice(from, to int) matrix {
	return matrix{rows: to - from, dim: m.dim, data: m.data[from*m.dim : to*m.dim]}
}

func (m matrix) row(i int) []float32 { return m.data[i*m.dim : (i+1)*m.dim] }

// dot is the cosine of two rows.
func dot(a, b []float32) float32 { return gonum.Implementation{}.Sdot(len(a), a, 1, b, 1) }

// tile is how many rows of b are read again and again while they are in a core's first cache. Whole rows at once are faster than gonum's
// Sgemm, which cuts them into pieces of 64 (BenchmarkGapsOfLinked).
const tile = 16

// cosines returns the products of each row of a with each row of b, a.rows × b.rows, in into when that has room. Rows have
// unit length, so these are cosines.
func cosines(a, b matrix, into []float32) []float32 {
	if n := a.rows * b.rows; cap(into) < n {
		into = make([]float32, n)
	} else {
		into = into[:n]
	}
	for from := 0; from < b.rows; from += tile {
		to := min(from+tile, b.rows)
		for i := range a.rows {
			row := a.row(i)
			for j := from; j < to; j++ {
				into[i*b.rows+j] = dot(row, b.row(j))
			}
		}
	}
	return into
}

// best returns the nearest pair of rows and its cosine; of equals, the first.
func best(a, b matrix) (i, j int, cosine float32) {
	cosine = -2
	for at, c := range cosines(a, b, nil) {
		if c > cosine {
			i, j, cosine = at/b.rows, at%b.rows, c
		}
	}
	return i, j, cosine
}

// A Passage is the evidence for a likeness.
type Passage struct {
	Heading []string
	Lines   [2]int // first and last, from 1
	Text    string
}

// passage reads the chunk of a row.
func (s *space) passage(ctx context.Context, st store.Store, row int) (Passage, error) {
	chunks, err := st.ChunksByID(ctx, []int64{s.ids[row]})
	if err != nil {
		return Passage{}, err
	}
	c, ok := chunks[s.ids[row]]
	if !ok {
		return Passage{}, fmt.Errorf("passage of a note that has just changed: %w", store.ErrNotFound)
	}
	return passageOf(c), nil
}

func passageOf(c store.Chunk) Passage {
	return Passage{Heading: c.Heading, Lines: [2]int{c.FirstLine, c.LastLine}, Text: c.Text}
}
