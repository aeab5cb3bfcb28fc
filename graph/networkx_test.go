package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"amalfa/store"
	"amalfa/testdata/assets"
)

// networkxVersion is what the numbers are held against.
const networkxVersion = "networkx==3.6.1"

// A reference is what testdata/reference.py says of a graph in GraphML, by the ids of its notes.
type reference struct {
	PageRank    map[string]float64 `json:"pagerank"`
	Betweenness map[string]float64 `json:"betweenness"`
	In          map[string]int     `json:"in"`
	Out         map[string]int     `json:"out"`
	Components  [][]string         `json:"components"`
	AdamicAdar  []struct {
		A, B  string
		Score float64
	} `json:"adamicAdar"`
	Louvain float64 `json:"louvain"` // the best modularity of five seeds
	Ours    float64 `json:"ours"`    // modularity of our communities
}

// sample is what a test sends to networkx.
type sample struct {
	GraphML     string     `json:"graphml"`
	GEXF        string     `json:"gexf"`
	Communities [][]string `json:"communities"`
}

// TestNetworkX holds the numbers against networkx on the graphs that we export, generated ones and those of real notes: with links to itself,
// doubled links, weights, chains without an end, tags, orphans and typed relations.
func TestNetworkX(t *testing.T) {
	graphs := map[string]store.Graph{
		"empty": {}, "one note": {Notes: []store.GraphNote{{ID: "a.md", Title: "A"}}},
		"pair": {Notes: []store.GraphNote{{ID: "a.md"}, {ID: "b.md"}}, Edges: []store.GraphEdge{{Source: 0, Target: 1, Type: "LINKS_TO", Line: 3, Resolved: true}}},
		"loop": {Notes: []store.GraphNote{{ID: "a.md"}}, Edges: []store.GraphEdge{{Source: 0, Target: 0, Type: "LINKS_TO", Resolved: true}}},
		"dangling": {Notes: []store.GraphNote{{ID: "a.md"}, {ID: "b.md"}}, Edges: []store.GraphEdge{{Source: 0, Target: -1, Name: "nowhere", Type: "CITES"},
			{Source: 1, Target: -1, Name: "tag:sea", Type: "TAGGED_AS", Resolved: true}}},
		"ring":   ring(200),
		"small":  plant(2, 40, 70, 4).Graph,
		"medium": odd(plant(3, 300, 1200, 8).Graph),
		"sparse": odd(plant(4, 500, 300, 10).Graph),
		"dense":  odd(plant(5, 120, 3000, 3).Graph),
	}
	for _, path := range hiddenPaths(t) {
		graphs[filepath.Base(path)] = readHidden(t, path).graph()
	}
	python := assets.Python(t, networkxVersion, "numpy", "scipy")
	for name, g := range graphs {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(g)
			c := n.Communities()
			want := askNetworkX(t, python, n, c)
			compareRanks(t, n, want)
			compareShape(t, n, want)
			if c.Modularity < want.Louvain-0.01 || math.Abs(c.Modularity-want.Ours) > 1e-9 {
				t.Errorf("modularity %v; networkx says %v of it, and %v of Louvain's", c.Modularity, want.Ours, want.Louvain)
			}
		})
	}
}

// ring is one long cycle.
func ring(notes int) (g store.Graph) {
	for i := range notes {
		g.Notes = append(g.Notes, store.GraphNote{ID: fmt.Sprintf("n/%06d.md", i)})
		g.Edges = append(g.Edges, store.GraphEdge{Source: int32(i), Target: int32((i + 1) % notes), Type: "CITES", Weight: 1, Resolved: true})
	}
	return g
}

// odd adds what makes graphs hard to count.
func odd(g store.Graph) store.Graph {
	for i := range int32(5) {
		g.Edges = append(g.Edges, store.GraphEdge{Source: i, Target: i, Type: "CITES", Resolved: true}, store.GraphEdge{Source: i, Target: i + 1, Type: "EXTENDS", Weight: 0.25, Resolved: true},
			store.GraphEdge{Source: i, Target: i + 1, Type: "EXTENDS", Weight: 3, Line: 9, Resolved: true}, store.GraphEdge{Source: i, Target: -1, Name: "tag:sea", Type: "TAGGED_AS", Resolved: true},
			store.GraphEdge{Source: i, Target: -1, Name: "nowhere", Type: "CITES"}, store.GraphEdge{Source: i, Target: i + 9, Type: "FOLLOWS", Resolved: true})
	}
	g.Notes = append(g.Notes, store.GraphNote{ID: "z/<\"&\x01>.md", Title: "\u202e & <b>"})
	return g
}

func askNetworkX(t *testing.T, python string, n *Network, c Communities) (want reference) {
	t.Helper()
	var xml, gexf bytes.Buffer
	if err := errors.Join(n.Drawing(false).WriteGraphML(&xml), n.Drawing(false).WriteGEXF(&gexf)); err != nil {
		t.Fatal(err)
	}
	in := sample{GraphML: xml.String(), GEXF: gexf.String(), Communities: [][]string{}}
	for _, part := range c.All {
		in.Communities = append(in.Communities, n.IDs(part.Notes))
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, filepath.Join("testdata", "reference.py"))
	cmd.Stdin = bytes.NewReader(data)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaint.Bytes())
	}
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	return want
}

func compareRanks(t *testing.T, n *Network, want reference) {
	t.Helper()
	ranks, err := n.Hubs(t.Context(), ByPageRank, false)
	if err != nil || len(want.PageRank) != len(n.Notes) {
		t.Fatalf("%d notes of %d, %v", len(want.PageRank), len(n.Notes), err)
	}
	for _, r := range ranks.Notes {
		id := exportedID(n.Notes[r.Note].ID)
		if d := math.Abs(r.PageRank - want.PageRank[id]); d > 1e-6 {
			t.Errorf("PageRank of %s is off by %v", id, d)
		}
		if d := math.Abs(r.Betweenness - want.Betweenness[id]); d > 1e-9 {
			t.Errorf("betweenness of %s is off by %v", id, d)
		}
		if r.In != want.In[id] || r.Out != want.Out[id] {
			t.Errorf("%s has %d in and %d out, want %d and %d", id, r.In, r.Out, want.In[id], want.Out[id])
		}
	}
}

// exportedID is how an id stands in GraphML, once it is read.
func exportedID(id string) string {
	if slices.Contains([]rune(id), 1) {
		return "z%2F%3C%22&%01%3E.md"
	}
	return id
}

func compareShape(t *testing.T, n *Network, want reference) {
	t.Helper()
	var parts [][]string
	for _, part := range n.Components() {
		var ids []string
		for _, id := range n.IDs(part) {
			ids = append(ids, exportedID(id))
		}
		slices.Sort(ids)
		parts = append(parts, ids)
	}
	slices.SortFunc(parts, slices.Compare)
	slices.SortFunc(want.Components, slices.Compare)
	if fmt.Sprint(parts) != fmt.Sprint(want.Components) {
		t.Errorf("components %v\nwant %v", parts, want.Components)
	}
	for _, pair := range want.AdamicAdar {
		a, _ := n.at(pair.A)
		b, _ := n.at(pair.B)
		if got := n.AdamicAdar(a, b); math.Abs(got-pair.Score) > 1e-12 {
			t.Errorf("Adamic-Adar of %s and %s is %v, want %v", pair.A, pair.B, got, pair.Score)
		}
	}
}
