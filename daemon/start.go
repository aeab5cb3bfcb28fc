package daemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// pollDelay is how often a state is looked at that nothing announces.
	pollDelay = 25 * time.Millisecond
	// readyWord begins the line that a child writes to its parent.
	readyWord = "READY "
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
		record, err := acquire(s.Record)
		if err == nil {
			return launch(ctx, s, record)
		}
		if !errors.Is(err, ErrRunning) {
			return Status{}, fmt.Errorf("start %s: %w", s.Service.Name, err)
		}
		st, err := settled(ctx, s, nil)
		if err != nil || st.State != Stopped {
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
	if st.State == Stopped { // it gave its record up, so it is about to end
		c.awaitExit(ctx)
	}
	if c.hasExited() {
		_ = record.Close()
		sweep(s, c.cmd.Process.Pid)
		return Status{}, c.exitError(s)
	}
	return st, errors.Join(err, record.Close())
}

// settled waits until the service has a state that start can report: ready,
// degraded, failed or stopped. It ends early when exited does.
func settled(ctx context.Context, s Spec, exited <-chan struct{}) (Status, error) {
	tick := time.NewTicker(pollDelay)
	defer tick.Stop()
	for {
		st, err := Inspect(ctx, s)
		switch {
		case ctx.Err() != nil:
			return atLimit(ctx, s)
		case err != nil || st.State == Stopped:
			return st, err
		case st.Trusted && (st.State == Ready || st.State == Degraded):
			return st, nil
		case st.Trusted && st.State == Failed:
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
	if err != nil || st.State == Starting || st.Trusted {
		return st, err
	}
	return st, fmt.Errorf("%s (pid %d) is %s and not usable: %s", s.Service.Name, st.PID, st.State, st.Error)
}

// started is a child that its parent waits for.
type started struct {
	cmd       *exec.Cmd
	ready     *os.File      // our end of the pipe
	announced chan struct{} // closed when the child said READY or closed its end
	exited    chan struct{} // closed when the child was reaped
	logStart  int64         // where its output begins in the log
}

func spawn(s Spec, record *os.File) (*started, error) {
	if err := record.Truncate(0); err != nil { // no reader may see who held it last
		return nil, err
	}
	log, size, err := openLog(s.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(s.Exe, s.Args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	cmd.Env = s.environment()
	if err = handOver(cmd, record, theirs); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	c := &started{cmd: cmd, ready: ours, announced: make(chan struct{}), exited: make(chan struct{}), logStart: size}
	go c.listen()
	go c.reap()
	return c, nil
}

// environment is what the child gets, without the hand-over of another child.
func (s Spec) environment() []string {
	env := s.Env
	if env == nil {
		env = os.Environ()
	}
	clean := make([]string, 0, len(env)+1)
	for _, v := range env {
		if !strings.HasPrefix(v, fdsVar+"=") {
			clean = append(clean, v)
		}
	}
	return clean
}

// listen waits for the child's line. One that closes its end without it is
// looked at all the same: it has died, or it is none of ours.
func (c *started) listen() {
	defer close(c.announced)
	_, _ = bufio.NewReader(c.ready).ReadString('\n')
}

// reap collects the child whenever it ends, which may be long after Start
// returned in a parent that goes on, such as the watcher.
func (c *started) reap() {
	defer close(c.exited)
	_ = c.cmd.Wait() // the state says how it ended
}

// forget lets go of the pipe; reaping goes on.
func (c *started) forget() {
	_ = c.ready.Close()
	<-c.announced
}

func (c *started) hasExited() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

func (c *started) awaitExit(ctx context.Context) {
	select {
	case <-c.exited:
	case <-ctx.Done():
	}
}

func (c *started) exitError(s Spec) error {
	state := c.cmd.ProcessState
	return &ExitError{Service: s.Service.Name, Code: state.ExitCode(), Reason: state.String(), Log: logTail(s.Log, c.logStart)}
}
