package inference

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// shop counts what a holder does with it.
type shop struct {
	loads, frees atomic.Int32
	err          error
}

func (s *shop) holder(idle time.Duration) *Holder[int] {
	return NewHolder(HolderOptions[int]{
		Load: func(ctx context.Context) (int, error) {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return 0, ctx.Err()
			}
			return int(s.loads.Add(1)), s.err
		},
		Free: func(int) error { s.frees.Add(1); return nil },
		Idle: idle,
	})
}

func TestHolderLoadsOnceAndFreesWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{}
		h := s.holder(time.Minute)
		var told []int
		h.Observe(func(v int, err error) { told = append(told, v) })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				v, release, err := h.Acquire(t.Context())
				if err != nil || v != 1 {
					t.Errorf("got %d, %v", v, err)
					return
				}
				time.Sleep(2 * time.Minute) // longer than Idle: in use is not idle
				release()
			})
		}
		all.Wait()
		if s.loads.Load() != 1 || s.frees.Load() != 0 || !h.Loaded() {
			t.Errorf("%d loads, %d frees", s.loads.Load(), s.frees.Load())
		}
		time.Sleep(2 * time.Minute)
		if s.frees.Load() != 1 || h.Loaded() {
			t.Errorf("idle: %d frees", s.frees.Load())
		}
		if v, release, err := h.Acquire(t.Context()); err != nil || v != 2 {
			t.Errorf("again: %d, %v", v, err)
		} else {
			release()
		}
		if err := errors.Join(h.Close(), h.Close()); err != nil || s.frees.Load() != 2 || len(told) != 2 {
			t.Errorf("%v, %d frees, told of %v", err, s.frees.Load(), told)
		}
		if _, _, err := h.Acquire(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestHolderRemembersFailureForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{err: errors.New("not there")}
		h := s.holder(0)
		for range 10 {
			if _, _, err := h.Acquire(t.Context()); !errors.Is(err, s.err) {
				t.Errorf("got %v", err)
			}
		}
		if s.loads.Load() != 1 {
			t.Errorf("looked %d times", s.loads.Load())
		}
		s.err = nil
		time.Sleep(retryAfter)
		if _, release, err := h.Acquire(t.Context()); err != nil {
			t.Error(err)
		} else {
			release()
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestHolderCloseEndsALoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{}
		h := s.holder(0)
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, _, err := h.Acquire(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("impatient: %v", err)
		}
		if err := h.Close(); err != nil || s.loads.Load() != 0 {
			t.Errorf("%v, %d loads", err, s.loads.Load())
		}
	})
}
