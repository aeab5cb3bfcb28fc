package watcher

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
)

// ErrElsewhere reports that another process makes the vectors.
var ErrElsewhere = errors.New("another process makes the vectors of this index")

// Backoff after vectors could not be made, and the time until it is looked again whether another process still makes them.
const (
	firstVectorRetry = time.Second
	lastVectorRetry  = 5 * time.Minute
	elsewhereRetry   = 2 * time.Second
)

// vectors makes what the index lacks of them beside the ingests, which stay as quick as they are without. Owned by the goroutine of Serve.
type vectors struct {
	make    func(ctx context.Context) (made int, err error) // nil: none are made
	log     *zap.Logger
	wanted  bool // the index may lack some that the running run does not look for
	running bool
	stop    context.CancelFunc // of the running run
	results chan vectorsResult
	backoff time.Duration
	retry   *time.Timer // nil while nothing failed
	failure string      // why none could be made, "" after a success
}

type vectorsResult struct {
	made int
	err  error
}

// begin starts a run unless one runs, or the last has failed a moment ago.
func (v *vectors) begin(ctx context.Context) {
	if v.make == nil || !v.wanted || v.running || v.retry != nil {
		return
	}
	ctx, v.stop = context.WithCancel(ctx)
	v.wanted, v.running = false, true
	go func() {
		made, err := v.make(ctx)
		v.results <- vectorsResult{made, err}
	}()
}

// pause ends the running run after the batch that it makes; what is made stays.
func (v *vectors) pause() {
	if v.running {
		v.stop()
	}
}

// end waits for the running run.
func (v *vectors) end() {
	v.pause()
	if v.running {
		<-v.results
	}
	if v.retry != nil {
		v.retry.Stop()
	}
}

// again is when it shall be tried again, nil for never.
func (v *vectors) again() <-chan time.Time {
	if v.retry == nil {
		return nil
	}
	return v.retry.C
}

// record takes note of a run that has ended.
func (v *vectors) record(r vectorsResult) {
	v.stop()
	v.running = false
	if r.made > 0 {
		v.backoff = 0
		v.log.Info("Vectors made", zap.Int("passages", r.made))
	}
	switch {
	case r.err == nil:
		v.backoff, v.failure = 0, ""
	case errors.Is(r.err, context.Canceled):
		v.wanted = true
	case errors.Is(r.err, ErrElsewhere):
		v.wanted, v.failure, v.retry = true, "", time.NewTimer(elsewhereRetry)
	default:
		v.backoff = min(max(firstVectorRetry, 2*v.backoff), lastVectorRetry)
		v.wanted, v.failure, v.retry = true, r.err.Error(), time.NewTimer(v.backoff)
		v.log.Error("Vectors cannot be made, it will be tried again", zap.Error(r.err), zap.Duration("in", v.backoff))
	}
}
