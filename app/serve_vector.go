package app

import (
	"context"
	"errors"
	"time"

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
	engine := embed.NewEngine(v.loadOrEnd(loc, end, ended), embed.EngineOptions{
		Options: inference.Options{Idle: v.Settings.IdleTimeout, Version: Version(), Log: v.log},
		Name:    v.Settings.Embeddings.Model, Finder: v.finder(loc), Cache: kept,
	})
	defer engine.Close()
	if v.OnDemand {
		go v.endWhenIdle(ctx, func() { end(nil) })
	}
	v.forwardRerank()
	err := vector.Serve(ctx, v.server, engine, v.listeners...)
	close(ended)
	if cause := context.Cause(ctx); errors.Is(cause, models.ErrMissing) {
		return cause
	}
	return err
}

// loadOrEnd ends a service that can never work: its model or the runtime is not on disk, and the network is not to be
// touched. It returns only once the service has ended, so that nobody sees it degraded on its way out.
func (v *serving) loadOrEnd(loc *models.Locator, end context.CancelCauseFunc, ended <-chan struct{}) inference.Locate {
	load := v.loadModel(loc)
	return func(ctx context.Context) (models.Files, string, error) {
		files, lib, err := load(ctx)
		if v.Offline && errors.Is(err, models.ErrMissing) {
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
		return s.Model.Kind != models.Reranker && s.Precision == v.Settings.Embeddings.Precision && (s.Path != "" || s.Embedded)
	}
	return &inference.Finder{
		Find: func(ctx context.Context, name string) (models.Files, string, error) {
			files, err := loc.Find(name, v.Settings.Embeddings.Precision)
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
func (w *Workspace) loadModel(loc *models.Locator) inference.Locate {
	return func(ctx context.Context) (models.Files, string, error) {
		lib, err := loc.Runtime(ctx)
		if err != nil {
			return models.Files{}, "", err
		}
		name := w.Settings.Embeddings.Model
		if m, known := models.Lookup(name); known && m.Name == models.DefaultName {
			files, err := loc.Model(ctx, name, w.Settings.Embeddings.Precision)
			return files, lib, err
		}
		files, err := loc.Find(name, w.Settings.Embeddings.Precision) // see NeedModel
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
