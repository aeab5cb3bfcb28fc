package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/google/go-cmp/cmp"
)

// index makes a real index out of notes, their links and the directions of their passages, in degrees: the cosine of two
// passages is the cosine of the angle between them.
type index struct {
	t  testing.TB
	st *sqlite.Store
}

func newIndex(t testing.TB) index {
	t.Helper()
	st, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return index{t, st}
}

var model = store.Model{Digest: "d", Name: "angles", Dim: 2}

// add puts a note with one passage for each angle, and links "target", "TYPE target" or "#tag".
func (x index) add(id string, degrees []float64, links ...string) {
	x.t.Helper()
	p := store.Put{Note: store.Note{ID: id, Title: strings.ToUpper(id), Hash: id, Lines: len(degrees)}}
	vectors := map[string][]float32{}
	for i, d := range degrees {
		text := fmt.Sprintf("%s %d", id, i)
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, FirstLine: i + 1, LastLine: i + 1, Hash: text, Text: text})
		sin, cos := math.Sincos(d * math.Pi / 180)
		vectors[text] = []float32{float32(cos), float32(sin)}
	}
	for i, l := range links {
		e := store.Edge{Type: "LINKS_TO", Target: l, Weight: 1, Line: i + 1, Sentence: id + " says " + l}
		if kind, target, ok := strings.Cut(l, " "); ok {
			e.Type, e.Target = kind, target
		}
		if tag, ok := strings.CutPrefix(l, "#"); ok {
			e.Type, e.Target = "TAGGED_AS", "tag:"+tag
		}
		p.Edges = append(p.Edges, e)
	}
	b := store.Batch{Puts: []store.Put{p}, Vectors: vectors, Model: model}
	if err := x.st.Apply(context.Background(), b); err != nil {
		x.t.Fatal(err)
	}
	if len(degrees) > 0 {
		if err := x.st.SetActiveModel(context.Background(), model); err != nil {
			x.t.Fatal(err)
		}
	}
}

// arrow writes a link the way it was walked.
func arrow(l Link) string {
	form := "%s -%s-> %s"
	if !l.Forward {
		form = "%s <-%s- %s"
	}
	text := fmt.Sprintf(form, l.From(), l.Type, l.To())
	if !l.Resolved {
		text += "?"
	}
	return text
}

func arrows(links []Link) []string {
	out := []string{}
	for _, l := range links {
		out = append(out, fmt.Sprintf("%d %s", l.Depth, arrow(l)))
	}
	return out
}

func TestExplore(t *testing.T) {
	x := newIndex(t)
	x.add("a", nil, "b", "nowhere", "#t")
	x.add("b", nil, "CITES c", "b", "a")
	x.add("c", nil, "d")
	x.add("d", nil, "#t")
	for _, tc := range []struct {
		name, id string
		o        ExploreOptions
		nodes    int
		want     []string
	}{
		{"one step, both ways", "b", ExploreOptions{}, 2, []string{"1 b <-LINKS_TO- a", "1 b -CITES-> c", "1 b -LINKS_TO-> b", "1 b -LINKS_TO-> a"}},
		{"unresolved targets stay", "a", ExploreOptions{}, 2, []string{"1 a -LINKS_TO-> b", "1 a -LINKS_TO-> nowhere?", "1 a -TAGGED_AS-> tag:t", "1 a <-LINKS_TO- b"}},
		{"out", "b", ExploreOptions{Direction: store.Out, Relation: "cites"}, 1, []string{"1 b -CITES-> c"}},
		{"in", "b", ExploreOptions{Direction: store.In}, 1, []string{"1 b <-LINKS_TO- a", "1 b -LINKS_TO-> b"}},
		{"two steps, each edge once", "c", ExploreOptions{Depth: 2}, 4, []string{"1 c <-CITES- b", "1 c -LINKS_TO-> d", "2 b <-LINKS_TO- a", "2 b -LINKS_TO-> b", "2 b -LINKS_TO-> a", "2 d -TAGGED_AS-> tag:t"}},
		{"a tag", "tag:t", ExploreOptions{}, 2, []string{"1 tag:t <-TAGGED_AS- a", "1 tag:t <-TAGGED_AS- d"}},
		{"unknown", "z", ExploreOptions{Depth: 3}, 0, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Explore(context.Background(), x.st, tc.id, tc.o)
			if err != nil || got.Truncated || got.Nodes != tc.nodes {
				t.Errorf("%d nodes, truncated %v, %v", got.Nodes, got.Truncated, err)
			}
			if d := cmp.Diff(tc.want, arrows(got.Links)); d != "" {
				t.Error(d)
			}
		})
	}
	got, err := Explore(context.Background(), x.st, "c", ExploreOptions{Depth: 9, Limit: 3})
	if err != nil || len(got.Links) != 3 || !got.Truncated {
		t.Errorf("limit: %+v, %v", got, err)
	}
}

