package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"amalfa/config"
	"amalfa/models"

	"go.uber.org/zap"
)

// A Workspace is a folder that amalfa works for, with the machine's folders and
// the settings, flags and variables laid over them. Opening one writes nothing there.
type Workspace struct {
	Host
	Folder   config.Workspace
	Places   config.Places
	Settings config.Settings
	Offline  bool
	// untrustedReranker says that a project's file names the reranking model, which is then used only when it is on disk.
	untrustedReranker bool
}

// OpenOptions are the flags that every command takes.
type OpenOptions struct {
	Root    string // "" for the workspace around the current folder
	Offline bool   // never touch the network
	// Anywhere opens config.Nowhere where the working folder was deleted and Root names no other.
	Anywhere bool
}

// Open finds the workspace and reads the settings.
func Open(h Host, o OpenOptions) (*Workspace, error) {
	places, err := config.FindPlaces(h.Env)
	if err != nil {
		return nil, err
	}
	folder, err := config.FindWorkspace(o.Root, h.Env)
	if o.Anywhere && o.Root == "" && errors.Is(err, config.ErrNoFolder) {
		folder, err = config.Nowhere(places), nil
	}
	if err != nil {
		return nil, err
	}
	loaded, err := config.Load(folder, places)
	if err != nil {
		return nil, err
	}
	w := &Workspace{Host: h, Folder: folder, Places: places, Settings: loaded.Settings}
	w.Offline = o.Offline || truthy(h.Env.Getenv("AMALFA_OFFLINE")) || loaded.Offline
	for _, warning := range loaded.Warnings {
		h.Notice("warning: %s", warning)
	}
	w.chooseModel(loaded)
	return w, nil
}

// chooseModel applies EMBEDDING_MODEL and AMALFA_RERANKER_MODEL, and drops an embedding model that a project's file names
// when it is not on disk: a cloned folder must not make us fetch. The reranker is looked at when it is needed.
func (w *Workspace) chooseModel(l config.Loaded) {
	w.untrustedReranker = l.Project["reranker.model"]
	if name := w.Env.Getenv("AMALFA_RERANKER_MODEL"); name != "" {
		w.Settings.Reranker.Model, w.untrustedReranker = name, false
	}
	if name := w.Env.Getenv("EMBEDDING_MODEL"); name != "" {
		w.Settings.Embeddings.Model = name
		return
	}
	if !l.Project["embeddings.model"] {
		return
	}
	_, err := w.Locator(nil).Find(l.Embeddings.Model, l.Embeddings.Precision)
	if err != nil {
		w.Notice("warning: %s: embeddings.model %q is not on disk: using %s (run \"amalfa models pull %s\" to change that)",
			w.Folder.Settings(), l.Embeddings.Model, models.DefaultName, l.Embeddings.Model)
		w.Settings.Embeddings.Model = models.DefaultName
	}
}

// Locator finds and fetches models. Without a log it shows the person what it fetches.
func (w *Workspace) Locator(log *zap.Logger) *models.Locator {
	l := &models.Locator{
		CacheDir: w.Places.Cache, Offline: w.Offline, Getenv: w.Env.Getenv, Log: log,
		Executable: w.Exe,
	}
	if log == nil {
		l.Log = zap.NewNop()
		l.Progress = w.Download
	}
	return l
}

// FindRuntime returns the path of the runtime library that is on this machine.
func (w *Workspace) FindRuntime(ctx context.Context) (string, error) {
	loc := w.Locator(zap.NewNop())
	loc.Offline = true
	return loc.Runtime(ctx)
}

// FindModel looks for the embedding model on this machine.
func (w *Workspace) FindModel() (models.Files, error) {
	files, err := w.Locator(zap.NewNop()).Find(w.Settings.Embeddings.Model, w.Settings.Embeddings.Precision)
	if errors.Is(err, models.ErrMissing) {
		err = WithHint(err, `run "amalfa models pull `+w.Settings.Embeddings.Model+`"`)
	}
	return files, err
}

// At returns the same settings for another folder.
func (w *Workspace) At(root string) *Workspace {
	other := *w
	other.Folder = config.Workspace{Root: root}
	return &other
}

// Relative returns a path as the user would type it here.
func (w *Workspace) Relative(path string) string {
	if rel, err := filepath.Rel(w.Env.Cwd, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

// Writable makes the workspace's folders, or says in one sentence why not.
func (w *Workspace) Writable() error {
	err := w.Folder.Ensure()
	if errors.Is(err, os.ErrPermission) || errors.Is(err, errReadOnly) {
		return WithHint(err, "amalfa keeps its index in "+w.Folder.Dir()+": make the folder writable, or work on a copy with --root")
	}
	return err
}

func truthy(v string) bool {
	switch strings.ToLower(v) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}
