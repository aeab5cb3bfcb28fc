package sonar

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Waiting between tries follows openai-python (src/openai/_constants.py, _base_client.py): 0.5 s doubling to 8 s, less
// up to a quarter at random. A provider's Retry-After is honoured up to maxRetryAfter; beyond it the call fails and
// hands the figure on, since coming back sooner than asked only prolongs the refusal.
const (
	firstBackoff  = 500 * time.Millisecond
	maxBackoff    = 8 * time.Second
	maxRetryAfter = 2 * time.Minute
)

// retryStatus reports whether the same request may succeed later.
func retryStatus(code int) bool {
	return code == http.StatusRequestTimeout || code == http.StatusConflict ||
		code == http.StatusTooManyRequests || code >= 500
}

// backoff returns the wait before try number attempt+2; jitter is in [0,1).
func backoff(attempt int, jitter float64) time.Duration {
	d := min(firstBackoff<<min(attempt, 10), maxBackoff)
	return time.Duration(float64(d) * (1 - 0.25*jitter))
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

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// retrying calls once until it succeeds, fails for good, or the tries are used up.
func (p *Provider) retrying(ctx context.Context, retries int, once func() (*http.Response, error)) (*http.Response, error) {
	for attempt := 0; ; attempt++ {
		resp, err := once()
		fault, ok := errors.AsType[*Fault](err)
		if !ok || !fault.retry || attempt >= retries {
			return resp, err
		}
		wait := cmp.Or(fault.RetryAfter, backoff(attempt, rand.Float64()))
		if deadline, ok := ctx.Deadline(); wait > maxRetryAfter || ok && p.now().Add(wait).After(deadline) {
			return nil, err
		}
		if p.wait(ctx, wait) != nil {
			return nil, p.explain(ctx, err)
		}
	}
}
