package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"amalfa/daemon"
)

const (
	// slowEnd is how long a command may take to end before a person is told that it does.
	slowEnd = time.Second
	// lastWordDelay is how long a word to the person may hold up a process that ends at once: nobody may be reading.
	lastWordDelay = 200 * time.Millisecond
)

// An ending is how this process is asked to end, by one of [daemon.EndSignals]. The first ends the context of its command, which
// finishes what it has begun. The next one ends the process, with a line that says how things stand; for a service it first skips
// the drain. A SIGHUP that is not the first asks for nothing more: a terminal that closes sends two, its shell's and its own.
type ending struct {
	a       *program
	ctx     context.Context
	end     context.CancelFunc
	signals chan os.Signal

	mu       sync.Mutex
	abort    context.CancelFunc // skips the drain; nil where there is none
	keys     chan os.Signal     // takes Ctrl-C instead, nil for nobody
	standing func() string      // how things stand where the process ends at once
	outlives bool               // the command goes on without its terminal
}

// listen begins to listen to the signals.
func (a *program) listen() *ending {
	e := &ending{a: a, signals: make(chan os.Signal, 4), standing: func() string { return "what was finished is kept, and no file is half written" }}
	e.ctx, e.end = context.WithCancel(context.Background())
	signal.Notify(e.signals, daemon.EndSignals()...)
	go e.run()
	return e
}

func (e *ending) run() {
	asked := 0
	var slow <-chan time.Time
	for {
		select {
		case <-slow:
			e.a.aside("ending: it finishes what it has begun (Ctrl-C again ends it at once)")
		case sig := <-e.signals:
			if !e.counts(sig, asked) {
				continue
			}
			if asked++; asked == 1 {
				e.end()
				if e.a.progress {
					slow = time.After(slowEnd)
				}
				continue
			}
			if slow = nil; !e.skipDrain() {
				e.atOnce()
			}
		}
	}
}

// counts reports whether a signal asks the process to end, or once more after it was asked.
func (e *ending) counts(sig os.Signal, asked int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case sig == syscall.SIGHUP:
		return asked == 0 && !e.outlives
	case sig == os.Interrupt && e.keys != nil:
		select {
		case e.keys <- sig:
		default: // one waits already
		}
		return false
	}
	return true
}

// skipDrain reports whether there was a drain to skip.
func (e *ending) skipDrain() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.abort == nil {
		return false
	}
	e.abort()
	e.abort = nil
	return true
}

// atOnce ends the process, whatever else it does.
func (e *ending) atOnce() {
	e.mu.Lock()
	line := e.standing()
	e.mu.Unlock()
	said := make(chan struct{})
	go func() {
		defer close(said)
		if e.a.progress {
			fmt.Fprint(e.a.err, redraw)
		}
		e.a.report(fmt.Errorf("%w: ended at once: %s", context.Canceled, line))
	}()
	select {
	case <-said:
	case <-time.After(lastWordDelay):
	}
	os.Exit(codeInterrupted)
}

// drained is for a service: it returns a context that ends with the signal after the first, which then does no more than that. Who
// reads what it says may go.
func (e *ending) drained() context.Context {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.abort = cancel
	return ctx
}

// interrupts has Ctrl-C go to who talks with a person, until back is called.
func (e *ending) interrupts() (keys <-chan os.Signal, back func()) {
	c := make(chan os.Signal, 1)
	set := func(c chan os.Signal) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.keys = c
	}
	set(c)
	return c, func() { set(nil) }
}

// tells has a command say how things stand where it ends at once.
func (e *ending) tells(standing func() string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.standing = standing
}

// outlive has the command go on when its terminal closes, and when nobody reads any more what it says.
func (e *ending) outlive() {
	signal.Ignore(syscall.SIGPIPE)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.outlives = true
}
