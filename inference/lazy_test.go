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

// shop counts what a lazy model does with it.
type shop struct {
	loads, frees atomic.Int32
	err          error
}

// A ware is the nth model that was loaded.
type ware struct {
	s *shop
	n int
}

func (w ware) Name() string { return "ware" }
func (w ware) Close() error { w.s.frees.Add(1); return nil }

func (s *shop) lazy(idle time.Duration) *Lazy[ware] {
	return NewLazy(LazyOptions[ware]{
		Load: func(ctx context.Context) (ware, error) {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return ware{}, ctx.Err()
			}
			return ware{s, int(s.loads.Add(1))}, s.err
		},
		Idle: idle,
	})
}

func TestLazyLoadsOnceAndFreesWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{}
		l := s.lazy(time.Minute)
		var told []int
		l.Observe(func(v ware, err error) { told = append(told, v.n) })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				v, release, err := l.Acquire(t.Context())
				if err != nil || v.n != 1 {
					t.Errorf("got %d, %v", v.n, err)
					return
				}
				time.Sleep(2 * time.Minute) // longer than Idle: in use is not idle
				release()
			})
		}
		all.Wait()
		if s.loads.Load() != 1 || s.frees.Load() != 0 || !l.Loaded() {
			t.Errorf("%d loads, %d frees", s.loads.Load(), s.frees.Load())
		}
		time.Sleep(2 * time.Minute)
		if s.frees.Load() != 1 || l.Loaded() {
			t.Errorf("idle: %d frees", s.frees.Load())
		}
		if v, release, err := l.Acquire(t.Context()); err != nil || v.n != 2 {
			t.Errorf("again: %d, %v", v.n, err)
		} else {
			release()
		}
		if err := errors.Join(l.Close(), l.Close()); err != nil || s.frees.Load() != 2 || len(told) != 2 {
			t.Errorf("%v, %d frees, told of %v", err, s.frees.Load(), told)
		}
		if _, _, err := l.Acquire(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestLazyRemembersFailureForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{err: errors.New("not there")}
		l := s.lazy(0)
		for range 10 {
			if _, _, err := l.Acquire(t.Context()); !errors.Is(err, s.err) {
				t.Errorf("got %v", err)
			}
		}
		if s.loads.Load() != 1 {
			t.Errorf("looked %d times", s.loads.Load())
		}
		s.err = nil
		time.Sleep(retryAfter)
		if _, release, err := l.Acquire(t.Context()); err != nil {
			t.Error(err)
		} else {
			release()
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestLazyCloseEndsALoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{}
		l := s.lazy(0)
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, _, err := l.Acquire(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("impatient: %v", err)
		}
		if err := l.Close(); err != nil || s.loads.Load() != 0 {
			t.Errorf("%v, %d loads", err, s.loads.Load())
		}
	})
}

// TestLazyReload changes what is loaded while some use it, some wait for it, and nobody does: nobody gets the old one afterwards, and nobody loses it.
func TestLazyReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shop{}
		l := s.lazy(time.Minute)
		use := func(want int) func() {
			v, release, err := l.Acquire(t.Context())
			if err != nil || v.n != want {
				t.Errorf("got %d, %v; want %d", v.n, err, want)
			}
			return release
		}
		use(1)()
		l.Reload()
		if s.frees.Load() != 1 || l.Loaded() {
			t.Errorf("%d freed", s.frees.Load())
		}
		first := use(2)
		second := use(2)
		l.Reload()
		l.Reload()
		var later sync.WaitGroup
		for range 5 {
			later.Go(func() { use(3)() })
		}
		time.Sleep(time.Second)
		if s.loads.Load() != 2 || s.frees.Load() != 1 {
			t.Errorf("in use: %d loaded, %d freed", s.loads.Load(), s.frees.Load())
		}
		first()
		second()
		later.Wait()
		go func() {
			time.Sleep(time.Second / 2)
			l.Reload() // while the fourth is being loaded
		}()
		l.Reload()
		use(5)()
		time.Sleep(2 * time.Minute)
		if l.Loaded() {
			t.Error("not freed when idle")
		}
		if err := l.Close(); err != nil || s.loads.Load() != 5 || s.frees.Load() != 5 {
			t.Errorf("%v, %d loaded, %d freed", err, s.loads.Load(), s.frees.Load())
		}
	})
}
