package graph

import (
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalfa/notes"
	"amalfa/store"
)

var update = flag.Bool("update", false, "write testdata/hidden/recall.txt anew")

// A hiddenLinks is a vault of which a tenth of the pairs of linked notes was hidden before it was read, as
// testdata/hidden/README.md says. Notes are positions in Notes.
type hiddenLinks struct {
	Notes   []string   `json:"notes"`
	Tags    [][]string `json:"tags"`
	Links   [][2]int   `json:"links"`
	Hidden  [][2]int   `json:"hidden"`
	Vectors []string   `json:"vectors"` // the mean of a note's passages, as signed bytes in base64; "" for a note without
}

func readHidden(t *testing.T, path string) (h hiddenLinks) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(zip).Decode(&h); err != nil {
		t.Fatal(err)
	}
	return h
}

// hiddenPaths are the files of all such vaults.
func hiddenPaths(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/hidden/*.json.gz")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	return paths
}

// graph and space are what Gaps reads from a store.
func (h hiddenLinks) graph() (g store.Graph) {
	for i, id := range h.Notes {
		g.Notes = append(g.Notes, store.GraphNote{ID: id})
		for _, tag := range h.Tags[i] {
			g.Edges = append(g.Edges, store.GraphEdge{Source: int32(i), Target: -1, Type: taggedAs, Name: notes.TagPrefix + tag, Resolved: true})
		}
	}
	for _, l := range h.Links {
		g.Edges = append(g.Edges, store.GraphEdge{Source: int32(l[0]), Target: int32(l[1]), Type: "LINKS_TO", Weight: 1, Resolved: true})
	}
	return g
}

func (h hiddenLinks) space(t *testing.T) *space {
	v := &store.Vectors{}
	var noteOf []string
	for i, text := range h.Vectors {
		row, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(row) == 0 {
			continue
		}
		v.Model.Dim = len(row)
		sum := 0.0
		for _, b := range row {
			sum += float64(int8(b)) * float64(int8(b))
		}
		for _, b := range row {
			v.Data = append(v.Data, float32(float64(int8(b))/math.Sqrt(sum)))
		}
		v.IDs, noteOf = append(v.IDs, int64(i)), append(noteOf, h.Notes[i])
	}
	return layOut(v, noteOf)
}

// recall is the share of the hidden links that are among the ten best of a note's pairs; each pair counts at both of its notes.
func (h hiddenLinks) recall(pairs []pair, score func(pair) float64) float64 {
	of := map[int32][]pair{}
	for _, p := range pairs {
		of[p.a], of[p.b] = append(of[p.a], p), append(of[p.b], p)
	}
	hidden := map[link]bool{}
	for _, l := range h.Hidden {
		hidden[link{int32(min(l[0], l[1])), int32(max(l[0], l[1]))}] = true
	}
	found := 0
	for _, all := range of {
		slices.SortFunc(all, func(p, q pair) int {
			return cmp.Or(cmp.Compare(score(q), score(p)), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
		})
		for _, p := range all[:min(10, len(all))] {
			if hidden[link{p.a, p.b}] {
				found++
			}
		}
	}
	return float64(found) / float64(2*len(h.Hidden))
}

// TestHiddenLinks holds that the score finds hidden links again better than cosine alone and than Adamic-Adar alone, and by how much.
func TestHiddenLinks(t *testing.T) {
	paths := hiddenPaths(t)
	table := fmt.Sprintf("%-10s %6s %6s %7s %12s %6s\n", "notes", "", "hidden", "cosine", "Adamic-Adar", "score")
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json.gz")
		h := readHidden(t, path)
		s := newSeeker(newNetwork(h.graph()), h.space(t), GapOptions{Limit: len(h.Notes) * len(h.Notes) / 2, Threshold: -1})
		pairs, total, err := s.seek(t.Context())
		if all := len(h.Notes) * (len(h.Notes) - 1) / 2; err != nil || total > all || total < all*8/10 {
			t.Fatalf("%s: %d pairs of %d, %v", name, total, all, err)
		}
		cosine := h.recall(pairs, func(p pair) float64 { return float64(p.cosine) })
		structure := h.recall(pairs, func(p pair) float64 { return s.AdamicAdar(p.a, p.b) })
		both := h.recall(pairs, func(p pair) float64 { return p.score })
		if both <= cosine || both <= structure {
			t.Errorf("%s: %.3f of the hidden links are found, %.3f by cosine alone and %.3f by Adamic-Adar alone", name, both, cosine, structure)
		}
		table += fmt.Sprintf("%-10s %6d %6d %7.3f %12.3f %6.3f\n", name, len(h.Notes), len(h.Hidden), cosine, structure, both)
	}
	const golden = "testdata/hidden/recall.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != table {
		t.Errorf("%v; found, and what is worse or better than %s (go test ./graph -run Hidden -update):\n%s%s", err, golden, table, want)
	}
}
