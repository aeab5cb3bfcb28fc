package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"amalfa/lifecycle"
)

// ErrNoSuccession reports that no process of the service runs that hands over to another: it must be stopped first.
var ErrNoSuccession = errors.New("it does not hand over")

// answerDelay is how long a process may take to answer the signal that asks it to hand over, which takes no work.
const answerDelay = 3 * time.Second

// A Replacement says what became of a process and of the one that took its place.
type Replacement struct {
	Status         // of the service now; AlreadyRunning: another command did it
	Before    int  // the process before
	Killed    bool // it did not end by itself
	Finishing bool // it still answers what it had begun, and ends by itself
}

// Replace starts a process of the service that takes the place of the one that runs, as soon as it is ready, for wait at most: it has
// the same listeners, instance, token and lock, and no client notices. If it does not come so far, the other one goes on as if
// nothing had been. Of several calls at once one does it. It returns [ErrNoSuccession] where nothing was done.
//
// Three processes take part. The command asks the one that runs (the old one) by a signal, gets its descriptors through a socket,
// and starts the new one with these and with that socket. From then on the two settle it between them: when the new one is ready
// it says so, the old one leaves the record to it, and takes no more connections. So there is one moment at which the service
// passes on, and it does not matter who dies before or after it.
func Replace(ctx context.Context, s Spec, wait time.Duration, o StopOptions) (Replacement, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errLimit)
	defer cancel()
	seen, locked, err := s.held()
	if err != nil || !locked {
		return Replacement{}, errors.Join(ErrNoSuccession, err)
	}
	turn, err := s.takeTurn(ctx)
	if err != nil {
		return Replacement{}, fmt.Errorf("restart %s: %w", s.Service.Name, err)
	}
	defer func() { _ = drop(turn, s.handOverPath()) }()
	t, err := findTarget(ctx, s)
	if err != nil || t == nil {
		return Replacement{}, errors.Join(ErrNoSuccession, err)
	}
	defer func() { _ = t.process.Release() }()
	if seen.PID != 0 && seen.name() != t.record.name() { // by whose turn it was before
		st, err := outcome(ctx, s, func() bool { return false })
		st.AlreadyRunning = true
		return Replacement{Status: st, Before: seen.PID}, err
	}
	if st := t.record.State; !t.record.HandsOver || st != lifecycle.Ready && st != lifecycle.Degraded || t.record.isElsewhere(s) {
		return Replacement{}, ErrNoSuccession
	}
	next, err := s.startSuccessor(ctx, t, turn)
	if err != nil {
		return Replacement{}, err
	}
	defer next.forget()
	r := Replacement{Before: t.record.PID}
	if r.Status, err = next.succeed(ctx, s, wait); err != nil {
		return r, fmt.Errorf("pid %d goes on as before: %w", t.record.PID, err)
	}
	err = t.endSucceeded(context.WithoutCancel(ctx), o.Drain, &r)
	return r, err
}

// unheldDelay is how long it goes unnoticed that a service was stopped by a process that finishes what it had begun.
const unheldDelay = 500 * time.Millisecond

// AwaitStop returns when no process has the record any more that this one has handed over, or ctx ends: the service was stopped.
func (c *Child) AwaitStop(ctx context.Context) {
	tick := time.NewTicker(unheldDelay)
	defer tick.Stop()
	for {
		if _, locked, err := c.spec.held(); err != nil || !locked {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// handOverPath is the file by which one command at a time asks a process to hand over: it is locked, and names the process and
// the socket on which the command waits.
func (s Spec) handOverPath() string { return s.beside(".handover") }

// takeTurn waits until no other command has the service hand over.
func (s Spec) takeTurn(ctx context.Context) (turn *os.File, err error) {
	free, waitErr := eventually(ctx, forever, func() (bool, error) {
		turn, err = acquire(ctx, s.handOverPath())
		return !errors.Is(err, ErrRunning), nil
	})
	if !free {
		return nil, fmt.Errorf("another command is about it: %w", waitErr)
	}
	return turn, err
}

// A successor is the process that shall take another's place, while its command waits for that.
type successor struct {
	*started
	link   link     // to the process before it
	parent *os.File // its closing tells the successor that nobody waits for it
}

// forget lets the successor alone.
func (c *successor) forget() {
	c.started.forget()
	c.link.close()
	_ = c.parent.Close()
}

// succeed waits until the successor has its place. One that has not by the end of ctx never will.
func (c *successor) succeed(ctx context.Context, s Spec, wait time.Duration) (Status, error) {
	select {
	case <-c.told:
	case <-ctx.Done():
		c.link.callOff()
		lifecycle.Await(c.told, endDelay)
	}
	if rec, locked, err := s.held(); err == nil && locked && rec.PID == c.cmd.Process.Pid {
		return prove(ctx, s)
	}
	c.link.callOff()
	if !lifecycle.Await(c.exited, endDelay) {
		_ = c.cmd.Process.Kill() // it can have no place any more
		<-c.exited
	}
	ended := c.exitError(s)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errLimit):
		return Status{}, fmt.Errorf("the new process was not ready within %s\n%s", wait, ended)
	case cause != nil:
		return Status{}, cause
	}
	return Status{}, ended
}

// endSucceeded waits for the process whose place was taken. It may go on for as long as it answers what it had begun, unless there is
// a limit or it hangs; then it is told to end, and killed.
func (t *target) endSucceeded(ctx context.Context, limit time.Duration, r *Replacement) error {
	gone, err := eventually(ctx, limit+lifecycle.Linger+killMargin, t.isGone)
	if err != nil || gone {
		return err
	}
	var seen Status
	seen.PID = t.record.PID
	if seen.checkRunning(true); limit == 0 && seen.Trusted {
		r.Finishing = true
		return nil
	}
	if gone, err = t.end(ctx, terminate, killMargin); err != nil || gone {
		return err
	}
	r.Killed = true
	if gone, err = t.end(ctx, syscall.SIGKILL, failDelay); err == nil && !gone {
		err = fmt.Errorf("pid %d has handed over and does not end", t.record.PID)
	}
	return err
}
