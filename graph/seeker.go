package graph

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"amalfa/store"
)

// A pair of notes, by their positions in the network, a before b.
type pair struct {
	a, b   int32
	cosine float32
	score  float64
}

// byScore is the order in which pairs are shown. It leaves no ties, so that an answer does not depend on who found a pair first.
func byScore(p, q pair) int {
	return cmp.Or(cmp.Compare(q.score, p.score), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
}

// A seeker looks for pairs without a link. Only nearest changes, while compareAll runs.
type seeker struct {
	*Network
	space     *space
	means     matrix
	nodes     []int32 // row of means → note; -1 for one that is gone
	rows      []int32 // note → row of means, -1 without vectors
	tags      [][]string
	holders   map[string][]int32 // tag → notes
	among     func(int32) bool
	nearest   nearestNotes
	neutral   float32 // the cosine of any two notes: what counts where one has no vectors
	kind      string
	superNode int
	limit     int
	threshold float64
	progress  func(done, total int)
}

// spare is how many more pairs than are asked for are kept, since hubs that were not followed put them in another order.
const spare = 500

func newSeeker(n *Network, sp *space, o GapOptions) *seeker {
	if sp == nil {
		sp = &space{first: []int{0}}
	}
	s := &seeker{Network: n, space: sp, means: sp.means(), rows: make([]int32, len(n.Notes)), tags: n.Tags(), holders: map[string][]int32{},
		kind: o.Kind, superNode: o.SuperNode, limit: cmp.Or(max(o.Limit, 0), DefaultGaps), threshold: o.Threshold - rounding, progress: o.Progress}
	s.among = func(node int32) bool {
		return o.Folder == "" || strings.HasPrefix(n.Notes[node].ID, o.Folder+"/")
	}
	for i := range s.rows {
		s.rows[i] = -1
		for _, tag := range s.tags[i] {
			s.holders[tag] = append(s.holders[tag], int32(i))
		}
	}
	for row, id := range sp.notes {
		node, ok := n.at(id)
		if ok {
			s.rows[node] = int32(row)
		} else {
			node = -1
		}
		s.nodes = append(s.nodes, node)
	}
	s.neutral = s.means.meanCosine()
	s.nearest = newNearestNotes(s.means.rows)
	return s
}

// seek returns the best pairs, and how many reach the threshold.
func (s *seeker) seek(ctx context.Context) (found []pair, total int, err error) {
	alike, common := finds{keep: s.limit + spare}, finds{keep: s.limit + spare}
	if s.kind != Structural {
		if alike, err = s.compareAll(ctx); err != nil {
			return nil, 0, err
		}
	}
	if s.kind != Similar {
		if common, err = s.compareCommon(ctx); err != nil {
			return nil, 0, err
		}
	}
	known := map[link]bool{}
	for _, p := range append(alike.best(), common.best()...) {
		if !known[link{p.a, p.b}] {
			known[link{p.a, p.b}] = true
			p.score = s.score(p.cosine, s.common(p.a, p.b))
			found = append(found, p)
		}
	}
	slices.SortFunc(found, byScore)
	return found[:min(len(found), s.limit)], alike.total + common.total, nil
}

// cosine of two notes by their positions.
func (s *seeker) cosine(a, b int32) float32 {
	x, y := s.rows[a], s.rows[b]
	if x < 0 || y < 0 {
		return s.neutral
	}
	return min(dot(s.means.row(int(x)), s.means.row(int(y))), 1)
}

// gap adds the evidence to a pair.
func (s *seeker) gap(ctx context.Context, st store.Store, p pair) (g Gap, err error) {
	g = Gap{A: s.Notes[p.a].ID, B: s.Notes[p.b].ID, Kind: Structural, Score: p.score, AdamicAdar: s.AdamicAdar(p.a, p.b),
		Common: s.IDs(s.rarestFirst(s.Common(p.a, p.b))), Tags: sharedTags(s.tags[p.a], s.tags[p.b]), Alike: s.IDs(s.rarestFirst(unique(s.alikeOf(p.a, p.b))))}
	x, y := s.rows[p.a], s.rows[p.b]
	if x < 0 || y < 0 {
		return g, nil
	}
	if g.Cosine = float64(p.cosine); g.Cosine >= s.threshold && s.kind != Structural {
		g.Kind = Similar
	}
	i, j, nearest := best(s.space.passages(int(x)), s.space.passages(int(y)))
	g.Nearest = float64(min(nearest, 1))
	if g.Evidence[0], err = s.space.passage(ctx, st, s.space.first[x]+i); err != nil {
		return Gap{}, err
	}
	g.Evidence[1], err = s.space.passage(ctx, st, s.space.first[y]+j)
	return g, err
}

func unique(nodes []int32) []int32 {
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// rarestFirst sorts notes by how many links they have.
func (s *seeker) rarestFirst(nodes []int32) []int32 {
	slices.SortStableFunc(nodes, func(x, y int32) int { return s.both.degree(int(x)) - s.both.degree(int(y)) })
	return nodes
}

// finds keep the best pairs and count all.
type finds struct {
	keep  int
	total int
	pairs []pair
	full  bool
	worst pair // of the best, once full
}

// add counts a pair.
func (f *finds) add(p pair) {
	f.total++
	f.offer(p)
}

// offer keeps a pair if it is good enough. Sorting once in keep pairs makes it cheap.
func (f *finds) offer(p pair) {
	if f.full && byScore(p, f.worst) >= 0 {
		return
	}
	if f.pairs = append(f.pairs, p); len(f.pairs) >= 2*f.keep {
		f.best()
	}
}

func (f *finds) best() []pair {
	slices.SortFunc(f.pairs, byScore)
	if len(f.pairs) >= f.keep {
		f.pairs = f.pairs[:f.keep]
		f.full, f.worst = true, f.pairs[f.keep-1]
	}
	return f.pairs
}

// merge adds what another worker found.
func (f *finds) merge(g finds) {
	f.total += g.total
	for _, p := range g.pairs {
		f.offer(p)
	}
}

// meanCosine is the mean over all pairs of different rows, 0 without any.
func (m matrix) meanCosine() float32 {
	if m.rows < 2 {
		return 0
	}
	sum, own := make([]float64, m.dim), 0.0
	for i, x := range m.data {
		sum[i%m.dim] += float64(x)
		own += float64(x) * float64(x)
	}
	all := 0.0
	for _, x := range sum {
		all += x * x
	}
	return float32(math.Max(all-own, 0) / (float64(m.rows) * float64(m.rows-1)))
}
