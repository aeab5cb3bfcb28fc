package sonar

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// A breaker stops asking a provider that keeps failing: after breakAfter calls in a row failed it refuses for
// breakFor, then lets one call try. Safe for concurrent use.
type breaker struct {
	circuit atomic.Pointer[gobreaker.TwoStepCircuitBreaker[any]]
	opened  atomic.Pointer[time.Time] // when it last began to refuse
}

const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

func newBreaker() *breaker {
	b := &breaker{}
	b.reset()
	return b
}

// reset closes the circuit and forgets the failures: something else has found the provider alive.
func (b *breaker) reset() {
	b.circuit.Store(gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Timeout:      breakFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakAfter },
		IsSuccessful: isAlive,
		IsExcluded:   isAbandoned,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if now := time.Now(); to == gobreaker.StateOpen {
				b.opened.Store(&now)
			}
		},
	}))
}

// allow returns what the call reports its error to, or a *Fault that says for how long no call may go out.
func (b *breaker) allow() (done func(error), err error) {
	done, err = b.circuit.Load().Allow()
	if err == nil {
		return done, nil
	}
	wait := time.Second // one call is out to see whether the provider is back
	if opened := b.opened.Load(); errors.Is(err, gobreaker.ErrOpenState) && opened != nil {
		wait = max(wait, breakFor-time.Since(*opened))
	}
	f := faultf(KindDown, "the provider failed %d times in a row; the next try is in %s", breakAfter, wait.Round(time.Second))
	f.RetryAfter = wait
	return nil, f
}

// isAlive reports that the provider answered, even where it said no.
func isAlive(err error) bool {
	fault, ok := errors.AsType[*Fault](err)
	return err == nil || ok && fault.Kind != KindDown && fault.Kind != KindTimeout
}

// isAbandoned reports that the caller went away before anything was known of the provider.
func isAbandoned(err error) bool {
	_, ok := errors.AsType[*Fault](err)
	return err != nil && !ok
}
