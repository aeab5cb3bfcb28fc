//go:build cgo

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

// leastFound is what precision and recall of finding the unsupported, and those of finding the supported, must come to.
const leastFound = 0.9

// TestPlanted counts what the check finds with the program's own embedder, on sentences of templates that no threshold was set by.
// Negations are stated as they are.
func TestPlanted(t *testing.T) {
	score := realScorer(t)
	counts := map[string]*count{}
	for _, p := range allPlanted(t) {
		said := checkUnits(t.Context(), newClaim(p.sentence), p.source().units(), score).supported
		for _, key := range []string{p.half + " " + p.class, p.half + " " + p.class + " " + p.vault} {
			counts[key] = cmp.Or(counts[key], &count{})
			counts[key].add(p.supported, said)
		}
		if said != p.supported {
			t.Logf("%s %s %s: said %v: %s", p.half, p.vault, p.class, said, p.sentence)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-32s %s", key, counts[key])
	}
	for _, class := range []string{"number", "name", "topic"} {
		c := counts["held-out "+class]
		if min(c.precision(), c.recall(), c.keptPrecision(), c.keptRecall()) < leastFound {
			t.Errorf("%s: %s, not at least %v", class, c, leastFound)
		}
	}
}
