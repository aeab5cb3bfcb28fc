package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"amalfa/lifecycle"
)

const (
	// killMargin is what a process gets beyond its drain before SIGKILL.
	killMargin = 2 * time.Second
	// failDelay is how long a killed process may take to disappear.
	failDelay = 5 * time.Second
	// nameDelay is how long a holder may take to write its name into its record.
	nameDelay = 5 * time.Second
)

// StopOptions tunes Stop. The zero value is lifecycle.Drain.
type StopOptions struct {
	Drain time.Duration // as long as the service drains; SIGKILL follows 2 s later
}

func (o StopOptions) drain() time.Duration { return cmp.Or(o.Drain, lifecycle.Drain) }

// StopResult says what Stop did.
type StopResult struct {
	PID        int
	WasRunning bool
	Killed     bool // it did not end by itself
}

// Stop ends the service and returns when its process is gone. A service that does not run is no error. The signal can reach
// no process but the one that wrote the record: it is held open before its start time is compared.
//
// One that has died and is about to be started again is not, from the moment at which Stop is called.
func Stop(ctx context.Context, s Spec, o StopOptions) (StopResult, error) {
	s.callOff()
	t, err := findTarget(ctx, s)
	if err != nil {
		return StopResult{}, fmt.Errorf("stop %s: %w", s.Service.Name, err)
	}
	if t == nil {
		s.layToRest(ctx)
		return StopResult{}, nil
	}
	defer func() { _ = t.process.Release() }()
	done := StopResult{PID: t.record.PID, WasRunning: true}
	s.tellToEnd(t.record)
	gone, err := t.end(ctx, terminate, o.drain()+killMargin)
	if err == nil && !gone {
		done.Killed = true
		gone, err = t.end(ctx, syscall.SIGKILL, failDelay)
	}
	if err == nil && !gone {
		err = errors.New("it does not end")
	}
	if err != nil {
		return done, fmt.Errorf("stop %s (pid %d): %w", s.Service.Name, done.PID, err)
	}
	if s.hasSuccessor(t.record) { // it had handed over when it was told
		return Stop(ctx, s, o)
	}
	sweep(context.WithoutCancel(ctx), s, done.PID)
	if !Exists(s.Record) { // else who waits for its lock has it, and shall still see what was wanted
		_ = os.Remove(s.stopPath())
	}
	return done, nil
}

// hasSuccessor reports whether another process has taken the place of the one with that record.
func (s Spec) hasSuccessor(before Record) bool {
	rec, locked, err := s.held()
	return err == nil && locked && rec.PID != before.PID && rec.Instance == before.Instance && rec.Instance != ""
}

// layToRest keeps a process that has died from being taken for one to be started again, by whoever has not looked yet, too.
func (s Spec) layToRest(ctx context.Context) {
	if Exists(s.Record) {
		if record, err := acquireWithin(ctx, s.Record, adoptDelay); err == nil {
			s.buryIn(record, s.Record)
			_ = drop(record, s.Record)
		}
	}
	s.callOff() // who was just told of its death has said by now that it takes it up
}

// target is the process that a record names.
type target struct {
	spec    Spec
	record  Record
	process *os.Process // a pidfd on Linux: it never turns into another process
}

// findTarget returns nil when nobody holds the record.
func findTarget(ctx context.Context, s Spec) (t *target, err error) {
	found, err := eventually(ctx, nameDelay, func() (bool, error) {
		rec, locked, err := s.held()
		if err != nil || !locked {
			return true, err
		}
		p, err := os.FindProcess(max(rec.PID, 0))
		switch {
		case err != nil: // it ended meanwhile: look again
		case rec.names():
			t = &target{spec: s, record: rec, process: p}
		default:
			_ = p.Release()
		}
		return t != nil, nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s is locked by a process that it does not name", s.Record)
	}
	return t, err
}

// end signals the process and reports whether it is gone within limit.
func (t *target) end(ctx context.Context, sig os.Signal, limit time.Duration) (bool, error) {
	if err := t.process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false, err
	}
	return eventually(ctx, limit, t.isGone)
}

// isGone wants the process to have ended and its lock to be free, or to be another's already. Neither is enough: the lock is
// given up a moment before the process ends, and of a killed process the first thread may be a zombie while the others still
// hold its files.
func (t *target) isGone() (bool, error) {
	if !errors.Is(t.process.Signal(syscall.Signal(0)), os.ErrProcessDone) && t.record.names() {
		return false, nil
	}
	rec, locked, err := t.spec.held()
	return !locked || rec.PID != t.record.PID || rec.StartTime != t.record.StartTime, err
}

// forever is a limit that the context ends.
const forever = time.Duration(math.MaxInt64)

// eventually asks until the answer is yes, for limit at most.
func eventually(ctx context.Context, limit time.Duration, ask func() (bool, error)) (bool, error) {
	timer, tick := time.NewTimer(limit), time.NewTicker(pollDelay)
	defer timer.Stop()
	defer tick.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return yes, err
		}
		select {
		case <-tick.C:
		case <-timer.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
