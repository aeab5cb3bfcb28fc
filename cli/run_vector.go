package cli

import (
	"context"
	"time"

	"amalfa/models"
	"amalfa/services/vector"

	"go.uber.org/zap"
)

// serveVector runs the embedder. The port is open before the model is loaded.
func serveVector(ctx context.Context, v *serving) error {
	engine := vector.NewEngine(v.loadModel(v.log), vector.EngineOptions{Idle: v.settings.IdleTimeout, Log: v.log})
	defer engine.Close()
	if v.onDemand {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go v.endWhenIdle(ctx, cancel)
	}
	return vector.Serve(ctx, v.server, engine, v.listeners...)
}

// loadModel finds the runtime and the model of the settings when they are first needed.
func (s *session) loadModel(log *zap.Logger) vector.Load {
	return func(ctx context.Context) (models.Files, string, error) {
		loc := s.locator(log)
		lib, err := loc.Runtime(ctx)
		if err != nil {
			return models.Files{}, "", err
		}
		files, err := loc.Model(ctx, s.settings.Embeddings.Model, s.settings.Embeddings.Precision)
		return files, lib, err
	}
}

// endWhenIdle ends a service that was started by a command and not by a person.
func (v *serving) endWhenIdle(ctx context.Context, end func()) {
	tick := time.NewTicker(min(v.settings.IdleTimeout, time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if v.server.Idle() >= v.settings.IdleTimeout {
				v.log.Info("Ending, idle", zap.Duration("idle", v.server.Idle()))
				end()
				return
			}
		}
	}
}
