package search

import "slices"

// Weights of the fused score. Both sides are first brought to 0..1 over the candidates of the question.
const (
	keywordWeight = 0.4
	vectorWeight  = 0.6
	namedBonus    = 1.0
)

// rank gives each candidate the score of the mode and sorts, best first.
func (r *run) rank(found []candidate) {
	keyword, cosine := rangeOf(found, func(c candidate) (float64, bool) { return c.keyword, c.hasKeyword }),
		rangeOf(found, func(c candidate) (float64, bool) { return c.cosine, c.hasCosine })
	for i := range found {
		c := &found[i]
		switch r.query.Mode {
		case Vector:
			c.score = c.cosine
		case Keyword:
			c.score = c.keyword
		default:
			c.score = keywordWeight*keyword.unit(c.keyword, c.hasKeyword) + vectorWeight*cosine.unit(c.cosine, c.hasCosine)
		}
		if c.named && r.query.Mode == Hybrid {
			c.score += namedBonus
		}
	}
	slices.SortFunc(found, compare)
}

// span is the range of a score over the candidates that have it.
type span struct{ low, high float64 }

func rangeOf(found []candidate, get func(candidate) (float64, bool)) span {
	s := span{}
	first := true
	for _, c := range found {
		v, ok := get(c)
		if !ok {
			continue
		}
		if first {
			s, first = span{v, v}, false
		}
		s.low, s.high = min(s.low, v), max(s.high, v)
	}
	return s
}

// unit is where v lies in the span, 0 to 1. A span of one point is full marks.
func (s span) unit(v float64, ok bool) float64 {
	switch {
	case !ok:
		return 0
	case s.high == s.low:
		return 1
	}
	return (v - s.low) / (s.high - s.low)
}
