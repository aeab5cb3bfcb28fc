package cli

import (
	"context"
	"errors"
	"time"

	"amalfa/models"
	"amalfa/services/vector"

	"go.uber.org/zap"
)

// serveVector runs the embedder. The port is open before the model is loaded.
func serveVector(ctx context.Context, v *serving) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	ended := make(chan struct{})
	engine := vector.NewEngine(v.loadOrEnd(end, ended), vector.EngineOptions{Idle: v.settings.IdleTimeout, Log: v.log})
	defer engine.Close()
	if v.onDemand {
		go v.endWhenIdle(ctx, func() { end(nil) })
	}
	err := vector.Serve(ctx, v.server, engine, v.listeners...)
	close(ended)
	if cause := context.Cause(ctx); errors.Is(cause, models.ErrMissing) {
		return cause
	}
	return err
}

// loadOrEnd ends a service that can never work: its model or the runtime is not
// on disk, and the network is not to be touched. It returns only once the
// service has ended, so that nobody sees it degraded on its way out.
func (v *serving) loadOrEnd(end context.CancelCauseFunc, ended <-chan struct{}) vector.Load {
	load := v.loadModel(v.log)
	return func(ctx context.Context) (models.Files, string, error) {
		files, lib, err := load(ctx)
		if v.offline && errors.Is(err, models.ErrMissing) {
			end(err)
			<-ended
		}
		return files, lib, err
	}
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
