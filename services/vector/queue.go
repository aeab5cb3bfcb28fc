package vector

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"amalfa/onnx"
)

// patience is how many interactive runs may overtake a waiting bulk run
// before one bulk run goes first, so that bulk work never starves.
const patience = 32

// A batch is the runs of one request. The queue owns it until done is closed;
// then results and err are the requester's.
type batch struct {
	ctx     context.Context
	encode  func(onnx.Tokens) ([]float32, error)
	runs    []onnx.Tokens
	results [][]float32 // as runs
	err     error
	done    chan struct{}

	order   []int // indexes of runs, longest first
	running int
	bulk    bool
}

func newBatch(ctx context.Context, bulk bool, runs []onnx.Tokens, encode func(onnx.Tokens) ([]float32, error)) *batch {
	b := &batch{ctx: ctx, encode: encode, runs: runs, bulk: bulk,
		results: make([][]float32, len(runs)), order: make([]int, len(runs)), done: make(chan struct{})}
	for i := range b.order {
		b.order[i] = i
	}
	// A long run left for last would keep one core busy while the others idle.
	slices.SortStableFunc(b.order, func(i, j int) int { return cmp.Compare(len(runs[j].IDs), len(runs[i].IDs)) })
	return b
}

// queue runs batches on at most workers cores. Within a class the waiting
// batches take turns, one run each, so that a short request never waits for
// the whole of a long one.
type queue struct {
	workers int

	mu      sync.Mutex
	waiting [2][]*batch // interactive, bulk
	streak  int         // interactive runs since the last bulk one, while bulk waits
	active  int         // workers
	closed  bool
	all     sync.WaitGroup
}

func class(bulk bool) int {
	if bulk {
		return 1
	}
	return 0
}

// do runs a batch to its end, or until its context ends; its runs that have
// not begun by then never do.
func (q *queue) do(b *batch) error {
	if len(b.runs) == 0 {
		return nil
	}
	if len(b.runs) == 1 && q.claim() {
		return q.runHere(b)
	}
	if !q.submit(b) {
		return ErrClosed
	}
	select {
	case <-b.done:
	case <-b.ctx.Done():
		q.fail(b, context.Cause(b.ctx))
		<-b.done
	}
	return b.err
}

// claim takes a worker's place for the caller, if one is free and nobody waits.
func (q *queue) claim() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.active >= q.workers || len(q.waiting[0])+len(q.waiting[1]) > 0 {
		return false
	}
	q.active++
	q.all.Add(1)
	return true
}

// runHere runs a batch of one on the caller's own goroutine: a short query on
// an idle service is not handed to another and back.
func (q *queue) runHere(b *batch) error {
	defer q.leave()
	b.results[0], b.err = b.encode(b.runs[0])
	return b.err
}

// leave gives a claimed place to those who came meanwhile, or back.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting[0])+len(q.waiting[1]) > 0 {
		q.all.Go(q.work)
	} else {
		q.active--
	}
	q.all.Done()
}

func (q *queue) submit(b *batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting[class(b.bulk)] = append(q.waiting[class(b.bulk)], b)
	for range min(q.workers-q.active, len(b.runs)) {
		q.active++
		q.all.Go(q.work)
	}
	return true
}

func (q *queue) work() {
	for {
		b, i := q.take()
		if b == nil {
			return
		}
		v, err := b.encode(b.runs[i])
		q.finish(b, i, v, err)
	}
}

// take returns the next run, or nil when the worker should end.
func (q *queue) take() (*batch, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		b := q.pop()
		if b == nil {
			q.active--
			return nil, 0
		}
		if b.ctx.Err() != nil {
			q.settle(b, context.Cause(b.ctx))
			continue
		}
		i := b.order[0]
		b.order = b.order[1:]
		b.running++
		if len(b.order) > 0 {
			q.waiting[class(b.bulk)] = append(q.waiting[class(b.bulk)], b)
		}
		return b, i
	}
}

func (q *queue) pop() *batch {
	c := 0
	if len(q.waiting[0]) == 0 || len(q.waiting[1]) > 0 && q.streak >= patience {
		c = 1
	}
	if len(q.waiting[c]) == 0 {
		return nil
	}
	if c == 1 || len(q.waiting[1]) == 0 {
		q.streak = 0
	} else {
		q.streak++
	}
	b := q.waiting[c][0]
	q.waiting[c] = slices.Delete(q.waiting[c], 0, 1)
	return b
}

func (q *queue) finish(b *batch, i int, v []float32, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b.running--
	b.results[i] = v
	if err != nil {
		q.remove(b)
	}
	q.settle(b, err)
}

// fail takes a batch out of the queue and gives it an error.
func (q *queue) fail(b *batch, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if b.ended() {
		return
	}
	q.remove(b)
	q.settle(b, err)
}

func (q *queue) remove(b *batch) {
	c := class(b.bulk)
	if i := slices.Index(q.waiting[c], b); i >= 0 {
		q.waiting[c] = slices.Delete(q.waiting[c], i, i+1)
	}
}

// settle ends a batch that was given an error or has nothing left to run. A
// batch with an error ends at once: what it still runs is thrown away.
func (q *queue) settle(b *batch, err error) {
	if b.ended() || err == nil && (len(b.order) > 0 || b.running > 0) {
		return
	}
	b.err, b.order = err, nil
	close(b.done)
}

func (b *batch) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// close fails what waits and returns when the last run has ended.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	for c := range q.waiting {
		for _, b := range q.waiting[c] {
			q.settle(b, ErrClosed)
		}
		q.waiting[c] = nil
	}
	q.mu.Unlock()
	q.all.Wait()
}
