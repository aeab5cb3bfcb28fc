package inference

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxOvertaking is how many interactive runs may go before a waiting bulk run;
// then one bulk run goes first, so that bulk work never starves.
const maxOvertaking = 32

// A Batch is the runs of one request.
type Batch struct {
	// Order is the numbers of the runs, first to last.
	Order []int
	// Run does the run of that number. Runs of a batch go on side by side; what
	// they write may be read when Do has returned without an error.
	Run  func(i int) error
	Bulk bool // lets batches that are not bulk overtake
	// Until is when no further run begins and Do returns without an error; runs
	// under way then are waited for. Zero means never.
	Until time.Time

	ctx     context.Context
	order   []int // what is left of Order
	running int
	err     error
	done    chan struct{}
}

// UpTo is the numbers 0 to n-1.
func UpTo(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// LongestFirst is the order in which n runs take the least time together: a
// long run left for last would keep one core busy while the others idle.
func LongestFirst(n int, length func(i int) int) []int {
	order := UpTo(n)
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(length(j), length(i)) })
	return order
}

// Queue does Workers runs at once. Within a class the waiting batches take turns, one run each, so that a short request never
// waits for the whole of a long one. Where bulk runs have a low priority, an interactive run does not even wait for one of them to end: it
// begins beside them, Workers of its class at once, and no bulk run begins until they are done. Safe for concurrent use.
type Queue struct {
	Workers int

	mu      sync.Mutex
	waiting [2][]*Batch // interactive, bulk
	streak  int         // interactive runs since the last bulk one, while bulk waits
	active  int         // workers
	bulk    int         // of these, in a bulk run
	closed  bool
	all     sync.WaitGroup
	runs    atomic.Int64 // that have ended
	low     background   // of bulk runs
	ended   sync.Once
}

// Runs is how many have ended so far: it grows while the queue makes progress.
func (q *Queue) Runs() int64 { return q.runs.Load() }

func (q *Queue) run(b *Batch, i int) error {
	defer q.runs.Add(1)
	if b.Bulk {
		return q.low.do(func() error { return b.Run(i) })
	}
	return b.Run(i)
}

func (b *Batch) class() int {
	if b.Bulk {
		return 1
	}
	return 0
}

// Do runs a batch to its end, or until ctx ends; runs that have not begun by then never do. It returns a run's error, the
// cause of ctx's end, or [ErrClosed]. A batch is done once.
func (q *Queue) Do(ctx context.Context, b *Batch) error {
	if len(b.Order) == 0 {
		return nil
	}
	if len(b.Order) == 1 && b.Until.IsZero() && ctx.Err() == nil && q.claim(b) {
		defer q.leave(b)
		return q.run(b, b.Order[0])
	}
	b.ctx, b.order, b.done = ctx, b.Order, make(chan struct{})
	if !q.submit(b) {
		return ErrClosed
	}
	select {
	case <-b.done:
	case <-b.due():
		q.withdraw(b, nil)
		<-b.done
	case <-ctx.Done():
		q.withdraw(b, context.Cause(ctx))
		<-b.done
	}
	return b.err
}

// room is how many workers may begin for runs of a batch.
func (q *Queue) room(b *Batch) int {
	if canLower && !b.Bulk {
		return q.Workers - (q.active - q.bulk)
	}
	return q.Workers - q.active
}

// claim takes a worker's place for the caller, if one is free and nobody waits before it: a lone run on an idle service is not
// handed to another goroutine and back.
func (q *Queue) claim(b *Batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.room(b) <= 0 || len(q.waiting[0]) > 0 || len(q.waiting[1]) > 0 && (b.Bulk || q.streak >= maxOvertaking) {
		return false
	}
	q.active++
	q.all.Add(1)
	q.begin(b)
	return true
}

// begin counts a run.
func (q *Queue) begin(b *Batch) {
	switch {
	case b.Bulk:
		q.bulk++
		q.streak = 0
	case len(q.waiting[1]) == 0:
		q.streak = 0
	default:
		q.streak++
	}
}

// leave gives a claimed place to those who came meanwhile, or back.
func (q *Queue) leave(b *Batch) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if b.Bulk {
		q.bulk--
	}
	if len(q.waiting[0])+len(q.waiting[1]) > 0 {
		q.all.Go(q.work)
	} else {
		q.active--
	}
	q.all.Done()
}

// due fires at Until.
func (b *Batch) due() <-chan time.Time {
	if b.Until.IsZero() {
		return nil
	}
	return time.After(time.Until(b.Until))
}

func (q *Queue) submit(b *Batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.waiting[b.class()] = append(q.waiting[b.class()], b)
	for range min(q.room(b), len(b.order)) {
		q.active++
		q.all.Go(q.work)
	}
	return true
}

func (q *Queue) work() {
	for {
		b, i := q.next()
		if b == nil {
			return
		}
		q.recordRun(b, q.run(b, i))
	}
}

// next returns the next run, or nil when the worker should end.
func (q *Queue) next() (*Batch, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		b := q.pop()
		if b == nil {
			q.active--
			return nil, 0
		}
		if b.ctx.Err() != nil || b.overdue() {
			b.order = nil
			q.endBatch(b, context.Cause(b.ctx))
			continue
		}
		i := b.order[0]
		b.order = b.order[1:]
		b.running++
		q.begin(b)
		if len(b.order) > 0 {
			q.waiting[b.class()] = append(q.waiting[b.class()], b)
		}
		return b, i
	}
}

func (b *Batch) overdue() bool { return !b.Until.IsZero() && !time.Now().Before(b.Until) }

// pop takes the batch whose run is next for a worker; nil where nothing waits, or the worker is one too many for what does.
func (q *Queue) pop() *Batch {
	overtaken := q.streak >= maxOvertaking
	interactive := len(q.waiting[0]) > 0 && q.active-q.bulk <= q.Workers
	bulk := len(q.waiting[1]) > 0 && (q.active <= q.Workers || overtaken && q.bulk < q.Workers)
	c := 0
	switch {
	case bulk && (overtaken || !interactive):
		c = 1
	case !interactive:
		return nil
	}
	b := q.waiting[c][0]
	q.waiting[c] = slices.Delete(q.waiting[c], 0, 1)
	return b
}

func (q *Queue) recordRun(b *Batch, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b.running--
	if b.Bulk {
		q.bulk--
	}
	if err != nil {
		q.remove(b)
	}
	q.endBatch(b, err)
}

// withdraw takes a batch out of the queue, with an error or with what it has.
func (q *Queue) withdraw(b *Batch, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if b.ended() {
		return
	}
	q.remove(b)
	b.order = nil
	q.endBatch(b, err)
}

func (q *Queue) remove(b *Batch) {
	if i := slices.Index(q.waiting[b.class()], b); i >= 0 {
		q.waiting[b.class()] = slices.Delete(q.waiting[b.class()], i, i+1)
	}
}

// endBatch ends a batch that was given an error or has nothing left to run. A
// batch with an error ends at once: what it still runs is thrown away.
func (q *Queue) endBatch(b *Batch, err error) {
	if b.ended() || err == nil && (len(b.order) > 0 || b.running > 0) {
		return
	}
	b.err, b.order = err, nil
	close(b.done)
}

func (b *Batch) ended() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// Close fails what waits and returns when the last run has ended.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	for c := range q.waiting {
		for _, b := range q.waiting[c] {
			q.endBatch(b, ErrClosed)
		}
		q.waiting[c] = nil
	}
	q.mu.Unlock()
	q.all.Wait()
	q.ended.Do(q.low.Close)
}
