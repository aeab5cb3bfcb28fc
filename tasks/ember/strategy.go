package ember

import (
	"cmp"
	"math"
	"slices"

	"amalfa/graph"
)

// A LikelyLink is two notes without a link between them that are linked with the same notes.
type LikelyLink struct {
	Source string  `json:"source"`
	Target string  `json:"target"`
	Score  float64 `json:"score"` // Adamic-Adar
}

// LikelyLinks are the pairs with most in common by the notes that both are linked with, ties by id. Notes with more than hub neighbours
// do not make a pair, though they count in its score.
func LikelyLinks(n *graph.Network, hub, limit int) (out []LikelyLink) {
	worst := 0.0
	for a := range n.Notes {
		node := int32(a)
		linked := n.Neighbours(node)
		seen := map[int32]bool{}
		for _, through := range linked {
			further := n.Neighbours(through)
			if len(further) > hub {
				continue
			}
			for _, other := range further {
				if _, is := slices.BinarySearch(linked, other); is || other <= node || seen[other] {
					continue
				}
				seen[other] = true
				if score := n.AdamicAdar(node, other); score > worst {
					out = append(out, LikelyLink{n.Notes[a].ID, n.Notes[other].ID, score})
				}
			}
		}
		if len(out) > 4*limit+1000 {
			out = best(out, limit)
			worst = out[len(out)-1].Score
		}
	}
	return best(out, limit)
}

func best(all []LikelyLink, limit int) []LikelyLink {
	slices.SortFunc(all, func(a, b LikelyLink) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Target, b.Target))
	})
	return all[:min(limit, len(all))]
}

// A Pivot is a note that readers who follow links come to often.
type Pivot struct {
	ID     string  `json:"id"`
	Score  float64 `json:"score"` // PageRank
	Degree int     `json:"degree"`
}

// Pivots are the notes of the highest PageRank, ties by id.
func Pivots(n *graph.Network, limit int) (out []Pivot) {
	for node, score := range n.PageRank() {
		if math.IsNaN(score) {
			continue
		}
		out = append(out, Pivot{n.Notes[node].ID, score, len(n.Neighbours(int32(node)))})
	}
	slices.SortFunc(out, func(a, b Pivot) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return out[:min(limit, len(out))]
}

// A Cluster is notes that hang together.
type Cluster struct {
	Name    string   `json:"name"`
	Size    int      `json:"size"`
	Members []string `json:"members"` // the first of them, most links within first
}

// clusterMembers is how many notes of a cluster are named.
const clusterMembers = 5

// Clusters are the communities of more than one note, the largest first.
func Clusters(n *graph.Network, limit int) (out []Cluster) {
	for _, c := range n.Communities().All {
		if len(c.Notes) < 2 || len(out) == limit {
			break
		}
		row := Cluster{Name: c.Name, Size: len(c.Notes)}
		for _, node := range c.Notes[:min(clusterMembers, len(c.Notes))] {
			row.Members = append(row.Members, n.Notes[node].ID)
		}
		out = append(out, row)
	}
	return out
}
