package ask

import "slices"

// countsOther tells that a number without a unit counts something of which the evidence has another number, and that what it has of
// this number counts something else.
func countsOther(f fact, evidence []clause) bool {
	if len(f.counts) == 0 {
		return false
	}
	other := false
	for _, e := range evidence {
		for _, g := range e.facts {
			if g.kind != "number" || g.unit != "" && f.unit == "" && len(g.counts) == 0 && sameNumber(f, g) && len(f.counts) == 0 {
				continue
			}
			shared := sharesWord(f.counts[:1], g.counts)
			switch {
			case sameNumber(f, g) && (shared || len(g.counts) == 0 && g.unit == ""):
				return false
			case !sameNumber(f, g) && shared:
				other = true
			}
		}
	}
	return other
}

// otherUnit tells that the evidence has a number with a unit only without one, and another number with that unit elsewhere.
func otherUnit(f fact, units []unit) bool {
	if f.unit == "" {
		return false
	}
	other, unmeasured := false, false
	for _, u := range units {
		bare, measured := false, false
		for _, g := range slices.Concat(u.words.facts, u.head.facts) {
			switch {
			case g.kind == "date" && u.words.holds(f), g.kind == "number" && g.unit != "" && sameNumber(f, g):
				return false
			case g.kind != "number":
			case g.unit == "":
				bare = bare || sameNumber(f, g)
			case sameUnit(f.unit, g.unit):
				measured = true
			}
		}
		if bare && (measured || u.row) { // "thirty years at sea, five at a desk"
			return false
		}
		other, unmeasured = other || measured, unmeasured || bare
	}
	return other && unmeasured
}

func sharesWord(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if related(x, y) {
				return true
			}
		}
	}
	return false
}
