package sonar

import (
	"sync"
	"time"
)

// A breaker stops asking a provider that keeps failing: after breakAfter calls in a row failed it refuses for
// breakFor, then lets one call try. Safe for concurrent use.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	until    time.Time // refuses before this
	trying   bool      // one call is out to see whether the provider is back
}

const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

// allow reports whether a call may go out, and if not, for how long not. Each allowed call ends with one done.
func (b *breaker) allow() (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return 0, true
	}
	if wait := b.until.Sub(b.now()); wait > 0 {
		return wait, false
	}
	if b.trying {
		return time.Second, false
	}
	b.trying = true
	return 0, true
}

type outcome int

const (
	worked    outcome = iota // the provider is alive, even where it said no
	failed                   // it could not be reached, or broke
	abandoned                // the caller went away before anything was known
)

func (b *breaker) done(o outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
	switch o {
	case worked:
		b.failures = 0
	case failed:
		if b.failures++; b.failures >= breakAfter {
			b.until = b.now().Add(breakFor)
		}
	}
}
