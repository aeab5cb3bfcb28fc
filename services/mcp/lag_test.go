package mcp

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A count that takes an hour in all, or fails, gives an answer a lower bound; one that is at hand is given without waiting.
func TestLagOfManyFiles(t *testing.T) {
	for _, row := range []struct {
		name  string
		count func(ctx context.Context, limit time.Duration) (int, bool, error)
		want  int
		least bool
		took  time.Duration
		later string // 40 seconds later, without waiting
	}{
		{"few files", counting(3, 50*time.Millisecond), 3, false, 50 * time.Millisecond, "3"},
		{"none changed", counting(0, time.Millisecond), 0, false, time.Millisecond, "0"},
		{"many", counting(900, 30*time.Second), 4, true, lagLimit, "900"},
		{"without end", counting(9000, time.Hour), 0, true, lagLimit, "at least 0"},
		{"hangs", func(ctx context.Context, _ time.Duration) (int, bool, error) {
			<-ctx.Done()
			return 0, false, ctx.Err()
		}, 0, true, lagPatience, "at least 0"},
		{"fails", func(context.Context, time.Duration) (int, bool, error) { return 0, false, errors.New("no") }, 0, true, 0, "at least 0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lifetime, stop := context.WithCancel(t.Context())
				m := &lagMeter{count: row.count, lifetime: lifetime}
				began := time.Now()
				got := m.known(t.Context())
				if got.Files == nil || *got.Files != row.want || got.AtLeast != row.least || time.Since(began) != row.took {
					t.Errorf("%v %v after %v, want %d %v after %v", *got.Files, got.AtLeast, time.Since(began), row.want, row.least, row.took)
				}
				time.Sleep(40 * time.Second)
				began = time.Now()
				if got := m.known(t.Context()); fmt.Sprint(got.prefix(), *got.Files) != row.later {
					t.Errorf("later %s%d, want %s", got.prefix(), *got.Files, row.later)
				}
				if took := time.Since(began); took > 0 && row.name != "hangs" {
					t.Errorf("a known count took %v", took)
				}
				stop()
				m.running.Wait()
			})
		})
	}
}

// counting counts all of n files in the time given, and of those a part in a part of the time.
func counting(n int, in time.Duration) func(context.Context, time.Duration) (int, bool, error) {
	return func(ctx context.Context, limit time.Duration) (int, bool, error) {
		select {
		case <-time.After(min(in, limit)):
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
		if in <= limit {
			return n, true, nil
		}
		return int(float64(n) * float64(limit) / float64(in)), false, nil
	}
}
