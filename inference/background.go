package inference

import (
	"runtime"
	"sync"
)

// background runs what is not urgent on threads of the lowest priority that still gets on, so that bulk work takes the time that
// no other program wants. A thread cannot be raised again, so these run nothing else. Where the platform has no priority of a
// thread, the caller runs it. The zero value is ready; Close ends its threads.
type background struct {
	mu   sync.Mutex
	idle []*lowThread // the last one is who ended a run last: its caches are the warmest
	all  sync.WaitGroup
}

// lowThread runs what it is sent, one after the other, until its channel is closed.
type lowThread struct{ jobs chan func() }

// do runs a function and returns its error. There are as many threads as functions ran at once.
func (b *background) do(run func() error) error {
	if !canLower {
		return run()
	}
	t := b.take()
	done := make(chan error, 1)
	t.jobs <- func() {
		err := run()
		b.giveBack(t) // before the caller goes on, so that its next run finds this thread and begins no other
		done <- err
	}
	return <-done
}

func (b *background) take() *lowThread {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.idle); n > 0 {
		t := b.idle[n-1]
		b.idle = b.idle[:n-1]
		return t
	}
	t := &lowThread{jobs: make(chan func(), 1)}
	b.all.Go(t.serve)
	return t
}

func (b *background) giveBack(t *lowThread) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.idle = append(b.idle, t)
}

func (t *lowThread) serve() {
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	lowerThread()
	for job := range t.jobs {
		job()
	}
}

// Close ends the threads. Nothing may run then, nor be run later.
func (b *background) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.idle {
		close(t.jobs)
	}
	b.idle = nil
	b.all.Wait()
}