func TestPath(t *testing.T) {
	x := newIndex(t)
	x.add("a", nil, "b", "#t", "ghost")
	x.add("b", nil, "c")
	x.add("c", nil, "REFUTES e")
	x.add("d", nil, "c", "#t")
	x.add("e", nil)
	x.add("island", nil, "ghost")
	for _, tc := range []struct {
		from, to, relation string
		want               []string
	}{
		{"a", "b", "", []string{"1 a -LINKS_TO-> b"}},
		{"b", "a", "", []string{"1 b <-LINKS_TO- a"}},
		{"a", "c", "", []string{"1 a -LINKS_TO-> b", "2 b -LINKS_TO-> c"}},
		{"a", "d", "", []string{"1 a -TAGGED_AS-> tag:t", "2 tag:t <-TAGGED_AS- d"}}, // 2 by the tag, 3 by notes
		{"a", "d", "links_to", []string{"1 a -LINKS_TO-> b", "2 b -LINKS_TO-> c", "3 c <-LINKS_TO- d"}},
		{"a", "e", "", []string{"1 a -LINKS_TO-> b", "2 b -LINKS_TO-> c", "3 c -REFUTES-> e"}}, // by notes: the tag's way is as long
		{"d", "b", "", []string{"1 d -LINKS_TO-> c", "2 c <-LINKS_TO- b"}},
		{"tag:t", "e", "", []string{"1 tag:t <-TAGGED_AS- d", "2 d -LINKS_TO-> c", "3 c -REFUTES-> e"}},
		{"a", "a", "", []string{}},
		{"a", "island", "", nil}, // the name that both use leads nowhere
		{"a", "unknown", "", nil},
	} {
		t.Run(tc.from+" "+tc.to+tc.relation, func(t *testing.T) {
			got, err := Path(context.Background(), x.st, tc.from, tc.to, tc.relation)
			if err != nil || got.Found != (tc.want != nil) {
				t.Fatalf("found %v, %v", got.Found, err)
			}
			if d := cmp.Diff(tc.want, arrows(got.Steps)); got.Found && d != "" {
				t.Error(d)
			}
		})
	}
	got, err := Path(context.Background(), x.st, "a", "b", "")
	if err != nil || got.Steps[0].Sentence != "a says b" || got.Steps[0].Line != 1 {
		t.Errorf("evidence: %+v, %v", got, err)
	}
}

func deg(angles ...float64) []float64 { return angles }

