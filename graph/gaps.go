package graph

import (
	"cmp"
	"context"
	"math"
	"slices"

	"amalfa/store"
)

// Defaults of Gaps.
const (
	DefaultGaps      = 10
	DefaultThreshold = 0.8
)

// rounding is what sums of 32-bit products may lack: a cosine that is the threshold on paper counts.
const rounding = 1e-6

// GapOptions narrow Gaps.
type GapOptions struct {
	Limit     int     // most gaps; 0 is DefaultGaps
	Threshold float64 // least cosine of two notes, -1 to 1
	// Progress is told how many of all comparisons are done, now and then; nil is told nothing.
	Progress func(done, total int)
}

// A Gap is two notes that speak of the same thing and are not connected.
type Gap struct {
	A, B     string
	Cosine   float64 // of the two notes, each the mean of its passages
	Evidence [2]Passage
	Nearest  float64 // cosine of the two passages of Evidence, the nearest pair between the notes
}

// GapReport says over how much the gaps were sought.
type GapReport struct {
	Gaps     []Gap // highest cosine first, ties by A, then B
	Compared int   // notes with vectors: every pair of them was compared
	Without  int   // notes with a text that have none yet
}

// Gaps returns the pairs of notes whose cosine is at least Threshold and that have neither an edge nor a neighbour in common;
// tags are neighbours, unresolved targets and files that are no notes are not. Every pair is compared. It returns ErrNoVectors when the index holds none.
//
// A note is the mean of its passages' vectors, at unit length, not the best pair of passages: a paragraph that many notes
// repeat would make all of them gaps, and a note is the unit that lacks the link. It is also what keeps 10,000 notes within
// seconds: pairs of notes, not of passages. The nearest pair of passages is then the evidence.
func Gaps(ctx context.Context, st store.Store, o GapOptions) (GapReport, error) {
	sp, err := readSpace(ctx, st)
	if err != nil {
		return GapReport{}, err
	}
	stats, err := st.Stats(ctx)
	if err != nil {
		return GapReport{}, err
	}
	report := GapReport{Compared: len(sp.notes), Without: max(stats.Notes-stats.Empty-len(sp.notes), 0)}
	s := seeker{store: st, notes: sp.notes, limit: cmp.Or(max(o.Limit, 0), DefaultGaps), threshold: float32(o.Threshold - rounding), around: map[int]map[string]bool{}, progress: o.Progress}
	if err := s.compareAll(ctx, sp.means()); err != nil {
		return GapReport{}, err
	}
	for _, p := range s.found {
		g, err := sp.gap(ctx, st, p)
		if err != nil {
			return GapReport{}, err
		}
		report.Gaps = append(report.Gaps, g)
	}
	return report, nil
}

// means has one unit vector a note. A mean without length, of opposite passages, stays zero and is like nothing.
func (s *space) means() matrix {
	m := matrix{rows: len(s.notes), dim: s.dim, data: make([]float32, len(s.notes)*s.dim)}
	for note := range s.notes {
		mean := m.data[note*s.dim : (note+1)*s.dim]
		p := s.passages(note)
		for i, x := range p.data {
			mean[i%s.dim] += x
		}
		var sum float64
		for _, x := range mean {
			sum += float64(x) * float64(x)
		}
		if sum < 1e-12 {
			clear(mean)
			continue
		}
		for i := range mean {
			mean[i] *= float32(1 / math.Sqrt(sum))
		}
	}
	return m
}

// A pair of notes, a before b by id.
type pair struct {
	a, b   int
	cosine float32
}

// A seeker keeps the best unconnected pairs.
type seeker struct {
	store     store.Store
	notes     []string
	limit     int
	threshold float32
	around    map[int]map[string]bool // note → its neighbours, read when a pair first asks
	found     []pair                  // best first
	progress  func(done, total int)
}

// block is how many notes are compared with how many at once: two blocks and their product stay in a core's cache.
const block = 256

