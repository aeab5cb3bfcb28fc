package ask

import (
	"context"
	"math"
	"strings"
	"unicode/utf8"
)

// A Scorer says how near each text is in meaning to a sentence, -1 to 1, as the cosine of an embedding model.
type Scorer func(ctx context.Context, sentence string, texts []string) ([]float64, error)

// Thresholds of the check. A sentence is about what its evidence is about where the evidence holds enough of its content words, or
// some of them and the vectors of both are near. All are set by hand; TestPlanted says what the words alone find, and no test yet what
// the vectors add.
const (
	enoughWords = 0.6
	someWords   = 0.25
	nearCosine  = 0.80 // of bge-small-en-v1.5
	maxWindow   = 3    // units that support a sentence together
)

// A verdict is what the check found: whether a source supports a sentence, by which lines.
type verdict struct {
	supported bool
	ref       int
	lines     [2]int
	cover     float64
	from, to  int
}

// checkOne holds a sentence against one source, within lines of it.
func checkOne(ctx context.Context, w *words, s source, within [2]int, score Scorer) verdict {
	best := verdict{ref: s.Ref, cover: -1}
	bestScore := math.Inf(-1)
	for from := range s.units {
		for size := 1; size <= maxWindow && from+size <= len(s.units); size++ {
			to := from + size
			if within[0] > 0 && (s.units[from].lines[1] < within[0] || s.units[to-1].lines[0] > within[1]) {
				continue
			}
			evidence := s.window(from, to)
			cover, facts := w.coveredBy(evidence)
			if total := cover + facts - 0.04*float64(size); total > bestScore+1e-9 {
				bestScore = total
				best = verdict{ref: s.Ref, lines: [2]int{s.units[from].lines[0], s.units[to-1].lines[1]}, cover: cover, from: from, to: to}
			}
		}
	}
	if best.cover < 0 {
		return best
	}
	evidence := s.window(best.from, best.to)
	_, facts := w.coveredBy(evidence)
	best.supported = facts == 1 && !w.contradicts(s, best) && w.sameSubject(ctx, s, best, score)
	return best
}

// window is some units as one text, with what stands above them.
func (s source) window(from, to int) *words {
	var b strings.Builder
	b.WriteString(s.units[from].above)
	b.WriteString(" · " + s.Title)
	for _, u := range s.units[from:to] {
		b.WriteString("\n" + u.text)
	}
	return newWords(b.String())
}

// coveredBy returns the share of the content of w that the evidence holds, and the share of its facts.
func (w *words) coveredBy(evidence *words) (cover, facts float64) {
	sum, held := 0.0, 0.0
	for t, weight := range w.content {
		sum += weight
		if evidence.content[t] > 0 || evidence.inflects(t) {
			held += weight
		}
	}
	if sum > 0 {
		cover = held / sum
	}
	count, found := 0.0, 0.0
	for _, f := range w.facts {
		if f.kind == "name" && f.weak && !evidence.holds(f) && evidence.lowerHolds(f) {
			continue
		}
		count++
		if evidence.holds(f) {
			found++
		}
	}
	if count == 0 {
		return cover, 1
	}
	return cover, found / count
}

// lowerHolds tells of a word that begins a sentence whether the evidence has it, inflected.
func (w *words) lowerHolds(f fact) bool {
	for _, t := range termsOf(f.text) {
		if w.content[t] > 0 || w.inflects(t) {
			return true
		}
	}
	return false
}

// inflects tells whether a long word stands in the evidence with another ending.
func (w *words) inflects(t string) bool {
	n := utf8.RuneCountInString(t)
	if n < 5 {
		return false
	}
	for other := range w.content {
		m := utf8.RuneCountInString(other)
		if m < 5 || m > 2*n {
			continue
		}
		shared := 0
		a, b := []rune(t), []rune(other)
		for shared < min(n, m) && a[shared] == b[shared] {
			shared++
		}
		if shared >= 5 && shared*10 >= max(n, m)*7 {
			return true
		}
	}
	return false
}
