package vector

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"amalfa/onnx"
)

// ticket is a run that is known by its length.
func tickets(lengths ...int) []onnx.Tokens {
	var runs []onnx.Tokens
	for _, n := range lengths {
		runs = append(runs, onnx.Tokens{IDs: make([]int64, n)})
	}
	return runs
}

// gate is a model that writes down what it is given and holds each run until
// it is let through.
type gate struct {
	seen []int
	next chan struct{}
}

func (g *gate) encode(t onnx.Tokens) ([]float32, error) {
	g.seen = append(g.seen, len(t.IDs))
	<-g.next
	return []float32{float32(len(t.IDs))}, nil
}

// begin sends a batch on its way and waits until the queue has it.
func begin(ctx context.Context, q *queue, g *gate, bulk bool, lengths ...int) <-chan error {
	done := make(chan error, 1)
	b := newBatch(ctx, bulk, tickets(lengths...), g.encode)
	go func() {
		err := q.do(b)
		if err == nil {
			for i, n := range lengths {
				if b.results[i][0] != float32(n) {
					err = errors.New("a result is in the wrong place")
				}
			}
		}
		done <- err
	}()
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
				q, g := &queue{workers: 1}, &gate{next: make(chan struct{})}
				var all []<-chan error
				for _, r := range test.requests {
					all = append(all, begin(t.Context(), q, g, r.bulk, r.lengths...))
				}
				close(g.next)
				for _, done := range all {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				q.close()
				if diff := cmp.Diff(test.want, g.seen); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestQueueDoesNotStarveBulk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &queue{workers: 1}, &gate{next: make(chan struct{})}
		first := begin(t.Context(), q, g, false, 100)
		bulk := begin(t.Context(), q, g, true, 7)
		flood := begin(t.Context(), q, g, false, slices.Repeat([]int{1}, 3*patience)...)
		close(g.next)
		for _, done := range []<-chan error{first, bulk, flood} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		q.close()
		if at := slices.Index(g.seen, 7); at != 1+patience {
			t.Errorf("the bulk run came as number %d, want %d", at, 1+patience)
		}
	})
}

func TestQueueDropsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &queue{workers: 1}, &gate{next: make(chan struct{})}
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := begin(ctx, q, g, false, 9, 8, 7, 6)
		stays := begin(t.Context(), q, g, false, 2)
		left := errors.New("the client left")
		cancel(left)
		if err := <-gone; !errors.Is(err, left) {
			t.Errorf("got %v", err)
		}
		close(g.next)
		if err := <-stays; err != nil {
			t.Error(err)
		}
		q.close()
		if diff := cmp.Diff([]int{9, 2}, g.seen); diff != "" {
			t.Errorf("runs: %s", diff)
		}
	})
}

// TestQueueHandsOver has a lone run on its requester's goroutine, whose place
// the next one takes over.
func TestQueueHandsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &queue{workers: 1}, &gate{next: make(chan struct{})}
		lone := begin(t.Context(), q, g, false, 1)
		next := begin(t.Context(), q, g, false, 2)
		g.next <- struct{}{}
		if err := <-lone; err != nil {
			t.Error(err)
		}
		close(g.next)
		if err := <-next; err != nil {
			t.Error(err)
		}
		q.close()
		if diff := cmp.Diff([]int{1, 2}, g.seen); diff != "" || q.active != 0 {
			t.Errorf("%d workers left, %s", q.active, diff)
		}
	})
}

func TestQueueError(t *testing.T) {
	q := &queue{workers: 2}
	broken := errors.New("broken")
	b := newBatch(t.Context(), false, tickets(3, 2, 1), func(t onnx.Tokens) ([]float32, error) {
		if len(t.IDs) == 2 {
			return nil, broken
		}
		return []float32{1}, nil
	})
	if err := q.do(b); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	q.close()
}

func TestQueueClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, g := &queue{workers: 1}, &gate{next: make(chan struct{})}
		running := begin(t.Context(), q, g, false, 2)
		waiting := begin(t.Context(), q, g, true, 1)
		closed := make(chan struct{})
		go func() { q.close(); close(closed) }()
		if err := <-waiting; !errors.Is(err, ErrClosed) {
			t.Errorf("waiting: %v", err)
		}
		close(g.next)
		if err := <-running; err != nil {
			t.Errorf("running: %v", err)
		}
		<-closed
		if err := q.do(newBatch(t.Context(), false, tickets(1), g.encode)); !errors.Is(err, ErrClosed) {
			t.Errorf("after: %v", err)
		}
	})
}
