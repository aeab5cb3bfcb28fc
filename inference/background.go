package inference

import (
	"runtime"
	"sync"
)

// background runs what is not urgent on threads of the lowest priority that still gets on, so that bulk work takes the time that
// no other program wants. A thread cannot be raised again, so these run nothing else. Where the platform has no priority of a
// thread, the caller runs it. The zero value is ready; Close ends its threads.
type background struct {
	once sync.Once
	jobs chan func()
	all  sync.WaitGroup
}

func (b *background) start() { b.once.Do(func() { b.jobs = make(chan func()) }) }

// do runs a function and returns its error. There are as many threads as functions ran at once.
func (b *background) do(run func() error) error {
	if !canLower {
		return run()
	}
	b.start()
	done := make(chan error, 1)
	job := func() { done <- run() }
	select {
	case b.jobs <- job: // to a thread that waits
	default:
		b.all.Go(func() { b.thread(job) })
	}
	return <-done
}

func (b *background) thread(first func()) {
	runtime.LockOSThread() // for good: the thread ends with the goroutine
	lowerThread()
	first()
	for job := range b.jobs {
		job()
	}
}

// Close ends the threads. Nothing may run then, nor be run later.
func (b *background) Close() {
	b.start()
	close(b.jobs)
	b.all.Wait()
}
