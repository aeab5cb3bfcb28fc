package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"amalfa/config"
	"amalfa/models"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

// A session is what most commands begin with: the workspace, the machine's
// folders and the settings, flags and variables laid over them.
type session struct {
	*app
	ws       config.Workspace
	places   config.Places
	settings config.Settings
	offline  bool
	// strangersReranker says that a project's file names the reranking model,
	// which is then used only when it is on disk.
	strangersReranker bool
}

// open finds the workspace and reads the settings. It writes nothing there.
func (a *app) open(c *cli.Command) (*session, error) {
	places, err := config.FindPlaces(a.env)
	if err != nil {
		return nil, err
	}
	ws, err := config.FindWorkspace(c.String("root"), a.env)
	if err != nil {
		return nil, err
	}
	loaded, err := config.Load(ws, places)
	if err != nil {
		return nil, err
	}
	s := &session{app: a, ws: ws, places: places, settings: loaded.Settings}
	s.offline = c.Bool("offline") || truthy(a.env.Getenv("AMALFA_OFFLINE")) || loaded.Offline
	for _, w := range loaded.Warnings {
		a.note("warning: %s", w)
	}
	s.chooseModel(loaded)
	return s, nil
}

// chooseModel applies EMBEDDING_MODEL and AMALFA_RERANKER_MODEL, and drops an
// embedding model that a project's file names when it is not on disk: a cloned
// folder must not make us fetch. The reranker is looked at when it is needed.
func (s *session) chooseModel(l config.Loaded) {
	s.strangersReranker = l.Project["reranker.model"]
	if name := s.env.Getenv("AMALFA_RERANKER_MODEL"); name != "" {
		s.settings.Reranker.Model, s.strangersReranker = name, false
	}
	if name := s.env.Getenv("EMBEDDING_MODEL"); name != "" {
		s.settings.Embeddings.Model = name
		return
	}
	if !l.Project["embeddings.model"] {
		return
	}
	_, err := s.locator(nil).Find(l.Embeddings.Model, l.Embeddings.Precision)
	if err != nil {
		s.note("warning: %s: embeddings.model %q is not on disk: using %s (run \"amalfa models pull %s\" to change that)",
			s.ws.Settings(), l.Embeddings.Model, models.DefaultName, l.Embeddings.Model)
		s.settings.Embeddings.Model = models.DefaultName
	}
}

func (s *session) locator(log *zap.Logger) *models.Locator {
	l := &models.Locator{
		CacheDir: s.places.Cache, Offline: s.offline, Getenv: s.env.Getenv, Log: log,
		Executable: s.exe,
	}
	if log == nil {
		l.Log = zap.NewNop()
		l.Progress = s.downloads()
	}
	return l
}

// relative returns a path as the user would type it here.
func (s *session) relative(path string) string {
	if rel, err := filepath.Rel(s.env.Cwd, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

func truthy(v string) bool {
	switch strings.ToLower(v) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}

// writable makes the workspace's folders, or says in one sentence why not.
func (s *session) writable(context.Context) error {
	err := s.ws.Ensure()
	if errors.Is(err, os.ErrPermission) || errors.Is(err, errReadOnly) {
		return withHint(err, "amalfa keeps its index in "+s.ws.Dir()+": make the folder writable, or work on a copy with --root")
	}
	return err
}
