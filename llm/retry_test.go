package llm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"amalfa/testdata/testllm"
)

func TestBackOff(t *testing.T) {
	for range 100 {
		b := newBackOff()
		b.Reset()
		for i, most := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second, 8 * time.Second} {
			if got := b.NextBackOff(); got > most+time.Microsecond || got < most*3/4-time.Microsecond {
				t.Errorf("wait %d is %v, want %v less up to a quarter", i+1, got, most)
			}
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
	synctest.Test(t, func(t *testing.T) {
		var tries []time.Time
		answers := []string{"1.5", "", "600"}
		p := providerInMemory(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", answers[len(tries)])
			w.WriteHeader(429)
			tries = append(tries, time.Now())
		})
		p.backOff = newBackOff
		_, err := p.Chat(t.Context(), ask, nil)
		f, ok := errors.AsType[*Fault](err)
		if !ok || f.RetryAfter != 10*time.Minute || f.Status != 429 || len(tries) != 3 {
			t.Fatalf("got %#v after %d tries", err, len(tries))
		}
		first, second := tries[1].Sub(tries[0]), tries[2].Sub(tries[1])
		if first != 1500*time.Millisecond || second < 375*time.Millisecond || second > 501*time.Millisecond {
			t.Errorf("waited %v and %v, want 1.5 s as asked, then 0.375 to 0.5 s", first, second)
		}
	})
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
		testllm.SSE(w)
		testllm.Event(w, testllm.Delta("a"))
		testllm.Event(w, testllm.Stop)
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
	synctest.Test(t, func(t *testing.T) {
		status, tries := 500, 0
		p := providerInMemory(t, func(w http.ResponseWriter, r *http.Request) {
			tries++
			w.WriteHeader(status)
			io.WriteString(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"data":[]}`)
		})
		p.cfg.Limits.Retries = -1
		chat := func(ctx context.Context) error { _, err := p.Chat(ctx, ask, nil); return err }

		for range breakAfter {
			if chat(t.Context()) == nil {
				t.Fatal("a 500 went through")
			}
		}
		time.Sleep(10 * time.Second)
		f, ok := errors.AsType[*Fault](chat(t.Context()))
		if !ok || f.Kind != KindDown || f.RetryAfter != breakFor-10*time.Second || tries != breakAfter {
			t.Fatalf("after %d failures: %v, %d tries", breakAfter, f, tries)
		}
		time.Sleep(breakFor)
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := chat(gone); !errors.Is(err, context.Canceled) {
			t.Fatalf("a caller that left: %v", err)
		}
		if chat(t.Context()) == nil || tries != breakAfter+1 {
			t.Fatalf("one call should have tried again; %d tries", tries)
		}
		if chat(t.Context()) == nil || tries != breakAfter+1 {
			t.Fatal("the circuit should be open again")
		}
		status = 200
		if _, err := p.Models(t.Context()); err != nil {
			t.Fatalf("a probe goes out whatever the circuit says: %v", err)
		}
		if err := chat(t.Context()); err != nil {
			t.Fatalf("a probe that worked closes the circuit: %v", err)
		}
	})
}
