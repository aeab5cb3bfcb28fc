package ask

import (
	"cmp"
	"maps"
	"slices"
)

// A window is units in a row.
type window struct {
	from, to int
	words    *words
	cover    float64
	facts    float64
}

// windowsOf are all windows, the best first: by words and facts, and of equals the shortest.
func windowsOf(w *words, units []unit) (all []window) {
	for from := range units {
		for to := from + 1; to <= min(from+maxWindow, len(units)); to++ {
			if units[to-1].source != units[from].source {
				break
			}
			one := window{from: from, to: to, words: windowText(units[from:to])}
			one.cover, one.facts = w.coverOf(one.words), w.heldBy(one.words)
			all = append(all, one)
		}
	}
	value := func(x window) float64 { return x.cover + x.facts - 0.04*float64(x.to-x.from) }
	slices.SortStableFunc(all, func(a, b window) int { return cmp.Compare(value(b), value(a)) })
	return all
}

// windowText is some units as one text, with what stands above them.
func windowText(units []unit) *words {
	all := &words{content: map[string]float64{}, joined: map[string][2]string{}}
	all.add(units[0].head)
	for _, u := range units {
		all.add(u.words)
	}
	return all
}

// add adds what another text says.
func (w *words) add(other *words) {
	w.text, w.plain = w.text+"\n"+other.text, w.plain+"\n"+other.plain
	maps.Copy(w.content, other.content)
	maps.Copy(w.joined, other.joined)
	w.facts = append(w.facts, other.facts...)
}

// missing are the facts of a sentence that its evidence does not hold.
func (w *words) missing(evidence *words) (all []fact) {
	for _, f := range w.facts {
		if evidence.holds(f) || f.kind == "name" && f.weak && (evidence.saysAny(termsOf(f.text)) || w.foreign(evidence.text)) || w.isSum(f, evidence) {
			continue
		}
		all = append(all, f)
	}
	return all
}

// heldBy is the share of the facts of w that the evidence holds, 1 where there are none.
func (w *words) heldBy(evidence *words) float64 {
	if len(w.facts) == 0 {
		return 1
	}
	return 1 - float64(len(w.missing(evidence)))/float64(len(w.facts))
}

func (w *words) saysAny(stems []string) bool { return slices.ContainsFunc(stems, w.says) }

// holding is the window of one unit that holds a fact and says most of the sentence.
func holding(f fact, w *words, all []window) (best window, ok bool) {
	for _, x := range all {
		if x.to == x.from+1 && x.words.holds(f) && (!ok || x.cover > best.cover) {
			best, ok = x, true
		}
	}
	return best, ok
}
