package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Selection narrows notes by how they are linked. The zero value is all.
type Selection struct {
	Among       map[string]bool // only these, by id; nil for all
	Orphan      bool            // without a link to or from another note
	MissingBack bool            // that link to a note which does not link back
	LinkedBy    []int32         // that one of these leads to
	NotLinkedBy []int32         // that none of these leads to
	MaxDistance int             // how many links away LinkedBy and NotLinkedBy look; 0 is any number
	Sort        []SortKey       // ties by id
}

// A SortKey is what a list is sorted by.
type SortKey struct {
	By   string // one of SortNames
	Down bool   // the largest or latest first
}

// SortNames are what notes can be sorted by.
func SortNames() []string { return []string{"id", "title", "date", "modified", "in", "out", "links"} }

// ParseSort reads "date-,title": names separated by commas, each with "-" before or behind it for the largest first.
func ParseSort(text string) (keys []SortKey, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		bare := strings.Trim(name, "+-")
		if !slices.Contains(SortNames(), bare) {
			return nil, fmt.Errorf("nothing is sorted by %q: %s", name, strings.Join(SortNames(), ", "))
		}
		keys = append(keys, SortKey{bare, strings.Contains(name, "-")})
	}
	return keys, nil
}

// Select returns the notes of a selection.
func (n *Network) Select(o Selection) (out []int32) {
	by, none := n.reached(o.LinkedBy, o.MaxDistance), n.reached(o.NotLinkedBy, o.MaxDistance)
	for i := range n.Notes {
		node := int32(i)
		switch {
		case o.Among != nil && !o.Among[n.Notes[i].ID],
			o.Orphan && n.both.degree(i) > 0,
			o.MissingBack && !n.missesBacklink(node),
			o.LinkedBy != nil && !by[node],
			none[node]:
			continue
		}
		out = append(out, node)
	}
	slices.SortStableFunc(out, func(a, b int32) int { return n.compareBy(o.Sort, a, b) })
	return out
}

// missesBacklink tells whether a note links to another one that does not link back.
func (n *Network) missesBacklink(node int32) bool {
	return slices.ContainsFunc(n.out.of(int(node)), func(to int32) bool { return to != node && !n.out.has(to, node) })
}

// reached are the notes that links of some notes lead to, within so many steps; those where it begins only if a link leads back to them.
func (n *Network) reached(from []int32, steps int) map[int32]bool {
	seen := map[int32]bool{}
	for depth, frontier := 1, from; len(frontier) > 0 && (steps == 0 || depth <= steps); depth++ {
		var next []int32
		for _, node := range frontier {
			for _, to := range n.out.of(int(node)) {
				if to != node && !seen[to] {
					seen[to] = true
					next = append(next, to)
				}
			}
		}
		frontier = next
	}
	return seen
}

func (n *Network) compareBy(keys []SortKey, a, b int32) int {
	x, y := n.Notes[a], n.Notes[b]
	for _, k := range keys {
		c := 0
		switch k.By {
		case "id":
			c = strings.Compare(x.ID, y.ID)
		case "title":
			c = cmp.Or(strings.Compare(strings.ToLower(x.Title), strings.ToLower(y.Title)), strings.Compare(x.Title, y.Title))
		case "date":
			c = strings.Compare(x.Date, y.Date)
		case "modified":
			c = cmp.Compare(x.MTime, y.MTime)
		case "in":
			c = cmp.Compare(n.in.degree(int(a)), n.in.degree(int(b)))
		case "out":
			c = cmp.Compare(n.out.degree(int(a)), n.out.degree(int(b)))
		case "links":
			c = cmp.Compare(n.both.degree(int(a)), n.both.degree(int(b)))
		}
		if k.Down {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a, b)
}

// Degrees are how many notes link to a note, and how many it links to.
func (n *Network) Degrees(node int32) (in, out int) {
	return n.in.degree(int(node)), n.out.degree(int(node))
}
