package graph

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"amalfa/notes"
)

// Stats are the network in numbers.
type Stats struct {
	Notes      int     `json:"notes"`
	Links      int     `json:"links"`      // from a note to another, each pair once for each direction
	Edges      int     `json:"edges"`      // all, those to tags, files and missing notes too
	Tags       int     `json:"tags"`       // that notes have
	Broken     int     `json:"broken"`     // links that nothing answers
	SelfLinks  int     `json:"selfLinks"`  // notes that link to themselves
	Density    float64 `json:"density"`    // of the links that there could be, 0 to 1
	MeanDegree float64 `json:"meanDegree"` // notes that a note is linked with, whichever way
	Mutual     float64 `json:"mutual"`     // share of the links that have one the other way
	Orphans    int     `json:"orphans"`
	Components int     `json:"components"`
	Largest    int     `json:"largest"` // notes of the largest component
	// Degrees is how many notes are linked with from Least to Most others.
	Degrees    []DegreeRange `json:"degrees"`
	SuperNodes []Hub         `json:"superNodes"` // linked with more than the threshold, the most first
	Threshold  int           `json:"superNodeThreshold"`
}

// A DegreeRange is a bar of the distribution of degrees, each twice as wide as the one before.
type DegreeRange struct {
	Least int `json:"least"`
	Most  int `json:"most"`
	Notes int `json:"notes"`
}

// Stats counts. superNode is a threshold of degrees.
func (n *Network) Stats(superNode int) Stats {
	parts := n.Components()
	s := Stats{Notes: len(n.Notes), Edges: len(n.Edges), Components: len(parts), Orphans: len(n.Orphans()), Threshold: superNode, Degrees: []DegreeRange{}, SuperNodes: n.superNodes(superNode)}
	if len(parts) > 0 {
		s.Largest = len(parts[0])
	}
	tags := map[string]bool{}
	for _, e := range n.Edges {
		switch {
		case strings.HasPrefix(e.Name, notes.TagPrefix):
			tags[e.Name] = true
		case !e.Resolved:
			s.Broken++
		}
	}
	s.Tags = len(tags)
	mutual := 0
	for i := range n.Notes {
		for _, to := range n.out.of(i) {
			switch {
			case to == int32(i):
				s.SelfLinks++
			case n.out.has(to, int32(i)):
				mutual++
				fallthrough
			default:
				s.Links++
			}
		}
		s.count(n.both.degree(i))
	}
	s.ratios(mutual, n.both.links())
	return s
}

func (s *Stats) ratios(mutual, ends int) {
	if s.Notes > 1 {
		s.Density = float64(s.Links) / (float64(s.Notes) * float64(s.Notes-1))
	}
	if s.Notes > 0 {
		s.MeanDegree = float64(ends) / float64(s.Notes)
	}
	if s.Links > 0 {
		s.Mutual = float64(mutual) / float64(s.Links)
	}
}

// count puts a note's degree into its bar: 0, 1, 2–3, 4–7 …
func (s *Stats) count(degree int) {
	bar := 0
	if degree > 0 {
		bar = 1 + int(math.Log2(float64(degree)))
	}
	for len(s.Degrees) <= bar {
		least := 1 << max(len(s.Degrees)-1, 0)
		if len(s.Degrees) == 0 {
			least = 0
		}
		s.Degrees = append(s.Degrees, DegreeRange{Least: least, Most: max(2*least-1, least)})
	}
	s.Degrees[bar].Notes++
}

func (n *Network) superNodes(threshold int) []Hub {
	out := []Hub{}
	for i, note := range n.Notes {
		if d := n.both.degree(i); d > threshold {
			out = append(out, Hub{note.ID, d})
		}
	}
	slices.SortStableFunc(out, func(a, b Hub) int { return cmp.Compare(b.Neighbours, a.Neighbours) })
	return out
}
