package graph

import "math"

// AdamicAdar is how much two notes have in common by the notes that both are linked with, whichever way: each counts 1/ln of its
// number of links, so that a hub says little (Adamic, Adar, Friends and Neighbors on the Web, 2003). 0 without any.
func (n *Network) AdamicAdar(a, b int32) (sum float64) {
	for _, w := range n.Common(a, b) {
		sum += n.rarity(w)
	}
	return sum
}

// rarity is what a common neighbour counts.
func (n *Network) rarity(node int32) float64 {
	return rarityOf(n.both.degree(int(node)), n.loops[node])
}

// rarityOf is the rarity of a note by its links. One to itself has two ends at it, as in networkx.
func rarityOf(degree int, loops bool) float64 {
	if loops {
		degree += 2
	}
	return 1 / math.Log(float64(degree))
}

// Common are the notes that both are linked with, by id.
func (n *Network) Common(a, b int32) (out []int32) {
	x, y := n.both.of(int(a)), n.both.of(int(b))
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0] < y[0]:
			x = x[1:]
		case x[0] > y[0]:
			y = y[1:]
		default:
			if x[0] != a && x[0] != b {
				out = append(out, x[0])
			}
			x, y = x[1:], y[1:]
		}
	}
	return out
}
