package sonar

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	tests := []struct {
		attempt int
		jitter  float64
		want    time.Duration
	}{
		{0, 0, 500 * time.Millisecond},
		{0, 1, 375 * time.Millisecond},
		{1, 0, time.Second},
		{3, 0, 4 * time.Second},
		{4, 0, 8 * time.Second},
		{9, 0, 8 * time.Second},
		{1000, 0.5, 7 * time.Second},
	}
	for _, tt := range tests {
		if got := backoff(tt.attempt, tt.jitter); got != tt.want {
			t.Errorf("backoff(%d, %v) = %v, want %v", tt.attempt, tt.jitter, got, tt.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "", 0},
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", "0.25", 250 * time.Millisecond},
		{"Retry-After", "-3", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "1e300", 365 * 24 * time.Hour},
		{"Retry-After", "soon", 0},
		{"Retry-After", now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{"Retry-After", now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"Retry-After-Ms", "1500", 1500 * time.Millisecond},
	}
	for _, tt := range tests {
		h := http.Header{}
		h.Set(tt.name, tt.value)
		if got := retryAfter(h, now); got != tt.want {
			t.Errorf("%s: %q = %v, want %v", tt.name, tt.value, got, tt.want)
		}
	}
}

func TestRetryStatus(t *testing.T) {
	want := map[int]bool{400: false, 401: false, 403: false, 404: false, 408: true, 409: true, 422: false, 429: true, 500: true, 502: true, 503: true, 529: true}
	for code, retry := range want {
		if retryStatus(code) != retry {
			t.Errorf("%d: retried = %t, want %t", code, !retry, retry)
		}
	}
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	var waits []time.Duration
	answers := []string{"1.5", "", "600"}
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", answers[len(waits)])
		w.WriteHeader(429)
	})
	p.cfg.Limits.Total = time.Hour
	p.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	_, err := p.Chat(t.Context(), ask, nil)
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.RetryAfter != 10*time.Minute || f.Status != 429 {
		t.Fatalf("got %#v", err)
	}
	if len(waits) != 2 || waits[0] != 1500*time.Millisecond || waits[1] < 750*time.Millisecond || waits[1] > time.Second {
		t.Errorf("waited %v, want 1.5 s as asked, then 0.75 to 1 s", waits)
	}
}

func TestSecondTryWorks(t *testing.T) {
	var tries atomic.Int32
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1) == 1 {
			w.WriteHeader(503)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"content":"hi"`) {
			t.Errorf("the second try sent %q", body)
		}
		sse(w)
		event(w, delta("a"))
		event(w, stopChunk)
	})
	reply, err := p.Chat(t.Context(), ask, func(string) error { return nil })
	if err != nil || reply.Content != "a" || tries.Load() != 2 {
		t.Errorf("%+v, %v after %d tries", reply, err, tries.Load())
	}
}

func TestNoWaitBeyondTheDeadline(t *testing.T) {
	var tries atomic.Int32
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(503)
	})
	if _, err := p.Chat(t.Context(), ask, nil); err == nil || tries.Load() != 1 {
		t.Errorf("%d tries, %v; Total is 30 s, so waiting 60 s is no use", tries.Load(), err)
	}
}

func TestBreaker(t *testing.T) {
	now := time.Unix(0, 0)
	var status atomic.Int32
	var tries atomic.Int32
	status.Store(500)
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		w.WriteHeader(int(status.Load()))
		io.WriteString(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"data":[]}`)
	})
	p.cfg.Limits.Retries = -1
	p.breaker.now = func() time.Time { return now }
	chat := func() error { _, err := p.Chat(t.Context(), ask, nil); return err }

	for range breakAfter {
		if chat() == nil {
			t.Fatal("a 500 went through")
		}
	}
	err := chat()
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.Kind != KindDown || f.RetryAfter != breakFor || tries.Load() != breakAfter {
		t.Fatalf("after %d failures: %v, %d tries", breakAfter, err, tries.Load())
	}
	now = now.Add(breakFor)
	if chat() == nil || tries.Load() != breakAfter+1 {
		t.Fatal("one call should have tried again")
	}
	if chat() == nil || tries.Load() != breakAfter+1 {
		t.Fatal("the circuit should be open again")
	}
	status.Store(200)
	if _, err := p.Models(t.Context()); err != nil {
		t.Fatalf("a probe goes out whatever the circuit says: %v", err)
	}
	if err := chat(); err != nil {
		t.Fatalf("a probe that worked closes the circuit: %v", err)
	}
}
