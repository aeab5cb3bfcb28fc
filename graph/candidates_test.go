package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRelatedLooksAtEnough holds what is found near a note against a look at all notes.
func TestRelatedLooksAtEnough(t *testing.T) {
	const count = 600
	x, dice := newIndex(t), rand.New(rand.NewPCG(18, 1))
	name := func(i int) string { return fmt.Sprintf("n%03d", i) }
	for i := range count {
		var angles []float64
		for range dice.IntN(4) {
			angles = append(angles, 360*dice.Float64())
		}
		links := []string{"#t" + fmt.Sprint(dice.IntN(20)), "RELATED " + name(dice.IntN(count))}
		for range dice.IntN(6) {
			links = append(links, name(int(float64(count)*dice.Float64()*dice.Float64())))
		}
		x.add(name(i), angles, links...)
	}
	n, err := Load(t.Context(), x.st)
	if err != nil {
		t.Fatal(err)
	}
	sp, err := readSpace(t.Context(), x.st)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < count; i += 29 {
		o := RelatedOptions{Limit: 12, SuperNode: 20}
		got, err := Related(t.Context(), x.st, name(i), o)
		if err != nil {
			t.Fatal(err)
		}
		if home := slices.Index(sp.notes, name(i)); home < 0 {
			if !got.Degraded {
				t.Errorf("%s has no vectors", name(i))
			}
		} else if d := cmp.Diff(lookAtAll(newSeeker(n, nil, GapOptions{SuperNode: o.SuperNode}), sp, home, o.Limit), told(got.Notes)); d != "" {
			t.Errorf("%s: %s", name(i), d)
		}
	}
}

// lookAtAll ranks all notes.
func lookAtAll(s *seeker, sp *space, home, limit int) (out []string) {
	var linked, rest []candidate
	a, _ := s.at(sp.notes[home])
	for b, note := range s.Notes {
		c := candidate{id: note.ID}
		at := slices.Index(sp.notes, note.ID)
		if at >= 0 {
			_, _, c.cosine = best(sp.passages(home), sp.passages(at))
			c.cosine = min(c.cosine, 1)
		}
		c.score = together(c.cosine, s.common(a, int32(b)))
		switch isLinked := s.both.has(a, int32(b)); {
		case int32(b) == a:
		case isLinked:
			linked = append(linked, c)
		case at >= 0:
			rest = append(rest, c)
		}
	}
	slices.SortFunc(linked, candidate.compare)
	slices.SortFunc(rest, candidate.compare)
	few := min(len(linked), max((limit+1)/2, limit-len(rest)))
	chosen := slices.Concat(linked[:few], rest[:limit-few])
	slices.SortFunc(chosen, candidate.compare)
	for _, c := range chosen {
		b, _ := s.at(c.id)
		out = append(out, fmt.Sprintf("%s %.5f %.5f", c.id, c.cosine, s.AdamicAdar(a, b)))
	}
	return out
}

func told(all []Relative) (out []string) {
	for _, r := range all {
		out = append(out, fmt.Sprintf("%s %.5f %.5f", r.ID, r.Cosine, r.AdamicAdar))
	}
	return out
}