// compareAll compares every pair once: the products of blocks on and above the diagonal.
func (s *seeker) compareAll(ctx context.Context, m matrix) error {
	var product []float32
	for i := 0; i < m.rows; i += block {
		if s.progress != nil {
			left := m.rows - i
			s.progress((m.rows*m.rows-left*left)/2, m.rows*m.rows/2)
		}
		a := m.slice(i, min(i+block, m.rows))
		for j := i; j < m.rows; j += block {
			if err := ctx.Err(); err != nil {
				return err
			}
			b := m.slice(j, min(j+block, m.rows))
			product = cosines(a, b, product)
			if err := s.offerBlock(ctx, i, j, b.rows, product); err != nil {
				return err
			}
		}
	}
	return nil
}

// offerBlock offers the pairs of the product of two blocks that begin at notes i and j.
func (s *seeker) offerBlock(ctx context.Context, i, j, width int, product []float32) error {
	least := s.least()
	for at, c := range product {
		if c < least {
			continue
		}
		x, y := i+at/width, j+at%width
		if x >= y {
			continue // on or below the diagonal
		}
		if err := s.offer(ctx, x, y, c); err != nil {
			return err
		}
		least = s.least()
	}
	return nil
}

// least is the cosine below which a pair is of no interest.
func (s *seeker) least() float32 {
	if len(s.found) < s.limit {
		return s.threshold
	}
	return s.found[s.limit-1].cosine
}

// offer keeps a pair if it is good enough and not connected.
func (s *seeker) offer(ctx context.Context, x, y int, cosine float32) error {
	p := pair{x, y, min(cosine, 1)}
	if s.notes[x] > s.notes[y] {
		p.a, p.b = y, x
	}
	at, _ := slices.BinarySearchFunc(s.found, p, s.order)
	if at >= s.limit {
		return nil
	}
	connected, err := s.connected(ctx, p)
	if err != nil || connected {
		return err
	}
	s.found = slices.Insert(s.found, at, p)
	s.found = s.found[:min(len(s.found), s.limit)]
	return nil
}

func (s *seeker) order(p, q pair) int {
	return cmp.Or(cmp.Compare(q.cosine, p.cosine), cmp.Compare(s.notes[p.a], s.notes[q.a]), cmp.Compare(s.notes[p.b], s.notes[q.b]))
}

// connected reports an edge, or a neighbour of both.
func (s *seeker) connected(ctx context.Context, p pair) (bool, error) {
	a, err := s.neighbours(ctx, p.a)
	if err != nil {
		return false, err
	}
	if a[s.notes[p.b]] {
		return true, nil
	}
	b, err := s.neighbours(ctx, p.b)
	if err != nil {
		return false, err
	}
	if len(b) < len(a) {
		a, b = b, a
	}
	for node := range a {
		if b[node] {
			return true, nil
		}
	}
	return false, nil
}

func (s *seeker) neighbours(ctx context.Context, note int) (map[string]bool, error) {
	if near, known := s.around[note]; known {
		return near, nil
	}
	near, err := neighbours(ctx, s.store, s.notes[note])
	if err == nil {
		s.around[note] = near
	}
	return near, err
}

// neighbours are the nodes that an edge connects with a node.
func neighbours(ctx context.Context, st store.Store, node string) (map[string]bool, error) {
	edges, err := st.Edges(ctx, node, store.Both)
	if err != nil {
		return nil, err
	}
	near := map[string]bool{}
	for _, e := range edges {
		if e.Resolved && !e.File {
			near[Link{Edge: e, Forward: e.Source == node}.To()] = true
		}
	}
	delete(near, node)
	return near, nil
}

// gap adds the evidence to a pair.
func (s *space) gap(ctx context.Context, st store.Store, p pair) (Gap, error) {
	i, j, nearest := best(s.passages(p.a), s.passages(p.b))
	g := Gap{A: s.notes[p.a], B: s.notes[p.b], Cosine: float64(p.cosine), Nearest: float64(min(nearest, 1))}
	var err error
	if g.Evidence[0], err = s.passage(ctx, st, s.first[p.a]+i); err != nil {
		return Gap{}, err
	}
	g.Evidence[1], err = s.passage(ctx, st, s.first[p.b]+j)
	return g, err
}
