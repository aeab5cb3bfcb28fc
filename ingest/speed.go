package ingest

import (
	"math"
	"time"
)

// VectorProgress is how far MakeVectors has come.
type VectorProgress struct {
	Model      string
	Have, Of   int           // passages of the index that have a vector, and all
	Made       int           // by this run
	Tokens     int64         // read by this run
	TokensLeft int64         // to read
	Rate       float64       // tokens a second; 0 before there is one
	Left       time.Duration // at this rate
}

// speed counts tokens and the time they took, of which the older half of a run counts less and less: texts of all lengths come to
// their share, and a machine that becomes busy is noticed.
type speed struct {
	began, last     time.Time
	tokens, seconds float64 // as far as they count
	rate            float64 // tokens a second
}

// leastMemory is how long all counts alike.
const leastMemory = time.Minute

// start begins to count, at the first batch.
func (s *speed) start(now time.Time) {
	if s.began.IsZero() {
		s.began, s.last = now, now
	}
}

// add counts what was read until now.
func (s *speed) add(tokens int64, now time.Time) {
	took := now.Sub(s.last).Seconds()
	keep := math.Exp(-took / max(leastMemory, now.Sub(s.began)/2).Seconds())
	s.tokens, s.seconds, s.last = s.tokens*keep+float64(tokens), s.seconds*keep+took, now
	if s.seconds > 0 {
		s.rate = s.tokens / s.seconds
	}
}

// in is how many tokens are read in a time.
func (s *speed) in(seconds float64) float64 {
	if s.rate == 0 {
		return firstTokens
	}
	return s.rate * seconds
}

func (m *maker) progress() VectorProgress {
	p := VectorProgress{
		Model: m.model.Name, Have: m.queue.have, Of: m.queue.of, Made: m.summary.Made, Tokens: m.summary.Tokens,
		TokensLeft: max(0, m.queue.tokens), Rate: m.speed.rate,
	}
	if p.Rate > 0 {
		p.Left = time.Duration(float64(p.TokensLeft) / p.Rate * float64(time.Second))
	}
	return p
}
