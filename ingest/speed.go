package ingest

import "time"

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

// speed counts tokens and the time they took.
type speed struct {
	began  time.Time
	tokens int64
	rate   float64 // tokens a second
}

// start begins to count, at the first batch.
func (s *speed) start(now time.Time) {
	if s.began.IsZero() {
		s.began = now
	}
}

// add counts what was read until now.
func (s *speed) add(tokens int64, now time.Time) {
	s.tokens += tokens
	if elapsed := now.Sub(s.began).Seconds(); elapsed > 0 {
		s.rate = float64(s.tokens) / elapsed
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
