package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/services"
)

// A modelService is a daemon of this machine that holds a model, as one process
// asks it again and again. Safe for concurrent use.
type modelService struct {
	w    *Workspace
	svc  registry.Service
	http *http.Client

	mu     sync.Mutex
	status daemon.Status // of the one that was trusted last
	seen   time.Time     // when that was
	hung   *HungError    // nil unless it hung at the last look
}

func (w *Workspace) modelService(name string) *modelService {
	svc, _ := registry.Lookup(name)
	return &modelService{w: w, svc: svc, http: services.LoopbackClient()}
}

const (
	// trustFor is how long a daemon is believed to be the same one. Shorter than a
	// stranger could need to take a freed port; longer than the calls of one batch.
	trustFor = time.Second
	// glance is how long one that hung is given to have come back: an agent that
	// asks ten questions waits once and not ten times.
	glance = 100 * time.Millisecond
)

// timeouts say how long a daemon is waited for.
type timeouts struct {
	silent  time.Duration // without any answer, to /health at least: those that are well give it in milliseconds, embedding or not
	loading time.Duration // while it says that it is loading its model
	stalled time.Duration // for a request, while it answers /health and its model runs nothing
}

// For a question, the answer by words is there at once: a second is hardly noticed, and after ten somebody who waits has
// turned to something else. A model that was unloaded for being idle is back within them: the default takes one.
func questionTimeouts() timeouts {
	return timeouts{silent: 750 * time.Millisecond, loading: 10 * time.Second, stalled: 10 * time.Second}
}

// For notes that are indexed, a daemon given up too early costs them their vectors until the next run. One run of a model is
// one text: 8,192 tokens, the most that any model of the catalogue reads, take the largest of them a minute on one core.
func bulkTimeouts() timeouts {
	return timeouts{silent: 3 * time.Second, loading: WaitReady, stalled: 2 * time.Minute}
}

// A HungError reports a daemon that lives and does not answer.
type HungError struct {
	Service string
	PID     int
	Why     string // "no answer from 127.0.0.1:3010 within 1s"
}

func (e *HungError) Error() string {
	return fmt.Sprintf("the %s service (pid %d) hangs: %s", e.Service, e.PID, e.Why)
}

// Hint says in one line what to do about it.
func (e *HungError) Hint() string { return fmt.Sprintf(`run "amalfa %s restart"`, e.Service) }

// errNoDaemon reports that a service can be neither reached nor started here.
var errNoDaemon = errors.New("no service")

// ready returns the daemon, started if need be. Errors are a [HungError], one
// that says it is still loading or lacks its model, or errNoDaemon.
func (m *modelService) ready(ctx context.Context, t timeouts) (daemon.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hung == nil && time.Since(m.seen) < trustFor {
		return m.status, nil
	}
	st, err := m.find(ctx, t)
	if err == nil {
		m.status, m.seen = st, time.Now()
	}
	return st, err
}

// isHung reports whether the daemon hung when it was asked last.
func (m *modelService) isHung() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hung != nil
}

// running returns how the daemon is, and starts none. An error may be a [HungError].
func (m *modelService) running(ctx context.Context) (daemon.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inspect(ctx, time.Second)
}

// inspect looks at the daemon, which may take limit to answer.
func (m *modelService) inspect(ctx context.Context, limit time.Duration) (daemon.Status, error) {
	if m.hung != nil {
		limit = glance
	}
	st, err := daemon.InspectWithin(ctx, m.w.spec(m.svc), limit)
	switch {
	case ctx.Err() != nil:
		return st, ctx.Err()
	case err != nil || !st.Silent:
		m.hung = nil
		return st, err
	case m.hung == nil || m.hung.PID != st.PID:
		m.hung = &HungError{m.svc.Name, st.PID, st.Error}
	}
	return st, m.hung
}

// find is ready, whatever was found before.
func (m *modelService) find(ctx context.Context, t timeouts) (daemon.Status, error) {
	st, err := m.inspect(ctx, t.silent)
	if err != nil && (m.hung != nil || ctx.Err() != nil) || err == nil && st.Trusted && st.State == lifecycle.Ready {
		return st, err
	}
	if err := loopback(); err != nil {
		return st, fmt.Errorf("%w: %w", errNoDaemon, err)
	}
	st, err = m.w.Start(ctx, m.svc, StartOptions{Port: -1, OnDemand: true, Wait: t.loading})
	switch {
	case err != nil && st.Silent:
		return st, &HungError{m.svc.Name, st.PID, st.Error}
	case err != nil:
		return st, fmt.Errorf("%w: %w", errNoDaemon, err)
	case st.State == lifecycle.Starting:
		return st, fmt.Errorf("the %s service (pid %d) is still loading its model", m.svc.Name, st.PID)
	case !st.Trusted:
		return st, fmt.Errorf("%w: what listens on %s is not amalfa", errNoDaemon, st.Address)
	case st.State == lifecycle.Degraded:
		return st, fmt.Errorf("%s service: %s", m.svc.Name, st.Error)
	}
	return st, nil
}

// ask runs a request to the daemon st, and gives it up when the daemon does not
// answer /health any more or its model stands still.
func (m *modelService) ask(ctx context.Context, st daemon.Status, t timeouts, request func(context.Context) error) error {
	watched, end := context.WithCancelCause(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { end(watch(watched, st, t)) })
	err := request(watched)
	var hung *HungError
	if err != nil && errors.As(context.Cause(watched), &hung) {
		err = hung
		m.mu.Lock()
		m.hung = hung
		m.mu.Unlock()
	}
	end(nil)
	beside.Wait()
	return err
}

// watch returns a [HungError] once a daemon that a request was sent to hangs, or nil when ctx ends.
func watch(ctx context.Context, st daemon.Status, t timeouts) error {
	tick := time.NewTicker(t.silent / 3)
	defer tick.Stop()
	runs, moved := int64(-1), time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now, err := daemon.Ping(ctx, st, t.silent-t.silent/3)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return &HungError{st.Service.Name, st.PID, err.Error()}
		case now != runs:
			runs, moved = now, time.Now()
		case time.Since(moved) > t.stalled:
			return &HungError{st.Service.Name, st.PID, fmt.Sprintf("no progress within %s", t.stalled)}
		}
	}
}

// loopback fails where processes cannot reach each other, as in a network namespace whose loopback device is down.
func loopback() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer ln.Close()
	conn, err := net.DialTimeout("tcp", ln.Addr().String(), time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}
