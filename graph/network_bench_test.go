package graph

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"

	"amalfa/notes"
	"amalfa/store"
)

// bigVault is the vault of the figures in docs: power-law degrees, planted communities, ten links a note. AMALFA_NOTES is another number of
// notes than 20,000.
func bigVault() planted {
	count := 20_000
	if text := os.Getenv("AMALFA_NOTES"); text != "" {
		count, _ = strconv.Atoi(text)
	}
	return plant(1, count, 10*count, 3*count/1000)
}

// reportMemory is what the process has taken from the system, the vault and its index included.
func reportMemory(b *testing.B) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB")
}

func BenchmarkPageRank(b *testing.B) {
	n := newNetwork(bigVault().Graph)
	for b.Loop() {
		n.PageRank()
	}
}

func BenchmarkBetweenness(b *testing.B) {
	n := newNetwork(bigVault().Graph)
	for b.Loop() {
		if _, err := n.Betweenness(b.Context(), false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommunities(b *testing.B) {
	p := bigVault()
	n := newNetwork(p.Graph)
	var c Communities
	for b.Loop() {
		c = n.Communities()
	}
	b.ReportMetric(c.Modularity, "modularity")
	b.ReportMetric(nmi(p.of, c.Of), "NMI")
	b.ReportMetric(float64(len(c.All)), "communities")
	reportMemory(b)
}

// indexed puts a planted graph into a real index.
func indexed(b testing.TB, p planted) index {
	b.Helper()
	x := newIndex(b)
	puts := make([]store.Put, len(p.Notes))
	for i, n := range p.Notes {
		puts[i] = store.Put{Note: store.Note{ID: n.ID, Title: n.Title, Hash: n.ID}}
	}
	for _, e := range p.Edges {
		puts[e.Source].Edges = append(puts[e.Source].Edges, store.Edge{Type: e.Type, Target: p.Notes[e.Target].ID, Rule: notes.ByPath, Weight: 1, Line: int(e.Line),
			Sentence: "As the note says, this is where the other one begins to matter to us."})
	}
	if err := x.st.Apply(b.Context(), store.Batch{Puts: puts}); err != nil {
		b.Fatal(err)
	}
	return x
}

func BenchmarkLoad(b *testing.B) {
	x := indexed(b, bigVault())
	for b.Loop() {
		if _, err := Load(b.Context(), x.st); err != nil {
			b.Fatal(err)
		}
	}
	reportMemory(b)
}

func BenchmarkExplore(b *testing.B) {
	x := indexed(b, bigVault())
	links := 0
	for b.Loop() {
		hood, err := Explore(b.Context(), x.st, "n/004711.md", ExploreOptions{Depth: 2})
		if err != nil {
			b.Fatal(err)
		}
		links = len(hood.Links)
	}
	b.ReportMetric(float64(links), "links")
}

// BenchmarkGapsOfLinked compares all notes of the big vault by meaning and by what they have in common; vectors lie around the middle of
// each note's community, so that many pairs reach the threshold.
func BenchmarkGapsOfLinked(b *testing.B) {
	p := bigVault()
	rnd := rand.New(rand.NewPCG(5, 6))
	const dim = 384
	middles := map[int][]float64{}
	v := &store.Vectors{Model: store.Model{Dim: dim}}
	var noteOf []string
	for i, c := range p.of {
		if middles[c] == nil {
			middles[c] = randomVector(rnd, dim)
		}
		row := randomVector(rnd, dim)
		for d := range row {
			row[d] = row[d]*0.6 + middles[c][d]
		}
		for _, x := range unit(row) {
			v.Data = append(v.Data, float32(x))
		}
		v.IDs, noteOf = append(v.IDs, int64(i)), append(noteOf, p.Notes[i].ID)
	}
	n, sp := newNetwork(p.Graph), layOut(v, noteOf)
	total := 0
	for b.Loop() {
		var err error
		if _, total, err = newSeeker(n, sp, GapOptions{Threshold: DefaultThreshold}).seek(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(total), "gaps")
	reportMemory(b)
}

func BenchmarkLayout(b *testing.B) {
	n := newNetwork(bigVault().Graph)
	for b.Loop() {
		if _, err := n.Layout(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	reportMemory(b)
}
