package daemon

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"amalfa/lifecycle"
)

// fdsVar tells a child which descriptors are its record and its readiness pipe.
const fdsVar = "AMALFA_DAEMON_FDS"

// adoptDelay is how long Adopt waits for someone who holds the record for an
// instant, to clean it up, before it takes that for a running service.
const adoptDelay = 500 * time.Millisecond

// Child is a process's hold on its own record. Safe for concurrent use.
type Child struct {
	spec Spec

	mu    sync.Mutex
	file  *os.File // locked; nil once closed
	ready *os.File // pipe to the parent; nil when there is none or it was told
	rec   Record
}

// Adopt takes the record over from Start, or locks it when this process was
// started by other means. It names this process in the record, without an
// address yet. It returns [ErrRunning] when another process holds the record.
// Call it before anything else that could start a process.
func Adopt(s Spec) (*Child, error) {
	file, ready, err := inherited(s.Record)
	if err == nil && file == nil {
		file, err = acquirePatiently(s.Record)
	}
	if err != nil {
		return nil, fmt.Errorf("adopt %s: %w", s.Service.Name, err)
	}
	c := &Child{spec: s, file: file, ready: ready}
	if err := c.identify(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
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
	c.rec = Record{PID: os.Getpid(), StartTime: start, BootID: bootID(), Exe: exe, Version: c.spec.Version, Workspace: c.spec.Workspace}
	return writeRecord(c.file, c.rec)
}

func acquirePatiently(path string) (*os.File, error) {
	for deadline := time.Now().Add(adoptDelay); ; time.Sleep(pollDelay) {
		f, err := acquire(path)
		if !errors.Is(err, ErrRunning) || time.Now().After(deadline) {
			return f, err
		}
		if rec, locked, _ := held(path); locked && rec.names() {
			return nil, ErrRunning
		}
	}
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
	if c.file == nil {
		return fmt.Errorf("publish %s: %w", c.spec.Service.Name, os.ErrClosed)
	}
	c.rec.Address, c.rec.Instance, c.rec.Token = address, instance, token
	if err := writeRecord(c.file, c.rec); err != nil {
		return err
	}
	if c.spec.Mirror == "" {
		return nil
	}
	return writeMirror(c.spec.Mirror, c.rec)
}

// Ready tells the parent that the service answers, in state st. Later calls,
// and those of a process without a waiting parent, do nothing.
func (c *Child) Ready(st lifecycle.State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready == nil {
		return nil
	}
	_, _ = fmt.Fprintf(c.ready, "%s%s\n", readyWord, st) // a parent that has gone needs no answer
	err := c.ready.Close()
	c.ready = nil
	return err
}

// Close removes the record and its mirror and gives up the hold. Call it last.
func (c *Child) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		return nil
	}
	if c.ready != nil {
		_ = c.ready.Close()
		c.ready = nil
	}
	removeMirror(c.spec.Mirror, c.rec.PID)
	err := drop(c.file, c.spec.Record)
	c.file = nil
	return err
}
