//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"amalfa/lifecycle"
)

// The words of a succession, a byte each, on the socket between a process and the one that takes its place.
const (
	wordGo   = 'g' // the new one is ready: the old one shall go
	wordGone = 'k' // the old one has left the record to it
	wordStay = 's' // the old one stays
)

// wordDelay is how long a word may take to be answered, which takes no work. One that does not answer in time hangs, and is
// killed as `stop` would.
const wordDelay = 2 * time.Second

// errCalledOff ends a process that was to take another's place.
var errCalledOff = errors.New("the process before this one stays, or was stopped")

// A succession is what a process that shall take the place of another has of it, until it does.
type succession struct {
	record    *os.File
	conn      net.Conn // to the process before it, which started nothing: its command did
	parent    *os.File // ends with the command
	listeners []net.Listener

	stays     chan struct{} // closed: the old one said that it stays
	gone      chan struct{} // closed: it said that it has gone
	lost      chan struct{} // closed: it says nothing any more
	calledOff chan struct{}
	callOff   sync.Once
}

// newSuccession takes over the descriptors after the records.
func newSuccession(record *os.File, fd, listeners int) (*succession, error) {
	h := &succession{record: record, parent: adopted(parentFD, "parent"), stays: make(chan struct{}), gone: make(chan struct{}), lost: make(chan struct{}), calledOff: make(chan struct{})}
	socket := adopted(beforeFD, "before")
	defer socket.Close()
	var err error
	if h.conn, err = net.FileConn(socket); err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", beforeFD, err)
	}
	for i := range listeners {
		file := adopted(fd+i, "listener")
		l, err := net.FileListener(file)
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("descriptor %d: %w", fd+i, err)
		}
		h.listeners = append(h.listeners, l)
	}
	return h, nil
}

// Inherited returns the listeners, the instance and the token of the process whose place this one shall take; no listeners = there is
// none.
func (c *Child) Inherited() (ls []net.Listener, instance, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before == nil {
		return nil, "", ""
	}
	rec := readRecord(c.before.record)
	return c.before.listeners, rec.Instance, rec.Token
}

// CalledOff is closed when this process shall not take the place of the one before it. Nothing is lost if it ends at once. It is
// nil where this is no such process.
func (c *Child) CalledOff() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before == nil {
		return nil
	}
	return c.before.calledOff
}

// follow listens to the process before this one and to the command that started this one.
func (h *succession) follow(c *Child) {
	go h.listen()
	off := func() {
		c.mu.Lock() // not while it takes over
		defer c.mu.Unlock()
		if c.before != nil {
			h.end()
		}
	}
	go func() {
		_, _ = h.parent.Read(make([]byte, 1)) // nothing is ever written
		off()
	}()
	go func() {
		select {
		case <-h.stays:
			off()
		case <-h.lost:
			if !h.isOrphan(c.spec) {
				off()
			}
		case <-c.serving:
		}
	}()
}

func (h *succession) end() { h.callOff.Do(func() { close(h.calledOff) }) }

// listen reads the words of the process before this one.
func (h *succession) listen() {
	word := make([]byte, 1)
	_, err := h.conn.Read(word)
	switch {
	case err == nil && word[0] == wordGone:
		close(h.gone)
	case err == nil:
		close(h.stays)
	default:
		close(h.lost)
	}
}

// isOrphan reports whether the process before this one has died, and was not told to.
func (h *succession) isOrphan(s Spec) bool {
	rec := readRecord(h.record)
	died, _ := eventually(context.Background(), endDelay, func() (bool, error) { return !rec.names(), nil })
	return died && isAt(h.record, s.Record) && !s.wasToldToEnd(rec)
}

// takeOver takes the place of the process before this one, if there is one and the state is good enough. The caller holds c.mu.
func (c *Child) takeOver() error {
	if c.before == nil || !c.rec.State.IsOutcome() {
		return nil
	}
	if err := c.before.takeOver(c.spec, c.rec); err != nil {
		c.before.end()
		return err
	}
	_ = c.before.conn.Close()
	c.before = nil
	close(c.serving)
	if c.spec.Mirror == "" {
		return nil
	}
	return writeMirror(c.spec.Mirror, c.rec)
}

func (h *succession) takeOver(s Spec, own Record) error {
	before := readRecord(h.record)
	if own.State == lifecycle.Failed || s.NeedReady && own.State != lifecycle.Ready && before.State == lifecycle.Ready {
		return fmt.Errorf("%s is %s (%s), and the process before it was %s: %w", s.Service.Name, own.State, own.Reason, before.State, errCalledOff)
	}
	select {
	case <-h.calledOff:
		return errCalledOff
	default:
	}
	_ = h.conn.SetWriteDeadline(time.Now().Add(wordDelay))
	_, err := h.conn.Write([]byte{wordGo})
	timer := time.NewTimer(wordDelay)
	defer timer.Stop()
	select {
	case <-h.gone:
		return nil
	case <-h.stays:
		return errCalledOff
	case <-h.lost:
		if h.isOrphan(s) {
			return nil
		}
		return errCalledOff
	case <-timer.C:
		if err != nil { // it was never told: it goes on
			return errors.Join(errCalledOff, err)
		}
		return killHung(before)
	}
}

// killHung ends a process that was told to go and does not listen: it would go when it listens again, and write into a record
// that is not its own until then.
func killHung(before Record) error {
	p, err := os.FindProcess(before.PID)
	if err != nil {
		return err
	}
	defer func() { _ = p.Release() }()
	if !before.names() {
		return nil
	}
	if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_, err = eventually(context.Background(), failDelay, func() (bool, error) { return !before.names(), nil })
	return err
}

// Serving is closed when this process has the record: at once, or when it has taken the place of another.
func (c *Child) Serving() <-chan struct{} { return c.serving }
