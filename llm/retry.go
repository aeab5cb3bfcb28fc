package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"
)

// A provider's Retry-After is honoured up to maxRetryAfter; beyond it the call fails and hands the figure on, since
// coming back sooner than asked only prolongs the refusal.
const maxRetryAfter = 2 * time.Minute

// newBackOff returns the waits between tries of openai-python (src/openai/_constants.py, _base_client.py): 0.5 s
// doubling to 8 s, less up to a quarter at random, which is 7/8 of that give or take a seventh.
func newBackOff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond * 7 / 8, MaxInterval: 8 * time.Second * 7 / 8, Multiplier: 2, RandomizationFactor: 1.0 / 7,
	}
}

// retryStatus reports whether the same request may succeed later.
func retryStatus(code int) bool {
	return code == http.StatusRequestTimeout || code == http.StatusConflict ||
		code == http.StatusTooManyRequests || code >= 500 && code != http.StatusNotImplemented
}

// retryAfter reads the headers of openai-python's order: retry-after-ms, then Retry-After as seconds or as a date.
// It returns 0 for none, nonsense, or a time that has passed.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		return seconds(ms / 1000)
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		return seconds(s)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// seconds guards the conversion: NaN, negative and endless values would overflow a Duration.
func seconds(s float64) time.Duration {
	const year = 365 * 24 * 3600
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, year) * float64(time.Second))
}

// retry sends c until that succeeds, fails for good, or the tries are used up. It does not begin a wait that ctx would end.
func (p *Provider) retry(ctx context.Context, c Call) (*http.Response, error) {
	tries := uint(1)
	if !c.probe && !c.once {
		tries += uint(max(0, p.cfg.Limits.Retries))
	}
	options := []backoff.RetryOption{backoff.WithBackOff(p.backOff()), backoff.WithMaxTries(tries)}
	if deadline, ok := ctx.Deadline(); ok {
		options = append(options, backoff.WithMaxElapsedTime(time.Until(deadline)))
	}
	resp, err := backoff.Retry(ctx, func() (*http.Response, error) {
		resp, err := p.try(ctx, c)
		return resp, retryable(err)
	}, options...)
	if fault, ok := errors.AsType[*Fault](err); ok {
		return nil, fault
	}
	if err != nil {
		return nil, p.transportFault(ctx, err)
	}
	return resp, nil
}

// retryable marks an error for backoff: not to be retried, or not before the time that the provider asked for.
func retryable(err error) error {
	fault, ok := errors.AsType[*Fault](err)
	switch {
	case err == nil:
		return nil
	case !ok || !fault.retry || fault.RetryAfter > maxRetryAfter:
		return backoff.Permanent(err)
	case fault.RetryAfter > 0:
		return errors.Join(fault, &backoff.RetryAfterError{Duration: fault.RetryAfter})
	}
	return err
}

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

// state says in words whether calls go out.
func (b *breaker) state() string {
	switch b.circuit.Load().State() {
	case gobreaker.StateOpen:
		if opened := b.opened.Load(); opened != nil {
			return fmt.Sprintf("open: the next try is in %s", max(0, breakFor-time.Since(*opened)).Round(time.Second))
		}
		return "open"
	case gobreaker.StateHalfOpen:
		return "half-open: one call may try"
	}
	return "closed"
}

// Breaker says in words whether calls go out: "closed" is that they do.
func (p *Provider) Breaker() string { return p.breaker.state() }
