package graph

import (
	"math"
	"slices"
	"testing"

	"amalfa/store"
)

// TestLayout places the notes of planted communities: each within its disc, no two at one place, no two discs over each other, the same each
// time, and linked notes nearer than others.
func TestLayout(t *testing.T) {
	p := plant(3, 600, 3000, 9)
	p.Notes = append(p.Notes, store.GraphNote{ID: "z/alone.md"}, store.GraphNote{ID: "z/too.md"})
	n := newNetwork(p.Graph)
	l, err := n.Layout(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := l.Discs[len(l.Discs)-1]; last.Name != "without links" || last.Notes < 2 || int(l.Of[601]) != len(l.Discs)-1 {
		t.Errorf("notes without links have %+v", last)
	}
	for i := range n.Notes {
		d := l.Discs[l.Of[i]]
		if far := math.Hypot(float64(l.X[i]-d.X), float64(l.Y[i]-d.Y)); far > float64(d.Radius) {
			t.Errorf("note %d lies %.2f from the middle of a disc of %.2f", i, far, d.Radius)
		}
	}
	for i, a := range l.Discs {
		for _, b := range l.Discs[i+1:] {
			if far := math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)); far < float64(a.Radius+b.Radius) {
				t.Errorf("discs of %.2f and %.2f are %.2f apart", a.Radius, b.Radius, far)
			}
		}
	}
	again, err := n.Layout(t.Context())
	if err != nil || !slices.Equal(l.X, again.X) || !slices.Equal(l.Y, again.Y) {
		t.Errorf("another map: %v", err)
	}
	linked, any := 0.0, 0.0
	for i, e := range p.Edges {
		other := p.Edges[(i+1500)%len(p.Edges)].Target
		linked += math.Hypot(float64(l.X[e.Source]-l.X[e.Target]), float64(l.Y[e.Source]-l.Y[e.Target]))
		any += math.Hypot(float64(l.X[e.Source]-l.X[other]), float64(l.Y[e.Source]-l.Y[other]))
	}
	if linked > 0.5*any {
		t.Errorf("links are %.0f long together, pairs of any notes %.0f", linked, any)
	}
}

func TestLayoutOfLittle(t *testing.T) {
	for _, g := range []store.Graph{{}, {Notes: []store.GraphNote{{ID: "a.md"}}},
		{Notes: []store.GraphNote{{ID: "a.md"}, {ID: "b.md"}}, Edges: []store.GraphEdge{{Source: 0, Target: 1, Resolved: true}, {Source: 1, Target: -1, Name: "c"}}}} {
		l, err := newNetwork(g).Layout(t.Context())
		if err != nil || len(l.X) != len(g.Notes) {
			t.Errorf("%d notes: %+v, %v", len(g.Notes), l, err)
		}
		for i := range l.X {
			if math.IsNaN(float64(l.X[i])) || math.IsNaN(float64(l.Y[i])) {
				t.Errorf("%d notes: note %d has no place", len(g.Notes), i)
			}
		}
	}
}
