package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"
)

// WaitReady is how long `start` waits for ready.
const WaitReady = 30 * time.Second

// A StartOptions says how a service is started.
type StartOptions struct {
	Port     int           // -1 for what variable, settings or registry say
	OnDemand bool          // it ends when idle: no person has asked for it
	Wait     time.Duration // how long it may take to be ready
}

// Inspect says how a service is now.
func (w *Workspace) Inspect(ctx context.Context, svc registry.Service) (daemon.Status, error) {
	return daemon.Inspect(ctx, w.spec(svc))
}

// Start starts a service, or finds it running.
func (w *Workspace) Start(ctx context.Context, svc registry.Service, o StartOptions) (daemon.Status, error) {
	sp, _, err := w.specToRun(svc, o)
	if err != nil {
		return daemon.Status{}, err
	}
	st, err := daemon.Start(ctx, sp, o.Wait)
	if err == nil && st.AlreadyRunning && !o.OnDemand {
		err = daemon.Keep(sp, st.Instance)
	}
	return st, err
}

// specToRun makes ready for a process of the service.
func (w *Workspace) specToRun(svc registry.Service, o StartOptions) (daemon.Spec, portChoice, error) {
	at, err := w.port(svc, o.Port)
	if err != nil {
		return daemon.Spec{}, at, err
	}
	if err := w.needModelOf(svc, o.OnDemand); err != nil {
		return daemon.Spec{}, at, err
	}
	if err := w.prepare(svc); err != nil {
		return daemon.Spec{}, at, err
	}
	sp := w.spec(svc)
	sp.Args, sp.Env = w.runArgs(svc, o, at), w.environment()
	if !o.OnDemand {
		err = daemon.Forgive(sp)
	}
	return sp, at, err
}

// A Restarted says how a service was restarted.
type Restarted struct {
	daemon.Replacement
	// Stopped is the process that was stopped first, where no other took its place while it ran.
	Stopped *daemon.StopResult
	Why     error // that was not asked for, nil = it was the only way
}

// Restart starts a service anew: without a refused request where it runs and keeps its port, else by stopping it first.
func (w *Workspace) Restart(ctx context.Context, svc registry.Service, o StartOptions, drain time.Duration) (r Restarted, err error) {
	now, err := w.Inspect(ctx, svc)
	if err != nil {
		return r, err
	}
	sp, at, err := w.specToRun(svc, o)
	if err != nil {
		return r, err
	}
	if now.Silent {
		r.Why = fmt.Errorf("pid %d does not answer, so it is stopped", now.PID)
	}
	stop := daemon.StopOptions{Drain: drain}
	moves := at.explicit && at.port != 0 && at.port != now.Port
	if now.Trusted && moves {
		if err := daemon.Free(ctx, at.port); err != nil { // before anything is stopped
			return r, fmt.Errorf("pid %d goes on as before on port %d: %w", now.PID, now.Port, err)
		}
	}
	if now.Trusted && svc.Port != 0 && !moves {
		r.Replacement, err = daemon.Replace(ctx, sp, o.Wait, stop)
		if !errors.Is(err, daemon.ErrNoSuccession) {
			return r, err
		}
		if err != daemon.ErrNoSuccession {
			r.Why = err
		}
	}
	done, err := daemon.Stop(ctx, sp, stop)
	r.Stopped = &done
	if err == nil {
		r.Status, err = w.Start(ctx, svc, o) // its record may be another one than that of what was stopped
	}
	return r, err
}

// needModelOf is NeedModel for a service that a person starts to embed; one that a command starts was asked about by that.
func (w *Workspace) needModelOf(svc registry.Service, onDemand bool) error {
	if onDemand || svc.Name != "vector" && svc.Name != "watcher" {
		return nil
	}
	return w.NeedModel()
}

// Stop ends a service; one that is not running is no error.
func (w *Workspace) Stop(ctx context.Context, svc registry.Service, drain time.Duration) (daemon.StopResult, error) {
	return daemon.Stop(ctx, w.spec(svc), daemon.StopOptions{Drain: drain})
}

