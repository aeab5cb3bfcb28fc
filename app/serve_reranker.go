package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"amalfa/config"
	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/models"
	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/reranker"
	"amalfa/services/vector"

	"go.uber.org/zap"
)

// serveReranker runs the reranker. It is ready when its model is on disk, and loads it at the first request.
func serveReranker(ctx context.Context, v *serving) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	quarantine, err := v.openQuarantine()
	if err != nil {
		return err
	}
	defer quarantine.Close()
	engine := rerank.NewEngine(v.findReranker(v.log, v.follower.now), inference.Options{Idle: v.Settings.IdleTimeout, Version: Version(), Log: v.log, Quarantine: quarantine})
	v.follower.onChange(func(before, now config.Settings) {
		if before.Reranker.Model != now.Reranker.Model || before.Reranker.Precision != now.Reranker.Precision {
			v.log.Info("Reranking model was changed", zap.String("model", now.Reranker.Model), zap.String("precision", now.Reranker.Precision))
			engine.Reload()
		}
	})
	if v.OnDemand {
		go v.endWhenIdle(ctx, end)
	}
	err = reranker.Serve(ctx, v.server, engine, v.listeners...)
	return errors.Join(err, engine.Close())
}

// findReranker looks for runtime and model on this machine only: a request must not wait for gigabytes.
func (w *Workspace) findReranker(log *zap.Logger, settings func() config.Settings) inference.Locate {
	loc := w.Locator(log) // one for the process: it may keep the library in memory
	loc.Offline = true
	return func(ctx context.Context) (models.Files, string, error) {
		lib, err := loc.Runtime(ctx)
		if err != nil {
			return models.Files{}, "", err
		}
		now := *w
		now.Settings = settings()
		files, err := now.rerankerFiles(func() (models.Files, error) {
			return loc.Find(now.Settings.Reranker.Model, now.Settings.Reranker.Precision)
		})
		return files, lib, err
	}
}

// haveReranker makes sure that runtime and model are here, fetching them where
// a person has asked for that. A model that a project's file names is not fetched.
func (w *Workspace) haveReranker(ctx context.Context, fetch bool) error {
	loc := w.Locator(nil)
	loc.Offline = loc.Offline || !fetch || w.untrustedReranker
	if _, err := loc.Runtime(ctx); err != nil {
		return err
	}
	_, err := w.rerankerFiles(func() (models.Files, error) {
		return loc.Model(ctx, w.Settings.Reranker.Model, w.Settings.Reranker.Precision)
	})
	return err
}

// FindReranker looks for the reranking model on this machine.
func (w *Workspace) FindReranker() (models.Files, error) {
	loc := w.Locator(zap.NewNop())
	return w.rerankerFiles(func() (models.Files, error) {
		return loc.Find(w.Settings.Reranker.Model, w.Settings.Reranker.Precision)
	})
}

// rerankerFiles refuses a name of the other kind before anything is looked for.
func (w *Workspace) rerankerFiles(get func() (models.Files, error)) (models.Files, error) {
	if m, ok := models.Lookup(w.Settings.Reranker.Model); ok && m.Kind != models.Reranker {
		return models.Files{}, fmt.Errorf("reranker.model: %s makes vectors and scores no pairs", m.Name)
	}
	files, err := get()
	var missing *models.MissingError
	if errors.As(err, &missing) && missing.Put == "" {
		return files, WithHint(err, missing.Hint()+" in reranker.model or AMALFA_RERANKER_MODEL")
	}
	return files, err
}

// forwardRerank lets the vector service answer POST /rerank through the
// reranking service, once that one has proved to be ours.
func (v *serving) forwardRerank() {
	svc, _ := registry.Lookup("reranker")
	vector.ForwardRerank(v.server, func(ctx context.Context) (string, error) {
		st, err := v.Inspect(ctx, svc)
		if err == nil && st.Trusted {
			return "http://" + st.Address, nil
		}
		return "", &services.Error{Status: http.StatusServiceUnavailable, Kind: "no_reranker",
			Message: "the reranking service is not running", Advice: `run "amalfa reranker start"`}
	})
}
