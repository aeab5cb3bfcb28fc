package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"amalfa/daemon"
	"amalfa/models"
	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/reranker"
	"amalfa/services/vector"

	"go.uber.org/zap"
)

// serveReranker runs the reranker. It is ready when its model is on disk, and
// loads it at the first request.
func serveReranker(ctx context.Context, v *serving) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	engine := reranker.NewEngine(v.findReranker(v.log), reranker.EngineOptions{Idle: v.settings.IdleTimeout, Version: programVersion(), Log: v.log})
	if v.onDemand {
		go v.endWhenIdle(ctx, end)
	}
	err := reranker.Serve(ctx, v.server, engine, v.listeners...)
	return errors.Join(err, engine.Close())
}

// findReranker looks for runtime and model on this machine only: a request
// must not wait for gigabytes.
func (s *session) findReranker(log *zap.Logger) reranker.Load {
	loc := s.locator(log) // one for the process: it may keep the library in memory
	loc.Offline = true
	return func(ctx context.Context) (models.Files, string, error) {
		lib, err := loc.Runtime(ctx)
		if err != nil {
			return models.Files{}, "", err
		}
		files, err := s.rerankerFiles(func() (models.Files, error) {
			return loc.Find(s.settings.Reranker.Model, s.settings.Reranker.Precision)
		})
		return files, lib, err
	}
}

// haveReranker makes sure that runtime and model are here, fetching them where
// a person has asked for that. A model that a project's file names is not fetched.
func (s *session) haveReranker(ctx context.Context, fetch bool) error {
	loc := s.locator(nil)
	loc.Offline = loc.Offline || !fetch || s.strangersReranker
	if _, err := loc.Runtime(ctx); err != nil {
		return err
	}
	_, err := s.rerankerFiles(func() (models.Files, error) {
		return loc.Model(ctx, s.settings.Reranker.Model, s.settings.Reranker.Precision)
	})
	return err
}

// rerankerFiles refuses a name of the other kind before anything is looked for.
func (s *session) rerankerFiles(get func() (models.Files, error)) (models.Files, error) {
	if m, ok := models.Lookup(s.settings.Reranker.Model); ok && m.Kind != models.Reranker {
		return models.Files{}, fmt.Errorf("reranker.model: %s makes vectors and scores no pairs", m.Name)
	}
	files, err := get()
	var missing *models.MissingError
	if errors.As(err, &missing) && missing.Put == "" {
		return files, withHint(err, missing.Hint()+" in reranker.model or AMALFA_RERANKER_MODEL")
	}
	return files, err
}

// forwardRerank lets the vector service answer POST /rerank through the
// reranking service, once that one has proved to be ours.
func (v *serving) forwardRerank() {
	svc, _ := registry.Lookup("reranker")
	v.server.Handle("POST /rerank", vector.Forward(func(ctx context.Context) (string, error) {
		st, err := daemon.Inspect(ctx, v.spec(svc))
		if err == nil && st.Trusted {
			return "http://" + st.Address, nil
		}
		return "", &services.Error{Status: http.StatusServiceUnavailable, Kind: "no_reranker",
			Message: "the reranking service is not running", Hint: `run "amalfa reranker start"`}
	}))
}

// checkReranker is doctor's line about the model; search works without it.
func (s *session) checkReranker() finding {
	loc := s.locator(zap.NewNop())
	files, err := s.rerankerFiles(func() (models.Files, error) {
		return loc.Find(s.settings.Reranker.Model, s.settings.Reranker.Precision)
	})
	if err != nil {
		var h *hinted
		hint := judge(err).hint
		if errors.As(err, &h) {
			hint = h.hint
		}
		return warn("rerank", hint, "%v", err)
	}
	return good("rerank", "%s, %s precision, %s", files.Model.Name, files.Precision, files.ModelPath)
}
