package sonar

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"amalfa/graph"
	"amalfa/services"
	"amalfa/store"
)

// A graphs answers how the notes connect. It needs no language model.
type graphs struct {
	open      func(context.Context) (store.Store, error) // the index, for one answer; nil: there is none
	superNode int
}

// A GraphStats is GET /graph/stats. Edges are links of a note to another one, Density is the share of those that there could be.
type GraphStats struct {
	Nodes       int     `json:"nodes"`
	Edges       int     `json:"edges"`
	Density     float64 `json:"density"`
	Tags        int     `json:"tags"`
	Broken      int     `json:"broken_links"`
	Orphans     int     `json:"orphans"`
	Components  int     `json:"components"`
	Communities int     `json:"communities"` // of two notes or more
	Modularity  float64 `json:"modularity"`
}

// A GraphLink is an edge and its evidence.
type GraphLink struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	Type     string `json:"type"`
	Depth    int    `json:"depth"`
	Resolved bool   `json:"resolved"`
	Line     int    `json:"line"`
	Sentence string `json:"sentence"`
}

// GraphLinks are GET /graph/explore?id=…: the links around a note.
type GraphLinks struct {
	ID        string      `json:"id"`
	Depth     int         `json:"depth"`
	Links     []GraphLink `json:"links"`
	Nodes     int         `json:"nodes"`
	Truncated bool        `json:"truncated"`
}

// A GraphGap is two notes that belong together without a link.
type GraphGap struct {
	Source     string   `json:"source"`
	Target     string   `json:"target"`
	Kind       string   `json:"kind"`
	Similarity float64  `json:"similarity"`
	Reasons    []string `json:"reasons"`
}

// GraphGaps are GET /graph/explore without an id.
type GraphGaps struct {
	Gaps  []GraphGap `json:"gaps"`
	Total int        `json:"total"`
}

// with runs an answer over the index.
func (g *graphs) with(w http.ResponseWriter, r *http.Request, answer func(ctx context.Context, st store.Store) (any, error)) {
	var out any
	err := withIndex(r.Context(), g.open, func(st store.Store) (err error) {
		out, err = answer(r.Context(), st)
		return err
	})
	if err != nil {
		services.WriteError(w, err)
		return
	}
	services.WriteJSON(w, http.StatusOK, out)
}

func (g *graphs) stats(w http.ResponseWriter, r *http.Request) {
	g.with(w, r, func(ctx context.Context, st store.Store) (any, error) {
		n, err := graph.Load(ctx, st)
		if err != nil {
			return nil, err
		}
		s, found := n.Stats(g.superNode), n.Communities()
		out := GraphStats{Nodes: s.Notes, Edges: s.Links, Density: s.Density, Tags: s.Tags, Broken: s.Broken, Orphans: s.Orphans, Components: s.Components, Modularity: found.Modularity}
		for _, c := range found.All {
			if len(c.Notes) > 1 {
				out.Communities++
			}
		}
		return out, nil
	})
}

// maxGraphRows bounds one answer.
const maxGraphRows = 1000

func (g *graphs) explore(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	g.with(w, r, func(ctx context.Context, st store.Store) (any, error) {
		if id := q.Get("id"); id != "" {
			return exploreFrom(ctx, st, id, q)
		}
		return g.gaps(ctx, st, q)
	})
}

func exploreFrom(ctx context.Context, st store.Store, ref string, q url.Values) (any, error) {
	depth, err := wholeParam(q, "depth", 1, 1, 20)
	if err != nil {
		return nil, err
	}
	limit, err := wholeParam(q, "limit", 100, 1, maxGraphRows)
	if err != nil {
		return nil, err
	}
	direction, ok := map[string]store.Direction{"": store.Both, "both": store.Both, "in": store.In, "out": store.Out}[strings.ToLower(q.Get("direction"))]
	if !ok {
		return nil, badRequest("direction is in, out or both")
	}
	id, err := store.FindNode(ctx, st, ref)
	if err != nil {
		return nil, referenceError(err)
	}
	hood, err := graph.Explore(ctx, st, id, graph.ExploreOptions{Relation: q.Get("relation"), Direction: direction, Depth: depth, Limit: limit, Terms: true})
	if err != nil {
		return nil, err
	}
	out := GraphLinks{ID: id, Depth: depth, Links: []GraphLink{}, Nodes: hood.Nodes, Truncated: hood.Truncated}
	for _, l := range hood.Links {
		out.Links = append(out.Links, GraphLink{l.Source, l.Target, l.Type, l.Depth, l.Resolved, l.Line, l.Sentence})
	}
	return out, nil
}

func (g *graphs) gaps(ctx context.Context, st store.Store, q url.Values) (any, error) {
	limit, err := wholeParam(q, "limit", graph.DefaultGaps, 1, maxGraphRows)
	if err != nil {
		return nil, err
	}
	threshold := graph.DefaultThreshold
	if text := q.Get("threshold"); text != "" {
		if threshold, err = strconv.ParseFloat(text, 64); err != nil || !(threshold >= -1 && threshold <= 1) {
			return nil, badRequest("threshold is a number from -1 to 1")
		}
	}
	found, err := graph.Gaps(ctx, st, graph.GapOptions{Limit: limit, Threshold: threshold, SuperNode: g.superNode})
	if err != nil {
		return nil, err
	}
	out := GraphGaps{Gaps: []GraphGap{}, Total: found.Total}
	for _, gap := range found.Gaps {
		out.Gaps = append(out.Gaps, GraphGap{gap.A, gap.B, gap.Kind, gap.Score, gap.Reasons()})
	}
	return out, nil
}

// wholeParam reads a number of the query.
func wholeParam(q url.Values, name string, def, least, most int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badRequest("%s", fmt.Sprintf("%s is a whole number from %d to %d", name, least, most))
	}
	return n, nil
}
