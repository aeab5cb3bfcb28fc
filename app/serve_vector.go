package app

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"amalfa/config"
	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/models"
	"amalfa/services/vector"

	"go.uber.org/zap"
)

// serveVector runs the embedder. The port is open before the model is loaded.
func serveVector(ctx context.Context, v *serving) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	ended := make(chan struct{})
	loc := v.Locator(v.log)
	kept, closeCache := v.embeddingCache(ctx, v.log)
	defer closeCache()
	quarantine, err := v.openQuarantine()
	if err != nil {
		return err
	}
	defer quarantine.Close()
	engine := embed.NewEngine(v.loadOrEnd(loc, end, ended), embed.EngineOptions{
		Options: inference.Options{Idle: v.Settings.IdleTimeout, Version: Version(), Log: v.log, Quarantine: quarantine},
		Name:    v.Settings.Embeddings.Model, Finder: v.finder(loc), Cache: kept,
	})
	defer engine.Close()
	v.follower.onChange(func(before, now config.Settings) {
		if before.Embeddings != now.Embeddings {
			v.log.Info("Embedding model was changed", zap.String("model", now.Embeddings.Model), zap.String("precision", now.Embeddings.Precision))
			engine.Reload(now.Embeddings.Model)
			go func() { _ = engine.Warm(ctx) }() // the outcome is in the service's state
		}
	})
	if v.OnDemand {
		go v.endWhenIdle(ctx, func() { end(nil) })
	}
	v.forwardRerank()
	err = vector.Serve(ctx, v.server, engine, v.listeners...)
	close(ended)
	if cause := context.Cause(ctx); errors.Is(cause, models.ErrMissing) {
		return cause
	}
	return err
}

// loadOrEnd ends a service that can never work: its model or the runtime is not on disk, and the network is not to be
// touched. It returns only once the service has ended, so that nobody sees it degraded on its way out.
func (v *serving) loadOrEnd(loc *models.Locator, end context.CancelCauseFunc, ended <-chan struct{}) inference.Locate {
	load := v.loadModel(loc, func() config.Embeddings { return v.follower.now().Embeddings })
	var tried atomic.Bool // a model that is chosen later and is not here leaves the service as it is
	return func(ctx context.Context) (models.Files, string, error) {
		first := !tried.Swap(true)
		files, lib, err := load(ctx)
		if first && v.Offline && errors.Is(err, models.ErrMissing) {
			end(err)
			<-ended
		}
		return files, lib, err
	}
}

// finder offers every model that is on disk, so that one daemon serves
// workspaces with different ones. A request never makes it touch the network.
func (v *serving) finder(loc *models.Locator) *inference.Finder {
	here := func(s models.Status) bool {
		return s.Model.Kind != models.Reranker && s.Precision == v.follower.now().Embeddings.Precision && (s.Path != "" || s.Embedded)
	}
	return &inference.Finder{
		Find: func(ctx context.Context, name string) (models.Files, string, error) {
			files, err := loc.Find(name, v.follower.now().Embeddings.Precision)
			if err != nil {
				return models.Files{}, "", err
			}
			lib, err := loc.Runtime(ctx)
			return files, lib, err
		},
		List: func(context.Context) []string {
			var names []string
			for _, s := range loc.List() {
				if here(s) {
					names = append(names, s.Model.Name)
				}
			}
			return names
		},
	}
}

// loadModel finds the runtime and the model of the settings when they are first needed. One locator must serve all of a
// process's models: it may keep the library in memory, and a process loads one library only.
func (w *Workspace) loadModel(loc *models.Locator, settings func() config.Embeddings) inference.Locate {
	return func(ctx context.Context) (models.Files, string, error) {
		lib, err := loc.Runtime(ctx)
		if err != nil {
			return models.Files{}, "", err
		}
		s := settings()
		if m, known := models.Lookup(s.Model); known && m.Name == models.DefaultName {
			files, err := loc.Model(ctx, s.Model, s.Precision)
			return files, lib, err
		}
		files, err := loc.Find(s.Model, s.Precision) // see NeedModel
		return files, lib, err
	}
}

// endWhenIdle ends a service that was started by a command and not by a person.
func (v *serving) endWhenIdle(ctx context.Context, end func()) {
	tick := time.NewTicker(min(v.Settings.IdleTimeout, time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if v.server.Idle() >= v.Settings.IdleTimeout && !v.child.Kept() {
				v.log.Info("Ending, idle", zap.Duration("idle", v.server.Idle()))
				end()
				return
			}
		}
	}
}
