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
	kind   string
	score  float64
}

// A seeker keeps the best pairs without a link.
type seeker struct {
	*Network
	space     *space
	means     matrix
	nodes     []int32 // row of means → note; -1 for one that is not looked at
	rows      []int32 // note → row of means, -1 without vectors
	tags      [][]string
	holding   map[string]int // tag → notes
	among     func(int32) bool
	limit     int
	threshold float32
	linksOnly bool   // structural gaps alone are sought
	nearest   []pair // by cosine, best first
	common    []pair // by score
	total     int
	progress  func(done, total int)
}

// spare is how many more pairs than are asked for are kept by cosine alone, since tags and neighbours put them in another order.
const spare = 500

func newSeeker(n *Network, sp *space, o GapOptions) *seeker {
	if sp == nil {
		sp = &space{first: []int{0}}
	}
	s := &seeker{Network: n, space: sp, means: sp.means(), rows: make([]int32, len(n.Notes)), tags: n.Tags(), holding: map[string]int{},
		limit: cmp.Or(max(o.Limit, 0), DefaultGaps), threshold: float32(o.Threshold - rounding), linksOnly: o.Kind == Structural, progress: o.Progress}
	s.among = func(node int32) bool {
		return o.Folder == "" || strings.HasPrefix(n.Notes[node].ID, o.Folder+"/")
	}
	for i := range s.rows {
		s.rows[i] = -1
		for _, tag := range s.tags[i] {
			s.holding[tag]++
		}
	}
	for row, id := range sp.notes {
		node, ok := n.at(id)
		if ok {
			s.rows[node] = int32(row)
		}
		if !ok || !s.among(node) {
			node = -1
		}
		s.nodes = append(s.nodes, node)
	}
	return s
}

// score is how likely two notes belong together, as far as we know: the cosine, raised by what they have in common. The structure of their
// links alone is 1 - e^-x of their Adamic-Adar index x, with a half for each tag weighed in the same way; its cube keeps one common
// neighbour from raising every pair of a vault. 0 to 1 for cosines that are not negative; the larger, the better in each part.
func score(kind string, cosine, common float64) float64 {
	structure := 1 - math.Exp(-common)
	if kind == Structural {
		return structure
	}
	return cosine + (1-cosine)*structure*structure*structure
}

// tagWeight is what a common tag counts beside a common neighbour: a tag says what a note is about, a link that two belong together.
const tagWeight = 0.5

// tagged is the Adamic-Adar index of two notes by their tags, weighed.
func (s *seeker) tagged(a, b int32) (sum float64) {
	for _, tag := range sharedTags(s.tags[a], s.tags[b]) {
		sum += tagWeight / math.Log(float64(max(s.holding[tag], 2)))
	}
	return sum
}

func sharedTags(a, b []string) []string {
	shared := []string{}
	for _, tag := range a {
		if _, ok := slices.BinarySearch(b, tag); ok {
			shared = append(shared, tag)
		}
	}
	return shared
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
			s.offerBlock(i, j, b.rows, product)
		}
	}
	return nil
}

// offerBlock offers the pairs of the product of two blocks that begin at notes i and j.
func (s *seeker) offerBlock(i, j, width int, product []float32) {
	for at, c := range product {
		if c < s.threshold {
			continue
		}
		x, y := i+at/width, j+at%width
		if x < y { // above the diagonal
			s.offer(s.nodes[x], s.nodes[y], min(c, 1))
		}
	}
}

// offer counts a pair that is not linked, and keeps it if its cosine is good enough.
func (s *seeker) offer(x, y int32, cosine float32) {
	if x < 0 || y < 0 || s.both.has(x, y) {
		return
	}
	s.total++
	p := pair{a: min(x, y), b: max(x, y), cosine: cosine, kind: Similar}
	keep := s.limit + spare
	if len(s.nearest) == keep && byCosine(p, s.nearest[keep-1]) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(s.nearest, p, byCosine)
	s.nearest = slices.Insert(s.nearest, at, p)
	s.nearest = s.nearest[:min(len(s.nearest), keep)]
}

