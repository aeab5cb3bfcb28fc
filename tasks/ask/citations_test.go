package ask

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// A count of what the check said of planted sentences: kept and marked, rightly or not.
type count struct{ kept, marked, wronglyKept, wronglyMarked int }

func (c *count) add(supported, said bool) {
	switch {
	case supported && said:
		c.kept++
	case supported:
		c.wronglyMarked++
	case said:
		c.wronglyKept++
	default:
		c.marked++
	}
}

// precision and recall are of finding the unsupported.
func (c count) precision() float64 {
	return float64(c.marked) / float64(max(1, c.marked+c.wronglyMarked))
}
func (c count) recall() float64 { return float64(c.marked) / float64(max(1, c.marked+c.wronglyKept)) }

// keptPrecision and keptRecall are of finding the supported.
func (c count) keptPrecision() float64 {
	return float64(c.kept) / float64(max(1, c.kept+c.wronglyKept))
}
func (c count) keptRecall() float64 { return float64(c.kept) / float64(max(1, c.kept+c.wronglyMarked)) }

func (c count) String() string {
	return fmt.Sprintf("%3d + %3d sentences | unsupported: precision %.3f recall %.3f | supported: precision %.3f recall %.3f",
		c.kept+c.wronglyMarked, c.marked+c.wronglyKept, c.precision(), c.recall(), c.keptPrecision(), c.keptRecall())
}

// plantedFloors are precision and recall of finding the unsupported and the supported, on templates that no threshold was set by. They are what
// words alone find, without the embedder that the program asks too: rounded down, so that none may fall.
func plantedFloors() map[string][4]float64 {
	return map[string][4]float64{
		"held-out number": {.86, .99, .98, .77}, "held-out name": {.88, .82, .78, .85}, "held-out topic": {.78, .99, .99, .49}, "held-out negation": {.99, .71, .50, .99},
	}
}

// TestPlanted counts what the check finds by words alone.
func TestPlanted(t *testing.T) {
	counts, shown := map[string]*count{}, map[string]int{}
	for _, p := range allPlanted(t) {
		said := checkOne(t.Context(), newWords(plain(p.sentence)), p.source(), [2]int{}, nil).supported
		for _, key := range []string{p.half + " " + p.class, p.half + " " + p.class + " " + p.vault} {
			counts[key] = cmp.Or(counts[key], &count{})
			counts[key].add(p.supported, said)
		}
		if key := p.half + p.class + p.vault; said != p.supported && shown[key] < 12 {
			shown[key]++
			t.Logf("%s %s: said %v: %s", p.vault, p.class, said, p.sentence)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-32s %s", key, counts[key])
	}
	for key, floor := range plantedFloors() {
		c := counts[key]
		for i, got := range []float64{c.precision(), c.recall(), c.keptPrecision(), c.keptRecall()} {
			if got < floor[i] {
				t.Errorf("%s: %s, not at least %v", key, c, floor)
				break
			}
		}
	}
}
