package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"amalfa/daemon"
	"amalfa/models"
	"amalfa/registry"
	"amalfa/services/mcp"
	"amalfa/store"

	"go.uber.org/zap"
)

const watcherName = "watcher"

// indexPoll is how often a session of an agent looks whether its workspace has an index by now.
const indexPoll = 2 * time.Second

// A sessionWatcher has the watcher of a workspace running for an agent's session, so that what is written meanwhile is found. It is
// asked for once, with the first request that finds an index of this user: one that a person stops then stays stopped.
type sessionWatcher struct {
	w       *Workspace
	ctx     context.Context // of the session
	running sync.WaitGroup

	mu   sync.Mutex
	busy bool      // being asked for, or it was
	next time.Time // before which nothing is looked at
}

// watchWithAgents has the watcher started by the requests that a server gets. The returned function ends that.
func (w *Workspace) watchWithAgents(ctx context.Context, o *mcp.Options) (end func()) {
	if !w.Settings.Watch.Enabled || !w.Settings.Watch.WithAgents {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &sessionWatcher{w: w, ctx: ctx}
	o.Asked = s.asked
	return func() {
		cancel()
		s.running.Wait()
	}
}

// asked returns at once: a client that waits for its answer does not wait for the watcher.
func (s *sessionWatcher) asked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.busy || now.Before(s.next) || s.ctx.Err() != nil {
		return
	}
	s.next = now.Add(indexPoll)
	if !daemon.Exists(s.w.indexFile()) {
		return
	}
	s.busy = true
	s.running.Go(s.start)
}

// start starts the watcher. Where there is no index that this user made, or its server cannot be asked now, nothing is started, and looked
// again later; other failures are said once, for the client's log.
func (s *sessionWatcher) start() {
	svc, _ := registry.Lookup(watcherName)
	err := s.w.sameModel(s.ctx)
	if errors.Is(err, store.ErrNoIndex) || errors.Is(err, ErrDatabaseUnreachable) || errors.Is(err, store.ErrBusy) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy = false
		return
	}
	if err == nil {
		_, err = s.w.Start(s.ctx, svc, StartOptions{Port: -1, OnDemand: true, Wait: WaitReady})
	}
	var ended *daemon.ExitError
	stopped := errors.As(err, &ended) && ended.Code == 0 // somebody has stopped it meanwhile
	if err != nil && !stopped && s.ctx.Err() == nil {
		s.w.Notice("note: the index is not kept fresh while this session runs: %v", err)
	}
}

// sameModel fails where there is no index of this user, or where its vectors are of another model than the settings of this process
// name: a client that lacks a variable of the shell must not have all notes embedded anew.
func (w *Workspace) sameModel(ctx context.Context) error {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return err
	}
	stats, err := st.Stats(ctx)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	has, known := models.Lookup(stats.Model.Name)
	want, wanted := models.Lookup(w.Settings.Embeddings.Model)
	if known && wanted && has.Name != want.Name {
		return fmt.Errorf("its vectors are of %s and this process has %s set: embeddings.model in your own settings counts for every client", has.Name, want.Name)
	}
	return nil
}

// endAfterSessions ends a watcher that agents' sessions have started when the last of them has been gone for the idle time, unless a
// person has asked for it meanwhile. A session that was killed counts as gone.
func (v *serving) endAfterSessions(ctx context.Context) {
	svc, _ := registry.Lookup("mcp")
	idle := v.Settings.IdleTimeout
	tick := time.NewTicker(min(idle, time.Minute) / 4)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		live, err := v.Sessions(ctx, svc)
		switch {
		case err != nil && ctx.Err() == nil:
			v.log.Warn("Sessions cannot be counted", zap.Error(err))
			fallthrough
		case len(live) > 0 || v.child.Kept():
			last = time.Now()
		case time.Since(last) >= idle:
			v.log.Info("Ending, no session of an agent is left", zap.Duration("since", time.Since(last)))
			v.end(nil)
			return
		}
	}
}
