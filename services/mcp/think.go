package mcp

import (
	"context"
	"fmt"
	"slices"

	"amalfa/search"

	lru "github.com/hashicorp/golang-lru/v2"
)

// orderCache holds in which order the last searches were answered, by their fingerprints.
type orderCache = lru.Cache[uint32, []string]

func newOrderCache() *orderCache {
	c, _ := lru.New[uint32, []string](maxRankings) // errors come of sizes below one only
	return c
}

// think lets a language model have a part in a search. A further page goes on in the order of the first one, and asks nobody: asked
// again the model might say something else, and passages would come twice or never.
func (s *Server) think(ctx context.Context, asked uint32, further bool, found *search.Answer) {
	if s.o.Think == nil {
		return
	}
	if further {
		order, _ := s.orders.Get(asked) // none: as it was found
		inOrder(found.Results, order)
		return
	}
	s.o.Think(ctx, found)
	var order []string
	for _, h := range found.Results {
		order = append(order, placeOf(h))
	}
	s.orders.Add(asked, order)
}

func placeOf(h search.Hit) string { return fmt.Sprintf("%s:%d-%d", h.ID, h.Lines[0], h.Lines[1]) }

// inOrder puts the hits that an order names first, as it has them.
func inOrder(hits []search.Hit, order []string) {
	at := map[string]int{}
	for i, place := range order {
		at[place] = i + 1
	}
	rank := func(h search.Hit) int {
		if n := at[placeOf(h)]; n > 0 {
			return n
		}
		return len(order) + 1
	}
	slices.SortStableFunc(hits, func(a, b search.Hit) int { return rank(a) - rank(b) })
}
