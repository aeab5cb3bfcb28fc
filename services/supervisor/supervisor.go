// Package supervisor starts daemons again that have died.
//
// It polls nothing. For each service it sleeps in the kernel on the lock of the service's record, which is free at the moment
// at which the holder's process is gone, whoever its parent was. What the record holds then, and the files that people's
// commands leave beside it, tell a death from an end that was wanted; see package daemon. A service that does not run has no
// holder: the folders of the records are watched for one that begins.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"amalfa/daemon"
	"amalfa/lifecycle"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// Options say what is supervised.
type Options struct {
	Services []daemon.Spec
	// Again returns how the process that died is started once more; false = it is not.
	Again func(daemon.Spec, *daemon.Fallen) (daemon.Spec, bool)
	Wait  time.Duration // how long a process may take to be ready
	Log   *zap.Logger
	Life  *lifecycle.Machine
}

// A watched is a service that is waited for.
type watched struct {
	Options
	spec    daemon.Spec
	log     *zap.Logger
	stirred chan struct{} // something was written to its record since it was looked at
}

// Serve supervises until ctx ends, and leaves the services running. Waits that are still going on then end with the process, or with the
// services.
func Serve(ctx context.Context, o Options) error {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the folders of records: %w", err)
	}
	defer events.Close()
	all := map[string]*watched{}
	for _, spec := range o.Services {
		if err := events.Add(filepath.Dir(spec.Record)); err != nil {
			return fmt.Errorf("watch %s: %w", filepath.Dir(spec.Record), err)
		}
		all[spec.Record] = &watched{Options: o, spec: spec, log: o.Log.With(zap.String("service", spec.Service.Name)), stirred: make(chan struct{}, 1)}
	}
	for _, w := range all {
		go w.run(ctx)
	}
	o.Life.Set(lifecycle.Ready, "")
	for {
		select {
		case <-ctx.Done():
			o.Life.Set(lifecycle.Stopping, lifecycle.EndReason(ctx))
			return nil
		case e := <-events.Events:
			if w := all[e.Name]; w != nil && e.Has(fsnotify.Create|fsnotify.Write) {
				w.stir()
			}
		case err := <-events.Errors: // an overflow, at worst
			o.Log.Warn("Records were not watched for a moment", zap.Error(err))
			for _, w := range all {
				w.stir()
			}
		}
	}
}

// stir wakes the one who waits for the service to begin.
func (w *watched) stir() {
	select {
	case w.stirred <- struct{}{}:
	default:
	}
}

func (w *watched) run(ctx context.Context) {
	if fallen := daemon.Pending(w.spec); fallen != nil { // the supervisor before this one ended first
		w.revive(ctx, fallen)
	}
	for ctx.Err() == nil {
		fallen, err := daemon.AwaitDeath(ctx, w.spec)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("Record cannot be looked at, or a death not be written down", zap.Error(err))
		}
		if fallen != nil && ctx.Err() == nil {
			w.revive(ctx, fallen)
			continue
		}
		select {
		case <-w.stirred:
		case <-ctx.Done():
		}
	}
}

// revive starts the service again, and again, until it runs or nobody wants it to.
func (w *watched) revive(ctx context.Context, fallen *daemon.Fallen) {
	for {
		spec, ok := w.Again(w.spec, fallen)
		if !ok {
			return
		}
		wait, gaveUp, err := fallen.BackOff()
		w.log.Warn("Service died", zap.Int("pid", fallen.PID), zap.String("by", fallen.How), zap.String("report", fallen.Report),
			zap.Duration("startedAgainIn", wait), zap.String("givenUp", gaveUp), zap.Error(err))
		if gaveUp != "" || !w.pause(ctx, wait, fallen) {
			return
		}
		again, err := fallen.Revive(ctx, spec, w.Wait)
		if err != nil && !errors.Is(err, context.Canceled) {
			w.log.Warn("Service was started again and does not work", zap.Error(err))
		}
		if !again || ctx.Err() != nil {
			return
		}
	}
}

// pause waits before the service is started again, and reports whether that is still to be done: somebody may start it
// meanwhile, and then that process is the one to wait for.
func (w *watched) pause(ctx context.Context, wait time.Duration, fallen *daemon.Fallen) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return ctx.Err() == nil
		case <-ctx.Done():
			return false
		case <-w.stirred:
			if fallen.IsOvertaken() {
				return false
			}
		}
	}
}
