package search

import "math"

// While an index is made, passages wait for their vectors: their words are known and what they mean is not. To count nothing for the
// missing side would put each of them below what is only similar; to count words alone in full would put a passage that holds the
// words above one that holds them and is near. So the missing side is taken for what it is to be expected among this question's other
// candidates: a straight line through the scores of those that have both (regression imputation: Little and Rubin, 2002). A line alone
// has nobody stand out, while what has a vector does, and those that stand out make the page: a part of the deviation from the line is
// added. All of it depends on the words alone. docs/decisions/0048-passages-that-wait.md has what else was tried.
const (
	priorLow    = 0.3 // the line for a question with too few candidates to tell: at no words,
	priorSlope  = 0.4 // and what all words add
	priorWeight = 5   // candidates that the prior counts as
	outstanding = 0.5 // of the standard deviation from the line
)

// A pair is one candidate's scores of both sides, each 0 to 1 over the candidates.
type pair struct{ keyword, vector float64 }

// expectation returns what the score by meaning is to be expected to be, 0 to 1, for a score by words.
func expectation(pairs []pair) func(keyword float64) float64 {
	n := float64(len(pairs))
	var x, y, xx, xy float64
	for _, p := range pairs {
		x, y, xx, xy = x+p.keyword, y+p.vector, xx+p.keyword*p.keyword, xy+p.keyword*p.vector
	}
	low, slope := y/max(n, 1), 0.0
	if d := n*xx - x*x; d > 1e-9 {
		slope = max(0, (n*xy-x*y)/d) // more words are never less
		low = (y - slope*x) / n
	}
	squares := 0.0
	for _, p := range pairs {
		off := p.vector - low - slope*p.keyword
		squares += off * off
	}
	up := outstanding * math.Sqrt(squares/max(n, 1))
	low = (n*low + priorWeight*priorLow) / (n + priorWeight)
	slope = (n*slope + priorWeight*priorSlope) / (n + priorWeight)
	return func(keyword float64) float64 { return min(1, max(0, low+up+slope*keyword)) }
}
