package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"amalfa/lifecycle"
)

// fdsVar tells a child which descriptors are its record and the pipe for its states.
const fdsVar = "AMALFA_DAEMON_FDS"

// adoptDelay is how long Adopt waits for someone who holds the record for an
// instant, to clean it up, before it takes that for a running service.
const adoptDelay = 500 * time.Millisecond

// Child is a process's hold on its own record. Safe for concurrent use.
type Child struct {
	spec Spec

	mu     sync.Mutex
	files  []*os.File // locked, at the paths of spec.locked(); nil once closed
	states *os.File   // pipe to the parent; nil when there is none or it knows the outcome
	rec    Record

	before   *succession   // the process before this one runs on; nil once this one has its place
	serving  chan struct{} // closed when this process has the record, which may be from the beginning
	released bool          // another process has the record
	offers   chan os.Signal
}

// Adopt takes the record over from Start, or locks it when this process was started by other means. It names this process in
// the record, in the state starting and without an address yet. It returns [ErrRunning] when another process holds the
// record. Call it before anything else that could start a process.
//
// A process that takes the place of one that runs has the record with its first outcome, see [Child.Serving].
func Adopt(ctx context.Context, s Spec) (*Child, error) {
	c := &Child{spec: s, serving: make(chan struct{})}
	if err := c.lock(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.Service.Name, err), c.Close())
	}
	if err := c.identify(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if c.before == nil {
		close(c.serving)
	}
	return c, nil
}

// lock takes all records of the service, the first from the parent where there is one.
func (c *Child) lock(ctx context.Context) error {
	got, err := inherited(ctx, c.spec)
	if err != nil {
		return err
	}
	c.states, c.before = got.states, got.before
	if c.before != nil {
		c.files = got.records
		c.before.follow(c)
		return nil
	}
	var file *os.File
	if len(got.records) > 0 {
		file = got.records[0]
	}
	for _, path := range c.spec.locked() {
		if file == nil {
			if file, err = acquireWithin(ctx, path, adoptDelay); err != nil {
				return err
			}
			c.spec.buryIn(file, path)
		}
		c.files, file = append(c.files, file), nil
	}
	return nil
}

func (c *Child) identify() error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our program: %w", err)
	}
	start, err := startTime(os.Getpid())
	if err != nil {
		return fmt.Errorf("read our start time: %w", err)
	}
	c.rec = Record{PID: os.Getpid(), StartTime: start, BootID: bootID(), Exe: exe, Version: c.spec.Version,
		Workspace: c.spec.Workspace, Folder: FileID(c.spec.Workspace), Began: time.Now().UnixMilli(), Args: strings.Join(os.Args[1:], "\x00"), Program: FileID(exe), Log: c.spec.Log, State: lifecycle.Starting}
	return c.write()
}

// acquireWithin waits for a record that is held for an instant only.
func acquireWithin(ctx context.Context, path string, limit time.Duration) (f *os.File, err error) {
	_, waitErr := eventually(ctx, limit, func() (bool, error) {
		if f, err = acquire(ctx, path); !errors.Is(err, ErrRunning) {
			return true, nil
		}
		rec, locked, _ := held(path)
		return locked && rec.names(), nil
	})
	if waitErr != nil {
		return nil, waitErr
	}
	return f, err
}

// write writes the record to all its files, while it is this process's.
func (c *Child) write() error {
	if c.before != nil || c.released {
		return nil
	}
	var errs []error
	for _, f := range c.files {
		errs = append(errs, writeRecord(f, c.rec))
	}
	return errors.Join(errs...)
}

// Publish writes where the service answers into the record and its mirror.
// The address is "host:port" on loopback, or "" for a service without a port.
func (c *Child) Publish(address, instance, token string) error {
	if address != "" {
		if _, err := loopbackPort(address); err != nil {
			return fmt.Errorf("publish %s: %w", c.spec.Service.Name, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		return fmt.Errorf("publish %s: %w", c.spec.Service.Name, os.ErrClosed)
	}
	c.rec.Address, c.rec.Instance, c.rec.Token = address, instance, token
	return c.writeAll()
}

// writeAll writes the record and its mirror.
func (c *Child) writeAll() error {
	if err := c.write(); err != nil || c.spec.Mirror == "" || c.before != nil {
		return err
	}
	return writeMirror(c.spec.Mirror, c.rec)
}

// A report is a line on the pipe from a child to its parent.
type report struct {
	State  lifecycle.State `json:"state"`
	Reason string          `json:"reason"`
}

// Report writes the state, with its reason cut at 4 KiB, into the record, and tells a parent that waits for the outcome of its
// start. A process that takes another's place does so here, with its first state that is good enough.
func (c *Child) Report(st lifecycle.State, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rec.State, c.rec.Reason = st, strings.ToValidUTF8(reason[:min(len(reason), reasonLimit)], "")
	err := c.takeOver()
	if err == nil {
		err = c.write()
	}
	if c.states == nil {
		return err
	}
	_ = json.NewEncoder(c.states).Encode(report{st, c.rec.Reason}) // a parent that has gone needs no answer
	if st.IsOutcome() {
		_ = c.states.Close()
		c.states = nil
	}
	return err
}

// Close removes the record and its mirror and gives up the hold. What ended
// the service stays in the fallback, for who asks later. Call it last.
func (c *Child) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.states != nil {
		_ = c.states.Close()
		c.states = nil
	}
	removeMirror(c.spec.Mirror, c.rec.PID)
	var errs []error
	if c.before != nil || c.released { // the record and all beside it are another's
		for _, f := range c.files {
			errs = append(errs, f.Close())
		}
		c.files = nil
		return errors.Join(errs...)
	}
	c.forgetKeep()
	for i, f := range c.files {
		if i > 0 && c.rec.lastWords() != "" {
			errs = append(errs, f.Close())
			continue
		}
		errs = append(errs, drop(f, c.spec.locked()[i]))
	}
	c.files = nil
	return errors.Join(errs...)
}
