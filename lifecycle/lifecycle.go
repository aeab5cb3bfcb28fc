// Package lifecycle holds the states of a service, spelled the same in records,
// `/health`, `/metrics` and every command, and the one way from one to another.
package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// State is where a service is in its life. "" is a state that is not known.
type State string

const (
	Starting State = "starting" // running, not ready to work yet
	Ready    State = "ready"
	Degraded State = "degraded" // running without something that it names
	Stopping State = "stopping" // finishing what was accepted
	Stopped  State = "stopped"
	Failed   State = "failed" // cannot work and says why
)

// Drain is how long work that was accepted may take after the stop signal, where
// nobody says otherwise: for the service, and for who waits to kill it.
const Drain = 10 * time.Second

// Linger is how long a process that has handed over to another keeps a connection on which nothing comes.
const Linger = 2 * time.Second

// Leave is how long it may go on answering what it had begun: a language model that runs on a slow machine writes a long answer in
// less.
const Leave = 10 * time.Minute

// States returns all states in the order in which they are listed. The slice is the caller's own.
func States() []State { return []State{Starting, Ready, Degraded, Stopping, Stopped, Failed} }

// Known reports whether st is one of States: a record of an older program has
// none, and one of a newer program may have another.
func (st State) Known() bool { return slices.Contains(States(), st) }

// IsOutcome reports whether a start that came this far is decided.
func (st State) IsOutcome() bool { return st == Ready || st == Degraded || st == Failed }

// follows reports whether a service may go from one state to another. Stopping
// ends only in Stopped, so work that ends late cannot revive a service.
func follows(from, to State) bool {
	switch from {
	case Stopped:
		return false
	case Stopping:
		return to == Stopped
	}
	return true
}

// EndReason is the reason of a service that stops because ctx ended: the cause of ctx, or "" when it was told to stop.
func EndReason(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return ""
}

// A Machine is the state of one service, with the reason for it. Safe for concurrent use; looking never waits for a change.
type Machine struct {
	log *zap.Logger
	now atomic.Pointer[step]

	changing  sync.Mutex // held for a whole change, so that observers see changes in order
	observers []func(State, string)
}

type step struct {
	state  State
	reason string
}

// New returns a machine in the state Starting. A nil log is none.
func New(log *zap.Logger) *Machine {
	m := &Machine{log: cmp.Or(log, zap.NewNop())}
	m.now.Store(&step{state: Starting})
	return m
}

// Now returns the state and its reason, "" for none.
func (m *Machine) Now() (State, string) {
	s := m.now.Load()
	return s.state, s.reason
}

// Observe calls fn with the state that holds, and with each one that follows. fn must not change the state.
func (m *Machine) Observe(fn func(st State, reason string)) {
	m.changing.Lock()
	defer m.changing.Unlock()
	m.observers = append(m.observers, fn)
	fn(m.Now())
}

// Set is the only way a state changes; each change is logged. What does not
// follow from the present state, and what holds already, is ignored.
func (m *Machine) Set(to State, reason string) {
	m.changing.Lock()
	defer m.changing.Unlock()
	from, why := m.Now()
	if !follows(from, to) || (from == to && why == reason) {
		return
	}
	m.now.Store(&step{to, reason})
	m.log.Info("State changed", zap.String("from", string(from)), zap.String("to", string(to)), zap.String("reason", reason))
	for _, fn := range m.observers {
		fn(to, reason)
	}
}
