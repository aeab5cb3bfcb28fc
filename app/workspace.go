package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"amalfa/config"
	"amalfa/models"
	"amalfa/registry"
	"amalfa/search"

	"go.uber.org/zap"
)

// A Workspace is a folder that amalfa works for, with the machine's folders and
// the settings, flags and variables laid over them. Opening one writes nothing there.
type Workspace struct {
	Host
	Folder   config.Workspace
	Places   config.Places
	Settings config.Settings
	Loaded   config.Loaded // how the settings came about
	Offline  bool
	// untrustedReranker says that a project's file names the reranking model, which is then used only when it is on disk.
	untrustedReranker bool
	// teamOnly is the name of a workspace in the database of which no folder is here; "" for any other.
	teamOnly string
}

// OpenOptions are the flags that every command takes.
type OpenOptions struct {
	Root    string // "" for the workspace around the current folder
	Offline bool   // never touch the network
	// Anywhere opens config.Nowhere where the working folder was deleted and Root names no other.
	Anywhere bool
	Settings SettingsUse
}

// SettingsUse says what becomes of settings that cannot be used.
type SettingsUse int

// A command that works by the settings ends; one that must work in any case, as stopping what runs, tells so in one line and has the
// default in their place; one that is about the settings says all about them itself.
const (
	SettingsNeeded SettingsUse = iota
	SettingsOptional
	SettingsShown
)

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
	places = places.For(folder)
	loaded := config.Load(folder, places, h.Env.Getenv)
	if needed := withoutPorts(loaded.Problems); len(needed) > 0 && o.Settings == SettingsNeeded {
		return nil, problems(needed)
	}
	w := &Workspace{Host: h, Folder: folder, Places: places, Settings: loaded.Settings, Loaded: loaded}
	w.Offline = o.Offline || loaded.Offline
	if o.Settings != SettingsShown {
		w.tellSettings(o.Settings)
	}
	w.chooseModel(o.Settings)
	return w, nil
}

// withoutPorts leaves out the variables of ports: each is a matter of its service alone, and refused where that is started.
func withoutPorts(all []config.Problem) []config.Problem {
	return slices.DeleteFunc(slices.Clone(all), func(p config.Problem) bool {
		svc, ok := registry.Lookup(strings.TrimSuffix(p.Name, ".port"))
		return ok && p.Origin.Variable == svc.PortVar
	})
}

// problems is the first one, with how many there are.
func problems(all []config.Problem) error {
	if len(all) == 1 {
		return all[0]
	}
	return WithHint(fmt.Errorf("%w (and %s: \"amalfa doctor\" has all)", all[0], Count(len(all)-1, "more problem")), all[0].Hint())
}

// tellSettings says in one line each what cannot be used and what has no effect.
func (w *Workspace) tellSettings(o SettingsUse) {
	if all := w.Loaded.Problems; len(all) > 0 && (len(withoutPorts(all)) > 0 || o == SettingsOptional) {
		w.Notice("warning: %v: not taken; %s", problems(all), all[0].Hint())
	}
	if ignored := w.Loaded.Unheeded(); len(ignored) > 0 {
		names := make([]string, 0, namedSettings+1)
		for _, i := range ignored[:min(len(ignored), namedSettings)] {
			names = append(names, i.Name)
		}
		if len(ignored) > namedSettings {
			names = append(names, "…")
		}
		w.Notice("warning: %s without effect here (%s): \"amalfa doctor\" says why", Count(len(ignored), "setting"), strings.Join(names, ", "))
	}
}

// namedSettings is how many names fit a line beside the rest.
const namedSettings = 3

// chooseModel drops an embedding model that a project's file names when it is not on disk: a cloned folder must not make us fetch. The
// reranker is looked at when it is needed.
func (w *Workspace) chooseModel(use SettingsUse) {
	w.untrustedReranker = w.Loaded.Project["reranker.model"]
	name := w.Settings.Embeddings.Model
	if !w.Loaded.Project["embeddings.model"] || name == models.DefaultName || w.Settings.Embeddings.URL != "" {
		return
	}
	if _, err := w.Locator(nil).Find(name, w.Settings.Embeddings.Precision); err == nil {
		return
	}
	if use != SettingsShown {
		w.Notice("warning: %s: embeddings.model %q is not on disk: using %s (run \"amalfa models pull %s\" to change that)",
			w.Folder.Settings(), name, models.DefaultName, name)
	}
	w.Settings.Embeddings.Model = models.DefaultName
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
	var missing *models.MissingError
	switch {
	case errors.As(err, &missing) && missing.Fetch != "":
		err = WithHint(err, `run "`+missing.Fetch+`"`)
	case errors.Is(err, models.ErrUnknown):
		err = WithHint(err, `"amalfa models list" has all; a folder is named by its path`)
	}
	return files, err
}

// NeedModel fails where the embedding model that somebody chose is not on this machine: what embeds must not go on without it, nor fetch what
// was perhaps misspelt. The default model is fetched when it is first used.
func (w *Workspace) NeedModel() error {
	name := w.Settings.Embeddings.Model
	if m, known := models.Lookup(name); known && m.Name == models.DefaultName || w.Settings.Embeddings.URL != "" { // whether a server has it, that says
		return nil
	}
	_, err := w.FindModel()
	if !errors.Is(err, models.ErrMissing) && !errors.Is(err, models.ErrUnknown) {
		return nil // one that is there and cannot be used is told of where it is used
	}
	from, _ := w.Loaded.Get("embeddings.model")
	return fmt.Errorf("%v names the model: %w", from.Origin, err)
}

// needModelFor is NeedModel for a search of that mode, "" being hybrid.
func (w *Workspace) needModelFor(mode string) error {
	if mode == search.Keyword {
		return nil
	}
	return w.NeedModel()
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

// Writable makes the workspace's folders, or says in one sentence why not. What follows is done with these places, which other
// environments shall find.
func (w *Workspace) Writable() error {
	err := w.Folder.Ensure()
	if err == nil {
		return w.Places.Remember(w.Folder)
	}
	if _, denied := Denied(err); denied {
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
