package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amalfa/lifecycle"
)

const (
	// pollDelay is how often a record or a process is looked at that nothing announces.
	pollDelay = 25 * time.Millisecond
	// endDelay is how long a process may take to end that has said that it failed.
	endDelay = 2 * time.Second
	// proofDelay is how long `/health` may take of a service that has just said
	// that it is ready: many may be starting at once.
	proofDelay = 3 * time.Second
)

// Start starts the service unless it runs, and waits until it is ready or
// degraded, for wait at most. Of several starts at once one starts the process
// and the others wait for it; their status says AlreadyRunning. A service that
// is still loading at the limit is no error: its state is Starting. A child
// that dies first gives an [ExitError]. When ctx ends the child goes on.
func Start(ctx context.Context, s Spec, wait time.Duration) (Status, error) {
	if base := strings.TrimSuffix(filepath.Base(s.Exe), ".exe"); strings.HasSuffix(base, ".test") {
		return Status{}, fmt.Errorf("start %s: %s is a test binary and would run its tests again", s.Service.Name, s.Exe)
	}
	if s.Service.Stdio {
		return Status{}, fmt.Errorf("start %s: it is started by its client", s.Service.Name)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errLimit)
	defer cancel()
	for {
		record, err := s.acquireToStart(ctx)
		if err == nil {
			return launch(ctx, s, record)
		}
		if !errors.Is(err, ErrRunning) {
			return Status{}, fmt.Errorf("start %s: %w", s.Service.Name, err)
		}
		st, err := join(ctx, s)
		if err != nil || (st.State != lifecycle.Stopped && st.State != lifecycle.Stopping) {
			st.AlreadyRunning = true
			return st, err
		}
	}
}

// errLimit is the cause of a context that ended because wait is over.
var errLimit = errors.New("not ready in time")

// acquireToStart takes the record, unless a process of this service runs on in
// a folder that was deleted or replaced.
func (s Spec) acquireToStart(ctx context.Context) (*os.File, error) {
	record, err := acquire(ctx, s.Record)
	if err != nil || s.Fallback == "" {
		return record, err
	}
	_, running, err := held(s.Fallback)
	if err == nil && running {
		err = ErrRunning
	}
	if err != nil {
		return nil, errors.Join(err, drop(record, s.Record))
	}
	return record, nil
}

// launch starts the process that takes record over, and waits for its outcome.
func launch(ctx context.Context, s Spec, record *os.File) (Status, error) {
	c, err := spawn(s, record)
	if err != nil {
		err = errors.Join(err, drop(record, s.Record))
		return Status{}, fmt.Errorf("start %s: %w", s.Service.Name, err)
	}
	defer c.forget()
	st, err := c.wait(ctx, s)
	if c.hasExited() {
		_ = record.Close()
		sweep(context.WithoutCancel(ctx), s, c.cmd.Process.Pid)
		return Status{}, c.exitError(s)
	}
	return st, errors.Join(err, record.Close())
}

// wait returns how the child is at its outcome, at the limit, or at its end.
func (c *started) wait(ctx context.Context, s Spec) (Status, error) {
	select {
	case <-c.told:
	case <-ctx.Done():
		return atLimit(ctx, s)
	}
	st, err := Status{State: lifecycle.Stopping}, error(nil)
	switch c.outcome {
	case "": // it dies, or has no pipe: its record tells
		st, err = outcome(ctx, s, c.hasExited)
	case lifecycle.Failed:
		_, err = eventually(ctx, endDelay, func() (bool, error) { return c.hasExited(), nil })
		if !c.hasExited() {
			st, err = prove(ctx, s)
		}
	default:
		st, err = prove(ctx, s)
	}
	if err != nil || (st.State != lifecycle.Stopped && st.State != lifecycle.Stopping) {
		return st, err
	}
	select { // somebody stops it, or it has given its record up
	case <-c.exited:
		return st, nil
	case <-ctx.Done():
		return atLimit(ctx, s)
	}
}

// join waits for the outcome of a process that somebody else started. A state
// of stopped says that it ended, with or without an outcome.
func join(ctx context.Context, s Spec) (Status, error) {
	st, err := outcome(ctx, s, func() bool { return false })
	if rec, _, _ := s.held(); err == nil || rec.State != lifecycle.Failed {
		return st, err
	}
	// What has failed is about to end, and its failure is not that of this start.
	ended, _ := eventually(ctx, endDelay, func() (bool, error) {
		_, locked, err := s.held()
		return !locked, err
	})
	if ended {
		return Status{Service: s.Service, State: lifecycle.Stopped}, nil
	}
	return st, err
}

// outcome waits until the record has a state that Start returns on, nobody
// holds it, or ended says so. It looks at the record alone, and then proves
// once that the service can be trusted.
func outcome(ctx context.Context, s Spec, ended func() bool) (Status, error) {
	_, err := eventually(ctx, forever, func() (bool, error) {
		rec, locked, err := s.held()
		if err != nil || !locked || ended() {
			return true, err
		}
		if rec.PID != 0 && !rec.State.Known() { // of another version: only it knows
			st, err := Inspect(ctx, s)
			return st.State.IsOutcome(), err
		}
		return rec.State.IsOutcome() && rec.names(), nil
	})
	if ctx.Err() != nil {
		return atLimit(ctx, s)
	}
	if err != nil {
		return Status{}, err
	}
	return prove(ctx, s)
}

// prove returns the service's state, and an error where it cannot be used.
func prove(ctx context.Context, s Spec) (Status, error) {
	st, err := InspectWithin(ctx, s, proofDelay)
	switch {
	case ctx.Err() != nil:
		return atLimit(ctx, s)
	case st.PID == 0: // it has ended, or is about to
		st.State = lifecycle.Stopped
		return st, err
	case st.State == lifecycle.Failed && st.Trusted:
		return st, fmt.Errorf("%s failed: %s", s.Service.Name, st.Error)
	case !st.Trusted && st.State != lifecycle.Stopping:
		return st, unusable(st)
	}
	return st, nil
}

// atLimit reports what holds when there is no more time to wait.
func atLimit(ctx context.Context, s Spec) (Status, error) {
	if !errors.Is(context.Cause(ctx), errLimit) {
		return Status{}, context.Cause(ctx)
	}
	st, err := Inspect(context.WithoutCancel(ctx), s)
	if err != nil || st.State == lifecycle.Starting || st.Trusted {
		return st, err
	}
	return st, unusable(st)
}

func unusable(st Status) error {
	return fmt.Errorf("%s (pid %d) is %s and not usable: %s", st.Service.Name, st.PID, st.State, st.Error)
}
