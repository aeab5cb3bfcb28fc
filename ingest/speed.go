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

// speed counts tokens and the time they took, of which what is older than an eighth of a run counts less and less: texts of all lengths
// come to their share, and a machine that becomes busy is noticed.
type speed struct {
	began, last           time.Time
	tokens, runs, seconds float64 // as far as they count; a run is a passage
	rate                  float64 // tokens a second
}

// leastMemory is how long all counts alike.
const leastMemory = time.Minute

// memoryShare is what part of a run counts wholly. After another program took half of the machine the time left is within a fifth of the
// truth again after a fifth of the run so far; with 2, after four fifths (TestTimeLeftFollowsTheMachine).
const memoryShare = 8

// start begins to count, at the first batch.
func (s *speed) start(now time.Time) {
	if s.began.IsZero() {
		s.began, s.last = now, now
	}
}

// runTokens is about what a run of the model costs besides its tokens, in tokens: 7.3 and 10.7 in two runs of BenchmarkInt8 of inference/embed. Without it
// passages of 12 tokens would seem a third cheaper than they are, and where the newest notes are the longest the time left be too short.
const runTokens = 7

// add counts what was read until now.
func (s *speed) add(tokens int64, runs int, now time.Time) {
	took := now.Sub(s.last).Seconds()
	keep := math.Exp(-took / max(leastMemory, now.Sub(s.began)/memoryShare).Seconds())
	s.tokens, s.runs, s.seconds, s.last = s.tokens*keep+float64(tokens), s.runs*keep+float64(runs), s.seconds*keep+took, now
	if s.seconds > 0 {
		s.rate = s.tokens / s.seconds
	}
}

// left is how long so many tokens in so many runs take; 0 before there is a speed.
func (s *speed) left(tokens int64, runs int) time.Duration {
	done := s.tokens + runTokens*s.runs
	if done == 0 {
		return 0
	}
	return time.Duration((float64(tokens) + runTokens*float64(runs)) / done * s.seconds * float64(time.Second))
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
	p.Left = m.speed.left(p.TokensLeft, p.Of-p.Have)
	return p
}