func TestGaps(t *testing.T) {
	x := newIndex(t)
	x.add("a", deg(-10, 10), "n") // mean 0
	x.add("b", deg(20))           // 20 from a's mean, 10 from its second passage
	x.add("c", deg(30, 50), "b")  // mean 40: 20 from b (an edge), 40 from a
	x.add("d", deg(1), "n")       // 1 from a, a neighbour of both
	x.add("e", deg(2), "#t")      // 2 from a, 18 from b, 1 from d
	x.add("f", deg(2.5), "#t", "ghost")
	x.add("g", deg(180), "ghost")
	x.add("h", deg(178))
	x.add("opposite", deg(0, 180)) // no mean
	x.add("empty", nil)
	n := store.Put{Note: store.Note{ID: "n", Hash: "n"}, Chunks: []store.Chunk{{Hash: "n", Text: "n"}}} // without a vector
	if err := x.st.Apply(t.Context(), store.Batch{Puts: []store.Put{n}}); err != nil {
		t.Fatal(err)
	}
	cos := func(d float64) float64 { return math.Cos(d * math.Pi / 180) }
	for _, tc := range []struct {
		name string
		o    GapOptions
		want []string
	}{
		{"the best three", GapOptions{Limit: 3, Threshold: 0.8}, []string{"e f 0.5", "a d 1.0", "d e 1.0"}},
		{"all above", GapOptions{Limit: 100, Threshold: cos(20)}, []string{"e f 0.5", "a d 1.0", "d e 1.0", "d f 1.5", "a e 2.0", "g h 2.0", "a f 2.5", "b f 17.5", "b e 18.0", "b d 19.0", "a b 20.0"}},
		{"none", GapOptions{Threshold: 0.99999}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Gaps(context.Background(), x.st, tc.o)
			if err != nil {
				t.Fatal(err)
			}
			var pairs []string
			for _, g := range got.Gaps {
				pairs = append(pairs, fmt.Sprintf("%s %s %.1f", g.A, g.B, math.Acos(g.Cosine)*180/math.Pi))
			}
			if d := cmp.Diff(tc.want, pairs); d != "" || got.Compared != 9 || got.Without != 1 {
				t.Errorf("compared %d, without %d:\n%s", got.Compared, got.Without, d)
			}
		})
	}
	got, err := Gaps(context.Background(), x.st, GapOptions{Limit: 100, Threshold: cos(20)})
	if err != nil {
		t.Fatal(err)
	}
	last := got.Gaps[len(got.Gaps)-1] // a b
	want := [2]Passage{{Lines: [2]int{2, 2}, Text: "a 1"}, {Lines: [2]int{1, 1}, Text: "b 0"}}
	if d := cmp.Diff(want, last.Evidence); d != "" || math.Abs(last.Nearest-cos(10)) > 1e-6 {
		t.Errorf("nearest %v, evidence %s", last.Nearest, d)
	}
}

