package text

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An Analyzer that has made other documents makes the same of a text as a new one, and what the weights and places say is counted
// by hand here.
func TestDocument(t *testing.T) {
	c := Columns{"tide tables tide", "tides", "table", "", "moon"}
	want := map[string]struct {
		Weight    uint32
		Positions []uint32
	}{
		"tide": {2 + 2 + 3, []uint32{0, 2, 4}}, // the heading begins after a gap
		"tabl": {2 + 4, []uint32{1, 6}},
		"moon": {2, []uint32{9}},
	}
	a := &Analyzer{}
	for _, before := range []Columns{{}, {"moon moon moon walks far", "tide"}, c} {
		a.Document(before)
		d := a.Document(c)
		got := map[string]struct {
			Weight    uint32
			Positions []uint32
		}{}
		for _, u := range d.terms {
			positions, rest := decodePositions(nil, u.positions)
			if len(rest) > 0 {
				t.Errorf("%s: %d bytes after its positions", *u.term, len(rest))
			}
			got[*u.term] = struct {
				Weight    uint32
				Positions []uint32
			}{u.weight, positions}
		}
		if diff := cmp.Diff(want, got); diff != "" || d.words != 6 {
			t.Errorf("%d words, want 6; %s", d.words, diff)
		}
	}
}
