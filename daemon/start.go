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

// pollDelay is how often a state is looked at that nothing announces.
const pollDelay = 25 * time.Millisecond

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
		record, err := acquire(s.Record)
		if err == nil {
			return launch(ctx, s, record)
		}
		if !errors.Is(err, ErrRunning) {
			return Status{}, fmt.Errorf("start %s: %w", s.Service.Name, err)
		}
		st, err := settled(ctx, s, nil)
		if err != nil || st.State != lifecycle.Stopped {
			st.AlreadyRunning = true
			return st, err
		}
	}
}

// errLimit is the cause of a context that ended because wait is over.
var errLimit = errors.New("not ready in time")

// launch starts the process that takes record over, and waits for it.
func launch(ctx context.Context, s Spec, record *os.File) (Status, error) {
	c, err := spawn(s, record)
	if err != nil {
		err = errors.Join(err, drop(record, s.Record))
		return Status{}, fmt.Errorf("start %s: %w", s.Service.Name, err)
	}
	defer c.forget()
	st, err := Status{}, error(nil)
	select {
	case <-c.announced:
		st, err = settled(ctx, s, c.exited)
	case <-c.exited:
	case <-ctx.Done():
		st, err = atLimit(ctx, s)
	}
	if c.hasExited() {
		_ = record.Close()
		sweep(s, c.cmd.Process.Pid)
		return Status{}, c.exitError(s)
	}
	return st, errors.Join(err, record.Close())
}

// settled waits until the service has a state that Start can report: ready,
// degraded or failed. It also ends when exited does; without a child to watch,
// which would say so, when the service is stopped.
func settled(ctx context.Context, s Spec, exited <-chan struct{}) (Status, error) {
	tick := time.NewTicker(pollDelay)
	defer tick.Stop()
	for {
		st, err := Inspect(ctx, s)
		switch {
		case ctx.Err() != nil:
			return atLimit(ctx, s)
		case err != nil || (st.State == lifecycle.Stopped && exited == nil):
			return st, err
		case st.Trusted && (st.State == lifecycle.Ready || st.State == lifecycle.Degraded):
			return st, nil
		case st.Trusted && st.State == lifecycle.Failed:
			return st, fmt.Errorf("%s failed: %s", s.Service.Name, st.Error)
		}
		select {
		case <-tick.C:
		case <-exited:
			return st, nil
		case <-ctx.Done():
			return atLimit(ctx, s)
		}
	}
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
	return st, fmt.Errorf("%s (pid %d) is %s and not usable: %s", s.Service.Name, st.PID, st.State, st.Error)
}