func TestNoVectors(t *testing.T) {
	x := newIndex(t)
	if got, err := Gaps(context.Background(), x.st, GapOptions{}); err != nil || got.Total != 0 {
		t.Errorf("gaps of no notes: %+v, %v", got, err)
	}
	x.add("a", nil, "b")
	x.add("b", nil, "#t")
	x.add("c", nil, "b", "#t")
	x.add("d", nil)
	waiting := store.Put{Note: store.Note{ID: "e", Hash: "e"}, Chunks: []store.Chunk{{Hash: "e", Text: "e"}}}
	if err := x.st.Apply(context.Background(), store.Batch{Puts: []store.Put{waiting}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Gaps(context.Background(), x.st, GapOptions{}); !errors.Is(err, ErrNoVectors) {
		t.Errorf("gaps: %v", err)
	}
	got, err := Related(context.Background(), x.st, "a", RelatedOptions{})
	if err != nil || !got.Degraded {
		t.Fatalf("%+v, %v", got, err)
	}
	if d := cmp.Diff([]string{"b", "c shares [b]"}, reasons(got)); d != "" {
		t.Error(d)
	}
}

// reasons writes each relative as "id angle links… shares […]".
func reasons(r Relatives) []string {
	var out []string
	for _, n := range r.Notes {
		text := n.ID
		if n.Of.Text != "" {
			text += fmt.Sprintf(" %.0f", math.Acos(n.Cosine)*180/math.Pi)
		}
		if !r.Degraded {
			for _, l := range n.Links {
				text += " " + arrow(l)
			}
		}
		if len(n.Shared) > 0 {
			text += fmt.Sprintf(" shares %v", n.Shared)
		}
		out = append(out, text)
	}
	return out
}

func TestRelated(t *testing.T) {
	x := newIndex(t)
	x.add("a", deg(0, 90), "far", "#t", "unembedded")
	x.add("b", deg(50, 93), "#t") // 3 from a's second passage
	x.add("c", deg(-10, 200))     // 10 from a's first
	x.add("d", deg(30), "a")      // linked
	x.add("far", deg(-120), "b")  // linked, 120 from a
	x.add("near", deg(1))
	x.add("unembedded", nil)
	for _, tc := range []struct {
		limit int
		want  []string
	}{
		{0, []string{"near 1", "b 3 shares [far tag:t]", "c 10", "d 30 a <-LINKS_TO- d", "unembedded a -LINKS_TO-> unembedded", "far 120 a -LINKS_TO-> far"}},
		{3, []string{"near 1", "d 30 a <-LINKS_TO- d", "unembedded a -LINKS_TO-> unembedded"}},
		{1, []string{"d 30 a <-LINKS_TO- d"}},
	} {
		t.Run(fmt.Sprint(tc.limit), func(t *testing.T) {
			got, err := Related(context.Background(), x.st, "a", RelatedOptions{Limit: tc.limit})
			if err != nil || got.Degraded {
				t.Fatalf("%+v, %v", got, err)
			}
			if d := cmp.Diff(tc.want, reasons(got)); d != "" {
				t.Error(d)
			}
		})
	}
	got, err := Related(context.Background(), x.st, "a", RelatedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Notes[1]; b.Passage.Text != "b 1" || b.Of.Text != "a 1" || b.Of.Lines != [2]int{2, 2} {
		t.Errorf("passages: %+v", b)
	}
}

func TestCancelled(t *testing.T) {
	x := newIndex(t)
	x.add("a", deg(0), "b")
	x.add("b", deg(1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err1 := Explore(ctx, x.st, "a", ExploreOptions{})
	_, err2 := Path(ctx, x.st, "a", "b", "")
	_, err3 := Gaps(ctx, x.st, GapOptions{})
	_, err4 := Related(ctx, x.st, "a", RelatedOptions{Limit: 1})
	for i, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// BenchmarkGaps compares 10,000 notes of 384 dimensions; reading them is part of it.
func BenchmarkGaps(b *testing.B) {
	x := newIndex(b)
	m := store.Model{Digest: "big", Name: "random", Dim: 384}
	rnd := rand.New(rand.NewPCG(3, 4))
	for at := 0; at < 10_000; at += 1000 {
		batch := store.Batch{Model: m, Vectors: map[string][]float32{}}
		for i := at; i < at+1000; i++ {
			v := make([]float32, m.Dim)
			for j := range v {
				v[j] = float32(rnd.NormFloat64())
			}
			id := fmt.Sprintf("note-%05d.md", i)
			batch.Vectors[id] = v
			batch.Puts = append(batch.Puts, store.Put{Note: store.Note{ID: id, Hash: id}, Chunks: []store.Chunk{{Hash: id, Text: id}}})
		}
		if err := x.st.Apply(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := x.st.SetActiveModel(context.Background(), m); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for b.Loop() {
		if _, err := Gaps(context.Background(), x.st, GapOptions{Threshold: 0.1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(10_000*9_999/2/time.Since(start).Seconds()*float64(b.N)/1e6, "Mpairs/s")
}

// Files that are no notes are where links end: they are shown, and connect nothing.
func TestFilesAreNoNodes(t *testing.T) {
	x := newIndex(t)
	x.add("a", nil, "logo.png", "b")
	x.add("b", nil, "logo.png", "c")
	x.add("c", nil)
	x.add("d", nil, "logo.png")
	if err := x.st.Apply(t.Context(), store.Batch{Others: []store.Other{{ID: "img/logo.png"}}}); err != nil {
		t.Fatal(err)
	}
	hood, err := Explore(t.Context(), x.st, "a", ExploreOptions{Depth: 3})
	if err != nil || hood.Nodes != 2 || len(hood.Links) != 4 || !hood.Links[0].File || hood.Links[0].Target != "img/logo.png" {
		t.Errorf("%+v %v", hood, err)
	}
	if route, err := Path(t.Context(), x.st, "a", "d", ""); err != nil || route.Found {
		t.Errorf("%+v %v", route, err)
	}
	rel, err := Related(t.Context(), x.st, "a", RelatedOptions{Limit: 10})
	var ids []string
	for _, r := range rel.Notes {
		ids = append(ids, r.ID)
	}
	if d := cmp.Diff([]string{"b", "c"}, ids); err != nil || d != "" {
		t.Error(d, err)
	}
}

// Of notes that link to each other, those that state a day follow each other; others, and other communities, do not.
func TestFollows(t *testing.T) {
	x := newIndex(t)
	put := func(id, date, from string, links ...string) {
		p := store.Put{Note: store.Note{ID: id, Hash: id, Date: date, DateFrom: from, MTime: 1e18}}
		for _, l := range links {
			p.Edges = append(p.Edges, store.Edge{Type: "LINKS_TO", Target: l, Weight: 1, Line: 1})
		}
		if err := x.st.Apply(t.Context(), store.Batch{Puts: []store.Put{p}}); err != nil {
			t.Fatal(err)
		}
	}
	put("a", "2024-01-05", "front matter", "b", "c", "d")
	put("b", "2024-01-01", "name", "c", "d")
	put("c", "", "", "d")
	put("d", "2024-01-05", "name")
	put("other", "2024-01-03", "name", "another")
	put("another", "2023-01-03", "name")
	got, err := Explore(t.Context(), x.st, "a", ExploreOptions{Relation: "follows", Depth: 5})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"1 a -FOLLOWS-> b"}, arrows(got.Links)); d != "" || got.Links[0].Sentence != "2024-01-05 (front matter) comes after 2024-01-01 (name)" {
		t.Errorf("%s %+v", d, got.Links)
	}
	if r, err := Path(t.Context(), x.st, "b", "a", "FOLLOWS"); err != nil || len(r.Steps) != 1 || r.Steps[0].Forward {
		t.Errorf("%+v %v", r, err)
	}
	if r, err := Path(t.Context(), x.st, "other", "a", "FOLLOWS"); err != nil || r.Found {
		t.Errorf("%+v %v", r, err)
	}
	n, err := Load(t.Context(), x.st)
	if err != nil {
		t.Fatal(err)
	}
	var follow []string
	for _, e := range n.Drawing(false).Edges {
		if e.Type == "FOLLOWS" {
			follow = append(follow, e.Source+" "+e.Target)
		}
	}
	if d := cmp.Diff([]string{"a b", "other another"}, follow); d != "" {
		t.Error(d)
	}
}

// TestSelect is `amalfa list` over links alone.
func TestSelect(t *testing.T) {
	x := newIndex(t)
	x.add("a", nil, "b", "a")
	x.add("b", nil, "a", "c")
	x.add("c", nil, "d", "d")
	x.add("d", nil)
	x.add("e", nil, "e", "#t")
	n, err := Load(t.Context(), x.st)
	if err != nil {
		t.Fatal(err)
	}
	at := func(id string) []int32 { i, _ := n.At(id); return []int32{i} }
	for _, tc := range []struct {
		name string
		o    Selection
		want string
	}{
		{"all", Selection{}, "a b c d e"},
		{"a link to itself is none", Selection{Orphan: true}, "e"},
		{"missing backlinks", Selection{MissingBack: true}, "b c"},
		{"linked by", Selection{LinkedBy: at("a"), MaxDistance: 1}, "b"},
		{"two steps", Selection{LinkedBy: at("a"), MaxDistance: 2}, "a b c"},
		{"any number", Selection{LinkedBy: at("b")}, "a b c d"},
		{"not linked by", Selection{NotLinkedBy: at("b"), MaxDistance: 1}, "b d e"},
		{"among", Selection{Among: map[string]bool{"d": true, "b": true}}, "b d"},
		{"by links", Selection{Sort: []SortKey{{"links", true}, {"id", true}}}, "c b d a e"},
	} {
		if got := strings.Join(n.IDs(n.Select(tc.o)), " "); got != tc.want {
			t.Errorf("%s: %s", tc.name, got)
		}
	}
	if _, err := ParseSort("date-,size"); err == nil {
		t.Error("sorted by size")
	}
}
