package graph

// weighted is an undirected graph whose links have weights, as groups of nodes have them between each other. Each link stands at both ends;
// links within a node are in degree only.
type weighted struct {
	start  []int32
	to     []int32
	weight []float64
	degree []float64 // weight of a node's links, those within it twice
	total  float64   // of all degrees
}

func (g weighted) nodes() int { return len(g.degree) }

// weighted is the network without directions.
func (n *Network) weighted() weighted {
	g := weighted{start: n.both.start, to: n.both.to, weight: make([]float64, n.both.links()), degree: make([]float64, len(n.Notes))}
	for i := range g.weight {
		g.weight[i] = 1
	}
	for i := range g.degree {
		g.degree[i] = float64(n.both.degree(i))
		if n.loops[i] {
			g.degree[i] += 2
		}
		g.total += g.degree[i]
	}
	return g
}

// aggregate makes a node of each of count groups.
func (g weighted) aggregate(group []int32, count int) weighted {
	members := make([][]int32, count)
	out := weighted{start: make([]int32, 1, count+1), degree: make([]float64, count), total: g.total}
	for node, c := range group {
		members[c] = append(members[c], int32(node))
		out.degree[c] += g.degree[node]
	}
	sum := make([]float64, count)
	for c, nodes := range members {
		var touched []int32
		for _, node := range nodes {
			for i := g.start[node]; i < g.start[node+1]; i++ {
				d := group[g.to[i]]
				if d == int32(c) {
					continue
				}
				if sum[d] == 0 {
					touched = append(touched, d)
				}
				sum[d] += g.weight[i]
			}
		}
		for _, d := range touched {
			out.to, out.weight = append(out.to, d), append(out.weight, sum[d])
			sum[d] = 0
		}
		out.start = append(out.start, int32(len(out.to)))
	}
	return out
}

// modularity is Newman's, of communities that are numbers below the number of nodes; 0 without links.
func (g weighted) modularity(community []int32, loops []bool) float64 {
	if g.total == 0 {
		return 0
	}
	inside, degree := make([]float64, g.nodes()), make([]float64, g.nodes())
	for node, c := range community {
		degree[c] += g.degree[node]
		if loops[node] {
			inside[c] += 2
		}
		for i := g.start[node]; i < g.start[node+1]; i++ {
			if community[g.to[i]] == c {
				inside[c] += g.weight[i]
			}
		}
	}
	var q float64
	for c := range inside {
		q += inside[c]/g.total - degree[c]/g.total*(degree[c]/g.total)
	}
	return q
}
