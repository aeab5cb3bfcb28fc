package graph

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
)

// What two notes have in common raises their cosine: each is a sum of rarities (1/ln of a number of links or holders), as in Adamic
// and Adar's index. The weights are fitted on generated vaults, and hold on real ones (docs/decisions, what a gap is worth).
const (
	linkWeight  = 0.5  // a note that both are linked with
	tagWeight   = 0.25 // a tag that both have: it says what a note is about, a link that two belong together
	alikeWeight = 2.0  // divided by the number of nearest notes: one of them that is linked with the other note of the pair
)

// score is how likely two notes belong together: 1 - (1 - cosine) · e^-x, x being the sum of what they have in common, weighed. So a pair
// without anything in common has its cosine, and all evidence adds up on one scale, that of the logarithm of what is lacking to 1.
// The structure of links alone, for which no vectors are needed, is 1 - e^-x of Adamic-Adar and tags.
func (s *seeker) score(cosine float32, common float64) float64 {
	if s.kind == Structural {
		return 1 - math.Exp(-common/linkWeight)
	}
	return together(cosine, common)
}

// together is score by meaning and by what two notes have in common.
func together(cosine float32, common float64) float64 {
	return min(1-(1-float64(cosine))*math.Exp(-common), 1)
}

// common is the sum of what two notes have in common, weighed.
func (s *seeker) common(a, b int32) float64 {
	sum := 0.0
	for _, x := range s.Common(a, b) {
		sum += linkWeight * s.weight(x)
	}
	for _, tag := range sharedTags(s.tags[a], s.tags[b]) {
		sum += tagWeight * tagRarity(len(s.holders[tag]))
	}
	for _, x := range s.alikeOf(a, b) {
		sum += s.alike() * s.weight(x)
	}
	return sum
}

// weight is the rarity of a note, less for a super-node: one with twice the links counts half as much besides. Nothing is dropped, and
// in whichever order files are read, it is the same.
func (s *seeker) weight(x int32) float64 {
	return s.rarity(x) * damping(s.both.degree(int(x)), s.superNode)
}

// damping is what is left of the weight of a note with so many links.
func damping(degree, superNode int) float64 {
	if superNode > 0 && degree > superNode {
		return float64(superNode) / float64(degree)
	}
	return 1
}

// alike is what one of the nearest notes counts.
func (s *seeker) alike() float64 { return alikeWeight / float64(max(s.nearest.k, 1)) }

func tagRarity(holders int) float64 { return 1 / math.Log(float64(max(holders, 2))) }

func sharedTags(a, b []string) []string {
	shared := []string{}
	for _, tag := range a {
		if _, ok := slices.BinarySearch(b, tag); ok {
			shared = append(shared, tag)
		}
	}
	return shared
}

// alikeOf are the notes that say what one of the two says and are linked with the other, each once for each of the two.
func (s *seeker) alikeOf(a, b int32) (out []int32) {
	for _, way := range [2]link{{a, b}, {b, a}} {
		for _, x := range s.nearestOf(way.from) {
			if s.both.has(x, way.to) {
				out = append(out, x)
			}
		}
	}
	return out
}

// nearestOf are the notes nearest to one by meaning.
func (s *seeker) nearestOf(note int32) (out []int32) {
	row := s.rows[note]
	if row < 0 {
		return nil
	}
	for _, near := range s.nearest.of(int(row)) {
		if s.nodes[near] >= 0 {
			out = append(out, s.nodes[near])
		}
	}
	return out
}

// Bounds of compareCommon: a common neighbour or tag with more links than maxCommon adds less than 0.15 and is not followed, though it counts
// a pair is shown; of each note the perNote pairs with most in common are looked at.
const (
	maxCommon = 1000
	perNote   = 500
)

// compareCommon looks at the pairs that have something in common. Those that meaning alone has found are counted there.
func (s *seeker) compareCommon(ctx context.Context) (finds, error) {
	nearTo := make([][]int32, len(s.Notes)) // note → those to which it is one of the nearest
	for a := range int32(len(s.Notes)) {
		for _, x := range s.nearestOf(a) {
			nearTo[x] = append(nearTo[x], a)
		}
	}
	return s.share(ctx, len(s.Notes), func(next func() int, f *finds) {
		w := &commonWalk{seeker: s, nearTo: nearTo, sum: make([]float64, len(s.Notes))}
		for a := next(); a >= 0; a = next() {
			if s.among(int32(a)) {
				w.from(int32(a), f)
			}
		}
	})
}

// A commonWalk sums up what a note has in common with each other one.
type commonWalk struct {
	*seeker
	nearTo  [][]int32
	sum     []float64
	touched []int32
}

func (w *commonWalk) add(a, b int32, value float64) {
	if b <= a {
		return // found from the other end
	}
	if w.sum[b] == 0 {
		w.touched = append(w.touched, b)
	}
	w.sum[b] += value
}

// addAll adds what is linked with a note.
func (w *commonWalk) addAll(a, through int32, weight float64) {
	if w.both.degree(int(through)) > maxCommon {
		return
	}
	for _, b := range w.both.of(int(through)) {
		w.add(a, b, weight*w.weight(through))
	}
}

func (w *commonWalk) from(a int32, f *finds) {
	for _, x := range w.both.of(int(a)) {
		w.addAll(a, x, linkWeight)
		for _, b := range w.nearTo[x] {
			w.add(a, b, w.alike()*w.weight(x))
		}
	}
	for _, x := range w.nearestOf(a) {
		w.addAll(a, x, w.alike())
	}
	for _, tag := range w.tags[a] {
		if holders := w.holders[tag]; len(holders) <= maxCommon {
			for _, b := range holders {
				w.add(a, b, tagWeight*tagRarity(len(holders)))
			}
		}
	}
	w.offer(a, f)
}

// offer looks at the pairs with most in common, and forgets the sums.
func (w *commonWalk) offer(a int32, f *finds) {
	candidates := slices.DeleteFunc(w.touched, func(b int32) bool {
		out := !w.among(b) || w.both.has(a, b)
		if out {
			w.sum[b] = 0
		}
		return out
	})
	slices.SortFunc(candidates, func(x, y int32) int { return cmp.Or(cmp.Compare(w.sum[y], w.sum[x]), cmp.Compare(x, y)) })
	for _, b := range candidates[:min(len(candidates), perNote)] {
		p := pair{a: a, b: b, cosine: w.cosine(a, b)}
		p.score = w.score(p.cosine, w.sum[b])
		switch {
		case p.score < w.threshold:
		case w.kind != Structural && w.rows[a] >= 0 && w.rows[b] >= 0 && float64(p.cosine) >= w.threshold:
			f.offer(p) // counted by its meaning
		default:
			f.add(p)
		}
	}
	for _, b := range candidates {
		w.sum[b] = 0
	}
	w.touched = w.touched[:0]
}

// share lets as many workers as there are processors take the numbers up to n, and joins what they find.
func (s *seeker) share(ctx context.Context, n int, work func(next func() int, f *finds)) (finds, error) {
	all := finds{keep: s.limit + spare}
	var mu sync.Mutex
	at := 0
	next := func() int {
		mu.Lock()
		defer mu.Unlock()
		if at == n || ctx.Err() != nil {
			return -1
		}
		at++
		return at - 1
	}
	var wg sync.WaitGroup
	for range workers() {
		wg.Go(func() {
			f := finds{keep: all.keep}
			work(next, &f)
			mu.Lock()
			defer mu.Unlock()
			all.merge(f)
		})
	}
	wg.Wait()
	return all, ctx.Err()
}
