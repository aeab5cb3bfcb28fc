package search

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store/sqlite"
)

// A bit that turned over in the vectors' file costs time, not an answer.
func TestDamagedVectors(t *testing.T) {
	st := vault(t, note("a.md", "A", "north", "east"), note("b.md", "B", "south"))
	degrees := map[string]float64{"north": 90, "east": 0, "south": 270}
	directed(t, st, degrees)
	if _, err := st.Nearest(t.Context(), compassModel.Digest, []float32{1, 0}, 1, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(st.Path()), "vectors-"+compassModel.Digest+".bin")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 0x80 // the last number's sign: south becomes north
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := sqlite.Open(t.Context(), st.Path(), sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	s := New(reader, compass{degrees: map[string]float64{"up": 80}, digest: compassModel.Digest}, nil)
	got := places(ask(t, s, Query{Text: "up", Mode: Vector, Passages: true}))
	if diff := cmp.Diff([]string{"a.md:1", "a.md:2", "b.md:1"}, got); diff != "" {
		t.Error(diff)
	}
}
