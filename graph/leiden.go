package graph

import (
	"math/rand/v2"
)

// leidenSeed and leidenPasses fix what chance decides. Each pass begins with the communities of the one before; the second still
// gains some thousandths of modularity, further ones next to nothing.
const (
	leidenSeed   = 1
	leidenPasses = 4
)

// leiden returns the community of each node, which modularity is sought for: Traag, Waltman, van Eck, From Louvain to Leiden (2019).
// Other than Louvain's, its communities are connected.
//
// Not gonum's community.Modularize, which is Louvain over maps.
func leiden(g weighted) []int32 {
	rnd := rand.New(rand.NewPCG(leidenSeed, 0)) // #nosec G404 -- the same order on every run, no secret
	community := singletons(g.nodes())
	for range leidenPasses {
		if !leidenPass(g, community, rnd) {
			break
		}
	}
	return community
}

func singletons(n int) []int32 {
	of := make([]int32, n)
	for i := range of {
		of[i] = int32(i)
	}
	return of
}

// leidenPass improves communities, first of nodes, then of ever larger groups of them, and tells whether that changed any.
func leidenPass(g weighted, community []int32, rnd *rand.Rand) bool {
	group := singletons(len(community)) // of each node: its node in the level
	level, at := g, append([]int32(nil), community...)
	changed := false
	for {
		m := newMover(level, at)
		if m.moveAll(rnd) {
			changed = true
		}
		fine, count := m.refine(rnd)
		if count == level.nodes() {
			break
		}
		next := make([]int32, count)
		for node, f := range fine {
			next[f] = at[node]
		}
		level = level.aggregate(fine, count)
		for i := range group {
			group[i] = fine[group[i]]
		}
		at = renumber(next)
	}
	for i := range community {
		community[i] = at[group[i]]
	}
	return changed
}

// renumber numbers communities from 0, in the order in which they occur.
func renumber(of []int32) []int32 {
	seen := map[int32]int32{}
	for i, c := range of {
		number, ok := seen[c]
		if !ok {
			number = int32(len(seen))
			seen[c] = number
		}
		of[i] = number
	}
	return of
}

// A mover moves the nodes of one level between communities.
type mover struct {
	g         weighted
	community []int32
	weight    []float64 // community → degrees of its nodes
	size      []int32   // community → its nodes
	empty     []int32   // communities without nodes
	to        []float64 // community → weight of the links from the node at hand
	touched   []int32   // communities that the node at hand has links to
}

// newMover takes communities that are numbers below the number of nodes.
func newMover(g weighted, community []int32) *mover {
	n := g.nodes()
	m := &mover{g: g, community: community, weight: make([]float64, n), size: make([]int32, n), to: make([]float64, n)}
	for node, c := range community {
		m.weight[c] += g.degree[node]
		m.size[c]++
	}
	for c := n - 1; c >= 0; c-- {
		if m.size[c] == 0 {
			m.empty = append(m.empty, int32(c))
		}
	}
	return m
}

// look collects the weights of a node's links by community.
func (m *mover) look(node int32, of []int32, among func(int32) bool) {
	for _, c := range m.touched {
		m.to[c] = 0
	}
	m.touched = m.touched[:0]
	for i := m.g.start[node]; i < m.g.start[node+1]; i++ {
		to := m.g.to[i]
		if among != nil && !among(to) {
			continue
		}
		c := of[to]
		if m.to[c] == 0 {
			m.touched = append(m.touched, c)
		}
		m.to[c] += m.g.weight[i]
	}
}

// moveAll moves each node to the community that gains most, and asks its neighbours again whenever it moved.
func (m *mover) moveAll(rnd *rand.Rand) (moved bool) {
	n := m.g.nodes()
	queue, queued := make([]int32, n), make([]bool, n)
	for i := range queue {
		queue[i], queued[i] = int32(i), true
	}
	rnd.Shuffle(n, func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	for at := 0; at < len(queue); at++ {
		node := queue[at]
		queued[node] = false
		if !m.move(node) {
			continue
		}
		moved = true
		for i := m.g.start[node]; i < m.g.start[node+1]; i++ {
			if to := m.g.to[i]; !queued[to] && m.community[to] != m.community[node] {
				queue, queued[to] = append(queue, to), true
			}
		}
	}
	return moved
}

// leastGain keeps rounding from moving nodes back and forth.
const leastGain = 1e-10

// move moves one node where that gains.
func (m *mover) move(node int32) bool {
	old, degree := m.community[node], m.g.degree[node]
	m.look(node, m.community, nil)
	m.weight[old] -= degree
	m.size[old]--
	best, most := old, m.to[old]-degree*m.weight[old]/m.g.total
	for _, c := range m.touched {
		if gain := m.to[c] - degree*m.weight[c]/m.g.total; gain > most+leastGain {
			best, most = c, gain
		}
	}
	if most < -leastGain && m.size[old] > 0 && len(m.empty) > 0 { // better alone
		best = m.empty[len(m.empty)-1]
		m.empty = m.empty[:len(m.empty)-1]
	}
	if m.size[old] == 0 && best != old {
		m.empty = append(m.empty, old)
	}
	m.weight[best] += degree
	m.size[best]++
	m.community[node] = best
	return best != old
}

// refine splits each community into groups that hang together: nodes join the group of their community that gains most, as long as
// they are alone. It returns the group of each node and how many there are.
func (m *mover) refine(rnd *rand.Rand) (fine []int32, count int) {
	n := m.g.nodes()
	fine = singletons(n)
	weight, size := append([]float64(nil), m.g.degree...), make([]int32, n)
	for i := range size {
		size[i] = 1
	}
	for _, at := range rnd.Perm(n) {
		node := int32(at)
		if size[fine[node]] > 1 || fine[node] != node {
			continue
		}
		c := m.community[node]
		m.look(node, fine, func(to int32) bool { return m.community[to] == c })
		var inside float64
		for _, f := range m.touched {
			inside += m.to[f]
		}
		degree := m.g.degree[node]
		if inside < degree*(m.weight[c]-degree)/m.g.total {
			continue // hardly a part of its community
		}
		best, most := node, 0.0
		for _, f := range m.touched {
			if gain := m.to[f] - degree*weight[f]/m.g.total; f != node && gain > most+leastGain {
				best, most = f, gain
			}
		}
		if best != node {
			fine[node] = best
			weight[best] += degree
			weight[node] -= degree
			size[best]++
			size[node]--
		}
	}
	fine = renumber(fine)
	for _, f := range fine {
		count = max(count, int(f)+1)
	}
	return fine, count
}
