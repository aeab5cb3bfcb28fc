package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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

// errLimit is the cause of a context that ended because there is no more time to wait.
var errLimit = errors.New("not ready in time")

// Start starts the service unless it runs, and waits until it is ready or degraded, for wait at most. Of several starts at
// once one starts the process and the others wait for it; their status says AlreadyRunning. A service that is still loading
// at the limit is no error: its state is Starting. A child that dies first gives an [ExitError]. When ctx ends the child
// goes on.
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
		st, err := outcome(ctx, s, func() bool { return false })
		if err != nil || st.State != lifecycle.Stopped {
			st.AlreadyRunning = true
			return st, err
		}
	}
}

// acquireToStart takes the record, unless a process of this service runs on in a folder that was deleted or replaced.
func (s Spec) acquireToStart(ctx context.Context) (*os.File, error) {
	record, err := acquire(ctx, s.Record)
	if err != nil {
		return nil, err
	}
	s.buryIn(record, s.Record)
	if s.Fallback == "" {
		return record, nil
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
	err := record.Truncate(0) // no reader may see who held it last
	var c *started
	if err == nil {
		c, err = spawn(s, func(cmd *exec.Cmd, states *os.File) error { return handOver(cmd, record, states) })
	}
	if err != nil {
		return Status{}, fmt.Errorf("start %s: %w", s.Service.Name, errors.Join(err, drop(record, s.Record)))
	}
	defer c.forget()
	defer record.Close()
	select {
	case <-c.told:
	case <-ctx.Done():
	}
	st, err := outcome(ctx, s, c.hasExited)
	if err == nil && st.State == lifecycle.Stopped { // it has given its record up
		select {
		case <-c.exited:
		case <-ctx.Done():
		}
	}
	if !c.hasExited() {
		return st, err
	}
	_ = record.Close()
	ended := c.exitError(s)
	s.buryAndSweep(context.WithoutCancel(ctx), c.cmd.Process.Pid, ended.Reason)
	return Status{}, ended
}

// outcome waits until the record has a state that Start returns on, nobody holds it, or ended says so. It looks at the
// record alone, and then proves once that the service can be trusted.
func outcome(ctx context.Context, s Spec, ended func() bool) (Status, error) {
	for {
		failed := false
		_, err := eventually(ctx, forever, func() (bool, error) {
			rec, locked, err := s.held()
			switch {
			case err != nil || !locked || ended():
				return true, err
			case rec.PID != 0 && !rec.State.Known(): // of another version: only it knows
				st, err := s.inspect(ctx, probeDelay)
				return st.State.IsOutcome(), err
			}
			failed = rec.State == lifecycle.Failed
			return rec.State.IsOutcome() && rec.names() && !rec.isElsewhere(s), nil
		})
		if failed { // it is about to end, and then its failure is not that of the next start
			_, err = eventually(ctx, endDelay, func() (bool, error) {
				_, locked, err := s.held()
				return !locked || ended(), err
			})
		}
		if err != nil && ctx.Err() == nil {
			return Status{}, err
		}
		st, err := prove(ctx, s)
		if err != nil || st.State == lifecycle.Stopped || st.State.IsOutcome() || ended() || ctx.Err() != nil {
			return st, err
		}
	}
}

// prove returns the service's state, and an error where it cannot be used. At
// the limit a service that is still starting is none.
func prove(ctx context.Context, s Spec) (Status, error) {
	limit := proofDelay
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(cause, errLimit) {
			return Status{}, cause
		}
		ctx, limit = context.WithoutCancel(ctx), probeDelay
	}
	st, err := s.inspect(ctx, limit)
	switch {
	case err != nil || st.State == lifecycle.Stopped || st.State == lifecycle.Stopping:
		return st, err
	case st.State == lifecycle.Failed && st.Trusted:
		return st, fmt.Errorf("%s failed: %s", s.Service.Name, st.Error)
	case !st.Trusted && st.State != lifecycle.Starting:
		return st, fmt.Errorf("%s (pid %d) is %s and not usable: %s", s.Service.Name, st.PID, st.State, st.Error)
	}
	return st, nil
}
