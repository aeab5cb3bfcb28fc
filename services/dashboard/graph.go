package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"

	"amalfa/graph"
	"amalfa/services"
	"amalfa/store"

	"go.uber.org/zap"
)

// A GraphReply is GET /api/graph: all notes and links, as columns, which a browser reads some times faster than rows.
type GraphReply struct {
	Version     int64       `json:"version"` // of the index
	IDs         []string    `json:"ids"`
	Titles      []string    `json:"titles"`
	Days        []string    `json:"days"` // that a note states, else of its file
	X           []float32   `json:"x"`
	Y           []float32   `json:"y"`
	Degrees     []int       `json:"degrees"` // notes that it is linked with
	Community   []int32     `json:"community"`
	Communities []GraphPart `json:"communities"`
	Sources     []int32     `json:"sources"` // of links, by position; the weightiest first
	Targets     []int32     `json:"targets"`
	Broken      []GraphLost `json:"broken"`
}

// A GraphPart is a community: a disc of the map.
type GraphPart struct {
	Name   string  `json:"name"`
	Notes  int     `json:"notes"`
	X      float32 `json:"x"`
	Y      float32 `json:"y"`
	Radius float32 `json:"radius"`
}

// A GraphLost is a link that nothing answers.
type GraphLost struct {
	Source int32  `json:"source"`
	Name   string `json:"name"`
	Line   int32  `json:"line"`
}

// A GraphGap is two notes that belong together without a link.
type GraphGap struct {
	A       string   `json:"a"`
	B       string   `json:"b"`
	Score   float64  `json:"score"`
	Reasons []string `json:"reasons"`
}

// Bounds of what is drawn besides notes and links.
const (
	mostLost = 2000
	mostGaps = 200
)

// A graphPage shows the graph; what it shows, its script fetches.
type graphPage struct {
	frame
	At string // the note that it begins with
}

func (p *pages) graphPage(r *http.Request) graphPage {
	return graphPage{p.frame("Graph", "graph"), r.URL.Query().Get("at")}
}

// apiGraph answers with the layout of the index as it is. It is made once for each state of the index, and kept on disk.
func (p *pages) apiGraph(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return p.withIndex(ctx, func(st store.Store) error {
		data, tag, err := p.layout(ctx, st)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		h.Set("Content-Type", "application/json")
		_, _ = w.Write(data)
		return nil
	})
}

func (p *pages) layout(ctx context.Context, st store.Store) (data []byte, tag string, err error) {
	state, err := p.State(ctx, st)
	if err != nil {
		return nil, "", err
	}
	key := fmt.Sprintf("%d-%s", mapFormat, state)
	data, err = p.kept.get(key, func() ([]byte, error) {
		defer debug.FreeOSMemory() // what it is made of is some times as much, and the next one may be hours away
		made, err := newGraphReply(ctx, st)
		if err != nil {
			return nil, err
		}
		return json.Marshal(made)
	}, func(err error) { p.Log.Warn("the map is not kept", zap.Error(err)) })
	return data, `"` + key + `"`, err
}

func newGraphReply(ctx context.Context, st store.Store) (*GraphReply, error) {
	version, err := st.DataVersion(ctx)
	if err != nil {
		return nil, err
	}
	n, err := graph.Load(ctx, st)
	if err != nil {
		return nil, err
	}
	l, err := n.Layout(ctx)
	if err != nil {
		return nil, err
	}
	g := &GraphReply{Version: version, X: list(l.X), Y: list(l.Y), IDs: []string{}, Titles: []string{}, Days: []string{}, Degrees: []int{}, Sources: []int32{}, Targets: []int32{},
		Community: make([]int32, len(n.Notes)), Communities: []GraphPart{}, Broken: []GraphLost{}}
	for i, note := range n.Notes {
		g.IDs, g.Titles, g.Days = append(g.IDs, note.ID), append(g.Titles, note.Title), append(g.Days, dayOf(note))
		g.Degrees = append(g.Degrees, len(n.Neighbours(int32(i))))
		g.Community[i] = l.Of[i]
	}
	for _, d := range l.Discs {
		g.Communities = append(g.Communities, GraphPart{d.Name, d.Notes, d.X, d.Y, d.Radius})
	}
	g.addLinks(n)
	return g, nil
}

// dayOf is the day that a note states, else that of its file, in UTC.
func dayOf(n store.GraphNote) string {
	day, _ := store.Note{Date: n.Date, DateFrom: n.DateFrom, MTime: n.MTime}.Dated()
	return day
}

// addLinks adds each pair of linked notes once, those of the most linked notes first, and what is broken.
func (g *GraphReply) addLinks(n *graph.Network) {
	type pair struct{ a, b int32 }
	var pairs []pair
	for a := range int32(len(n.Notes)) {
		for _, b := range n.Neighbours(a) {
			if a < b {
				pairs = append(pairs, pair{a, b})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return g.Degrees[y.a] + g.Degrees[y.b] - g.Degrees[x.a] - g.Degrees[x.b] })
	for _, p := range pairs {
		g.Sources, g.Targets = append(g.Sources, p.a), append(g.Targets, p.b)
	}
	for _, e := range n.Edges {
		if isLost(e) && len(g.Broken) < mostLost {
			g.Broken = append(g.Broken, GraphLost{e.Source, e.Name, e.Line})
		}
	}
}

func isLost(e store.GraphEdge) bool { return e.Target < 0 && !e.Resolved && !e.File }

// GapsReply is GET /api/gaps: pairs of notes that belong together and are not linked.
type GapsReply struct {
	Gaps []GraphGap `json:"gaps"`
}

func (p *pages) apiGaps(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return p.withIndex(ctx, func(st store.Store) error {
		reply := GapsReply{[]GraphGap{}}
		found, err := graph.Gaps(ctx, st, graph.GapOptions{Limit: mostGaps, Threshold: graph.DefaultThreshold, SuperNode: p.SuperNode()})
		if err != nil && !errors.Is(err, graph.ErrNoVectors) {
			return err
		}
		for _, gap := range found.Gaps {
			reply.Gaps = append(reply.Gaps, GraphGap{gap.A, gap.B, gap.Score, gap.Reasons()})
		}
		services.WriteJSON(w, http.StatusOK, reply)
		return nil
	})
}