// Sessions are the processes of a stdio service that work for this workspace.
func (w *Workspace) Sessions(ctx context.Context, svc registry.Service) ([]daemon.Record, error) {
	return daemon.Sessions(ctx, w.spec(svc))
}

// Port is where a service would listen, 0 for any free port or none.
func (w *Workspace) Port(svc registry.Service) (int, error) {
	choice, err := w.port(svc, -1)
	return choice.port, err
}

// LogFile is where a service writes its log.
func (w *Workspace) LogFile(svc registry.Service) string { return w.spec(svc).Log }

// A Stopped is a service that was running: it was stopped, or left for a reason.
type Stopped struct {
	Service string
	PID     int
	Killed  bool   // it did not end by itself
	Left    string // why it runs on; "" where it does not
}

// StopAll stops this workspace's services and the machine's that it started; all stops everything of this user. One that
// cannot be stopped does not keep the others from it.
func (w *Workspace) StopAll(ctx context.Context, all bool) ([]Stopped, error) {
	return stopping{all: all}.run(ctx, w)
}

func (s stopping) run(ctx context.Context, w *Workspace) ([]Stopped, error) {
	roots := []string{w.Folder.Root}
	if s.all {
		roots = w.workspaces()
	}
	for _, root := range roots {
		s.workspace(ctx, w.At(root))
	}
	s.machine(ctx, w)
	return s.done, errors.Join(s.failed...)
}

type stopping struct {
	all    bool
	dry    bool // what runs is told, and not stopped
	done   []Stopped
	failed []error
}

func (s *stopping) workspace(ctx context.Context, w *Workspace) {
	for _, svc := range registry.Services() {
		if svc.Supervises { // before what it would start again
			s.service(ctx, w, svc)
		}
	}
	for _, svc := range registry.Services() {
		switch {
		case svc.Supervises:
		case svc.Stdio:
			s.sessions(ctx, w, svc)
		case svc.Scope == registry.Workspace:
			s.service(ctx, w, svc)
		}
	}
}

func (s *stopping) machine(ctx context.Context, w *Workspace) {
	for _, svc := range registry.Services() {
		if svc.Scope != registry.Machine {
			continue
		}
		st, err := w.Inspect(ctx, svc)
		switch {
		case err != nil:
			s.failed = append(s.failed, err)
		case st.PID > 0 && !s.all && st.Workspace != w.Folder.Root:
			s.done = append(s.done, Stopped{Service: svc.Name, PID: st.PID, Left: st.Workspace + " started it"})
		default:
			s.service(ctx, w, svc)
		}
	}
}

func (s *stopping) service(ctx context.Context, w *Workspace, svc registry.Service) {
	if s.dry {
		st, err := w.Inspect(ctx, svc)
		s.note(svc, daemon.StopResult{PID: st.PID, WasRunning: st.PID > 0}, err)
		return
	}
	done, err := w.Stop(ctx, svc, lifecycle.Drain)
	s.note(svc, done, err)
}

func (s *stopping) note(svc registry.Service, done daemon.StopResult, err error) {
	switch {
	case err != nil:
		s.failed = append(s.failed, fmt.Errorf("stop %s: %w", svc.Name, err))
	case done.WasRunning:
		s.done = append(s.done, Stopped{Service: svc.Name, PID: done.PID, Killed: done.Killed})
	}
}

// sessions ends the processes that clients started only when all says so: their agents would otherwise lose their memory in
// the middle of a talk.
func (s *stopping) sessions(ctx context.Context, w *Workspace, svc registry.Service) {
	live, err := w.Sessions(ctx, svc)
	if err != nil {
		s.failed = append(s.failed, err)
	}
	for _, rec := range live {
		if !s.all {
			s.done = append(s.done, Stopped{Service: svc.Name, PID: rec.PID, Left: "its client owns it"})
			continue
		}
		if s.dry {
			s.note(svc, daemon.StopResult{PID: rec.PID, WasRunning: true}, nil)
			continue
		}
		done, err := daemon.Stop(ctx, w.spec(svc).Session(rec.PID), daemon.StopOptions{Drain: time.Second})
		s.note(svc, done, err)
	}
}
