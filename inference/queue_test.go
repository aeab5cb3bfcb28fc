package inference

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// gate is a model that writes down what it is given and holds each run until
// it is let through.
type gate struct {
	mu   sync.Mutex
	seen []int
	next chan struct{}
}

func (g *gate) batch(bulk bool, lengths ...int) *Batch {
	return &Batch{
		Order: LongestFirst(len(lengths), func(i int) int { return lengths[i] }), Bulk: bulk,
		Run: func(i int) error {
			g.mu.Lock()
			g.seen = append(g.seen, lengths[i])
			g.mu.Unlock()
			<-g.next
			return nil
		},
	}
}

// begin sends a batch on its way and waits until the queue has it.
func begin(ctx context.Context, q *Queue, b *Batch) <-chan error {
	done := make(chan error, 1)
	go func() { done <- q.Do(ctx, b) }()
	synctest.Wait()
	return done
}

func TestQueueOrder(t *testing.T) {
	type request struct {
		bulk    bool
		lengths []int
	}
	for _, test := range []struct {
		name     string
		requests []request // the first run of the first begins before the others come
		want     []int
	}{
		{"longest first", []request{{false, []int{3, 9, 5, 1}}}, []int{9, 5, 3, 1}},
		{"same class takes turns", []request{{false, []int{9, 8, 7}}, {false, []int{2, 1}}}, []int{9, 8, 2, 7, 1}},
		{"interactive overtakes", []request{{true, []int{9, 8, 7}}, {false, []int{2, 1}}}, []int{9, 2, 1, 8, 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, g := &Queue{Workers: 1}, &gate{next: make(chan struct{})}
				var all []<-chan error
				for _, r := range test.requests {
					all = append(all, begin(t.Context(), q, g.batch(r.bulk, r.lengths...)))
				}
				close(g.next)
				for _, done := range all {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				q.Close()
				if diff := cmp.Diff(test.want, g.seen); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestQueueInteractiveBeginsBesideBulk has an interactive request wait for no bulk run, and no more bulk runs begin until it is done.
func TestQueueInteractiveBeginsBesideBulk(t *testing.T) {
	if !canLower {
		t.Skip("bulk runs have the priority of all others here")
	}
	synctest.Test(t, func(t *testing.T) {
		q, bulk, asked := &Queue{Workers: 2}, &gate{next: make(chan struct{})}, &gate{next: make(chan struct{})}
		all := begin(t.Context(), q, bulk.batch(true, 9, 8, 7, 6))
		first, second := begin(t.Context(), q, asked.batch(false, 1)), begin(t.Context(), q, asked.batch(false, 4, 3, 2))
		if diff := cmp.Diff([]int{1, 4}, asked.seen); diff != "" {
			t.Fatalf("beside two bulk runs: %s", diff)
		}
		bulk.next <- struct{}{}
		bulk.next <- struct{}{}
		synctest.Wait()
		if len(bulk.seen) != 2 || len(asked.seen) != 2 {
			t.Fatalf("with two interactive runs under way %v and %v were begun", bulk.seen, asked.seen)
		}
		close(asked.next)
		close(bulk.next)
		for _, done := range []<-chan error{first, second, all} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		q.Close()
		if len(bulk.seen) != 4 || len(asked.seen) != 4 {
			t.Errorf("runs %v and %v", bulk.seen, asked.seen)
		}
	})
}

// TestQueueBounds throws requests of both classes at a queue: never more than Workers runs of one class at once, every run once.
func TestQueueBounds(t *testing.T) {
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			q := &Queue{Workers: 1 + r.IntN(3)}
			var mu sync.Mutex
			var running [2]int
			count := func(class, n int) {
				mu.Lock()
				defer mu.Unlock()
				if running[class] += n; running[class] > q.Workers {
					t.Errorf("seed %d: %d of class %d at once, of %d", seed, running[class], class, q.Workers)
				}
			}
			var all sync.WaitGroup
			for range 60 {
				runs, work := make([]int, 1+r.IntN(4)), time.Duration(1+r.IntN(50))*time.Millisecond
				b := &Batch{Order: UpTo(len(runs)), Bulk: r.IntN(2) == 0}
				all.Go(func() {
					b.Run = func(i int) error {
						count(b.class(), 1)
						time.Sleep(work)
						count(b.class(), -1)
						runs[i]++
						return nil
					}
					if err := q.Do(t.Context(), b); err != nil || slices.ContainsFunc(runs, func(n int) bool { return n != 1 }) {
						t.Errorf("seed %d: %v, runs %v", seed, err, runs)
					}
				})
				time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
			}
			all.Wait()
			if q.Close(); q.active != 0 || q.bulk != 0 {
				t.Errorf("seed %d: %d workers and %d bulk runs are left", seed, q.active, q.bulk)
			}
		})
	}
}

func TestQueueDoesNotStarveBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &Queue{Workers: 1}, &gate{next: make(chan struct{})}
		first := begin(t.Context(), q, g.batch(false, 100))
		bulk := begin(t.Context(), q, g.batch(true, 7))
		flood := begin(t.Context(), q, g.batch(false, slices.Repeat([]int{1}, 3*maxOvertaking)...))
		close(g.next)
		for _, done := range []<-chan error{first, bulk, flood} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		q.Close()
		if at := slices.Index(g.seen, 7); at != 1+maxOvertaking {
			t.Errorf("the bulk run came as number %d, want %d", at, 1+maxOvertaking)
		}
	})
}

func TestQueueDropsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &Queue{Workers: 1}, &gate{next: make(chan struct{})}
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := begin(ctx, q, g.batch(false, 9, 8, 7, 6))
		stays := begin(t.Context(), q, g.batch(false, 2))
		left := errors.New("the client left")
		cancel(left)
		if err := <-gone; !errors.Is(err, left) {
			t.Errorf("got %v", err)
		}
		close(g.next)
		if err := <-stays; err != nil {
			t.Error(err)
		}
		q.Close()
		if diff := cmp.Diff([]int{9, 2}, g.seen); diff != "" {
			t.Errorf("runs: %s", diff)
		}
	})
}

// TestQueueHandsOver has a lone run on its requester's goroutine, whose place
// the next one takes over.
func TestQueueHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &Queue{Workers: 1}, &gate{next: make(chan struct{})}
		lone := begin(t.Context(), q, g.batch(false, 1))
		next := begin(t.Context(), q, g.batch(false, 2))
		g.next <- struct{}{}
		if err := <-lone; err != nil {
			t.Error(err)
		}
		close(g.next)
		if err := <-next; err != nil {
			t.Error(err)
		}
		q.Close()
		if diff := cmp.Diff([]int{1, 2}, g.seen); diff != "" || q.active != 0 {
			t.Errorf("%d workers left, %s", q.active, diff)
		}
	})
}

func TestQueueError(t *testing.T) {
	q := &Queue{Workers: 2}
	broken := errors.New("broken")
	err := q.Do(t.Context(), &Batch{Order: []int{0, 1, 2}, Run: func(i int) error {
		if i == 1 {
			return broken
		}
		return nil
	}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	q.Close()
}

// TestQueueUntil lets a batch's time run out while a run is under way: that
// run is waited for, no other begins, and the next batch has its turn.
func TestQueueUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, seen := &Queue{Workers: 1}, []int{}
		begun := time.Now()
		take := func(i int) error { seen = append(seen, i); time.Sleep(40 * time.Millisecond); return nil }
		b := &Batch{Order: []int{3, 2, 1, 0}, Until: begun.Add(100 * time.Millisecond), Run: take}
		if err := q.Do(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 120*time.Millisecond {
			t.Errorf("took %v, want the end of the third run", took)
		}
		late := &Batch{Order: []int{9}, Until: begun, Run: take}
		if err := q.Do(t.Context(), late); err != nil {
			t.Error(err)
		}
		if err := q.Do(t.Context(), &Batch{Order: []int{7}, Run: take}); err != nil {
			t.Error(err)
		}
		q.Close()
		if diff := cmp.Diff([]int{3, 2, 1, 7}, seen); diff != "" {
			t.Error(diff)
		}
	})
}

// TestQueueUntilBehindOthers keeps a batch from waiting past its time for runs
// that are not its own.
func TestQueueUntilBehindOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &Queue{Workers: 1}, &gate{next: make(chan struct{})}
		first := begin(t.Context(), q, g.batch(false, 5))
		begun := time.Now()
		b := g.batch(false, 1)
		b.Until = begun.Add(time.Second)
		if err := q.Do(t.Context(), b); err != nil || time.Since(begun) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		close(g.next)
		if err := <-first; err != nil {
			t.Error(err)
		}
		q.Close()
		if diff := cmp.Diff([]int{5}, g.seen); diff != "" {
			t.Error(diff)
		}
	})
}

func TestQueueClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &Queue{Workers: 1}, &gate{next: make(chan struct{})}
		running := begin(t.Context(), q, g.batch(false, 2))
		waiting := begin(t.Context(), q, g.batch(true, 1))
		closed := make(chan struct{})
		go func() { q.Close(); close(closed) }()
		if err := <-waiting; !errors.Is(err, ErrClosed) {
			t.Errorf("waiting: %v", err)
		}
		close(g.next)
		if err := <-running; err != nil {
			t.Errorf("running: %v", err)
		}
		<-closed
		if err := q.Do(t.Context(), g.batch(false, 1)); !errors.Is(err, ErrClosed) {
			t.Errorf("after: %v", err)
		}
	})
}
