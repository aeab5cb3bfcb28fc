package sonar

import (
	"cmp"
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

// An exploration is what GET /graph/explore is asked for. All of it is looked at, whichever part is needed.
type exploration struct {
	id, relation string
	direction    store.Direction
	depth, limit int // limit 0: the usual
	threshold    float64
}

func newExploration(q url.Values) (e exploration, err error) {
	e.id, e.relation, e.threshold = q.Get("id"), q.Get("relation"), graph.DefaultThreshold
	if e.depth, err = wholeParam(q, "depth", 1, 1, 20); err != nil {
		return e, err
	}
	if e.limit, err = wholeParam(q, "limit", 0, 1, maxGraphRows); err != nil {
		return e, err
	}
	var ok bool
	if e.direction, ok = map[string]store.Direction{"": store.Both, "both": store.Both, "in": store.In, "out": store.Out}[strings.ToLower(q.Get("direction"))]; !ok {
		return e, badRequest("direction is in, out or both")
	}
	if q.Has("threshold") {
		if e.threshold, err = strconv.ParseFloat(q.Get("threshold"), 64); err != nil || !(e.threshold >= -1 && e.threshold <= 1) {
			return e, badRequest("threshold is a number from -1 to 1")
		}
	}
	return e, nil
}

func (g *graphs) explore(w http.ResponseWriter, r *http.Request) {
	asked, err := newExploration(r.URL.Query())
	if err != nil {
		services.WriteError(w, err)
		return
	}
	g.with(w, r, func(ctx context.Context, st store.Store) (any, error) {
		if asked.id != "" {
			return exploreFrom(ctx, st, asked)
		}
		return g.gaps(ctx, st, asked)
	})
}

func exploreFrom(ctx context.Context, st store.Store, asked exploration) (any, error) {
	id, err := store.FindNode(ctx, st, asked.id)
	if err != nil {
		return nil, referenceError(err)
	}
	hood, err := graph.Explore(ctx, st, id, graph.ExploreOptions{Relation: asked.relation, Direction: asked.direction, Depth: asked.depth, Limit: cmp.Or(asked.limit, 100), Terms: true})
	if err != nil {
		return nil, err
	}
	out := GraphLinks{ID: id, Depth: asked.depth, Links: []GraphLink{}, Nodes: hood.Nodes, Truncated: hood.Truncated}
	for _, l := range hood.Links {
		out.Links = append(out.Links, GraphLink{l.Source, l.Target, l.Type, l.Depth, l.Resolved, l.Line, l.Sentence})
	}
	return out, nil
}

func (g *graphs) gaps(ctx context.Context, st store.Store, asked exploration) (any, error) {
	found, err := graph.Gaps(ctx, st, graph.GapOptions{Limit: cmp.Or(asked.limit, graph.DefaultGaps), Threshold: asked.threshold, SuperNode: g.superNode})
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
	if !q.Has(name) {
		return def, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < least || n > most {
		return 0, badRequest("%s", fmt.Sprintf("%s is a whole number from %d to %d", name, least, most))
	}
	return n, nil
}