func byCosine(p, q pair) int {
	return cmp.Or(cmp.Compare(q.cosine, p.cosine), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
}

// Bounds of compareNeighbours: a common neighbour with more links than maxCommon adds less than 0.15 and is not followed, though it counts
// where another one leads to the pair; of each note the perNote pairs with most in common are looked at.
const (
	maxCommon = 1000
	perNote   = 100
)

// compareNeighbours looks at the pairs that are linked with the same notes.
func (s *seeker) compareNeighbours() {
	sum := make([]float64, len(s.Notes))
	for a := range int32(len(s.Notes)) {
		if !s.among(a) {
			continue
		}
		var touched []int32
		for _, w := range s.both.of(int(a)) {
			if s.both.degree(int(w)) > maxCommon {
				continue
			}
			for _, b := range s.both.of(int(w)) {
				if b <= a || !s.among(b) {
					continue
				}
				if sum[b] == 0 {
					touched = append(touched, b)
				}
				sum[b] += s.rarity(w)
			}
		}
		slices.SortFunc(touched, func(x, y int32) int { return cmp.Or(cmp.Compare(sum[y], sum[x]), cmp.Compare(x, y)) })
		for _, b := range touched[:min(len(touched), perNote)] {
			s.offerCommon(a, b)
		}
		for _, b := range touched {
			sum[b] = 0
		}
	}
}

// offerCommon keeps a pair whose links say enough, alone or with its meaning. Those that meaning alone has found are counted already.
func (s *seeker) offerCommon(a, b int32) {
	if s.both.has(a, b) {
		return
	}
	p := pair{a: a, b: b, kind: Structural, cosine: s.cosine(a, b)}
	s.rate(&p)
	if !s.linksOnly {
		fused := p
		fused.kind = Similar
		s.rate(&fused)
		p.score = max(p.score, fused.score)
	}
	switch {
	case p.score < float64(s.threshold):
		return
	case s.linksOnly || p.cosine < s.threshold:
		s.total++
	default:
		p.kind = Similar
	}
	s.common = append(s.common, p)
}

func (s *seeker) cosine(a, b int32) float32 {
	x, y := s.rows[a], s.rows[b]
	if x < 0 || y < 0 {
		return 0
	}
	return min(cosines(s.means.slice(int(x), int(x)+1), s.means.slice(int(y), int(y)+1), nil)[0], 1)
}

// rate sets a pair's score.
func (s *seeker) rate(p *pair) {
	p.score = min(score(p.kind, float64(p.cosine), s.AdamicAdar(p.a, p.b)+s.tagged(p.a, p.b)), 1)
}

// best are the pairs to show.
func (s *seeker) best() []pair {
	known := map[link]bool{}
	all := s.common
	for _, p := range all {
		known[link{p.a, p.b}] = true
	}
	for _, p := range s.nearest {
		if !known[link{p.a, p.b}] {
			s.rate(&p)
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(p, q pair) int {
		return cmp.Or(cmp.Compare(q.score, p.score), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
	})
	return all[:min(len(all), s.limit)]
}

// gap adds the evidence to a pair.
func (s *seeker) gap(ctx context.Context, st store.Store, p pair) (g Gap, err error) {
	g = Gap{A: s.Notes[p.a].ID, B: s.Notes[p.b].ID, Kind: p.kind, Score: p.score, Cosine: float64(p.cosine), AdamicAdar: s.AdamicAdar(p.a, p.b),
		Common: s.commonIDs(p.a, p.b), Tags: sharedTags(s.tags[p.a], s.tags[p.b])}
	x, y := s.rows[p.a], s.rows[p.b]
	if x < 0 || y < 0 {
		return g, nil
	}
	i, j, nearest := best(s.space.passages(int(x)), s.space.passages(int(y)))
	g.Nearest = float64(min(nearest, 1))
	if g.Evidence[0], err = s.space.passage(ctx, st, s.space.first[x]+i); err != nil {
		return Gap{}, err
	}
	g.Evidence[1], err = s.space.passage(ctx, st, s.space.first[y]+j)
	return g, err
}

// commonIDs are common neighbours, the one with the fewest links first.
func (s *seeker) commonIDs(a, b int32) []string {
	nodes := s.Common(a, b)
	slices.SortStableFunc(nodes, func(x, y int32) int { return s.both.degree(int(x)) - s.both.degree(int(y)) })
	return s.IDs(nodes)
}
