package inference

import (
	"fmt"
	"sync/atomic"
)

// Admission bounds what an engine holds at once, waiting requests included.
// Safe for concurrent use.
type Admission struct {
	Requests int   // at most
	Bytes    int64 // of text in them, at most
	waiting  atomic.Int64
	held     atomic.Int64
}

// Enter counts a request with size bytes of text in and returns what counts it
// out, or [ErrBusy].
func (a *Admission) Enter(size int) (leave func(), err error) {
	leave = func() { a.waiting.Add(-1); a.held.Add(-int64(size)) }
	waiting, held := a.waiting.Add(1), a.held.Add(int64(size))
	// One request alone is always let in: its size was bounded before.
	if waiting > int64(a.Requests) || held > a.Bytes && waiting > 1 {
		leave()
		return nil, fmt.Errorf("%w: %d requests with %d bytes", ErrBusy, waiting-1, held-int64(size))
	}
	return leave, nil
}

// Bytes is how much text a request holds.
func Bytes(texts ...string) (size int) {
	for _, s := range texts {
		size += len(s)
	}
	return size
}

// Waiting is how many requests are in.
func (a *Admission) Waiting() int { return int(a.waiting.Load()) }
