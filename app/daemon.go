package app

import (
	"context"
	"time"

	"amalfa/daemon"
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
	at, err := w.port(svc, o.Port)
	if err != nil {
		return daemon.Status{}, err
	}
	if err := w.prepare(svc); err != nil {
		return daemon.Status{}, err
	}
	sp := w.spec(svc)
	sp.Args, sp.Env = w.runArgs(svc, o, at), w.environment()
	return daemon.Start(ctx, sp, o.Wait)
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
