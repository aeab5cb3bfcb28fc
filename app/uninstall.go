package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"amalfa/daemon"
	"amalfa/setup"

	"github.com/zalando/go-keyring"
)

// A Belonging is something of ours on this machine.
type Belonging struct {
	Kind string `json:"kind"` // unit, client, keys, state, cache; what is kept: settings, index, program
	Path string `json:"path"`
	What string `json:"what"` // for people
	Size int64  `json:"bytes,omitempty"`
}

// Uninstalled is what was removed, or would be.
type Uninstalled struct {
	DryRun  bool        `json:"dryRun"`
	Stopped []Stopped   `json:"-"`
	Removed []Belonging `json:"removed"`
	Kept    []Belonging `json:"kept"` // for a person to remove
}

// Uninstall stops everything of this user and removes what we have put on this machine outside of notes' folders: units, entries of
// clients, keys in the keyring, state and caches. What a person wrote or may want, settings and the indexes beside notes, is told. What
// cannot be removed does not keep the rest from it; nothing is removed while something runs that could not be stopped.
func (w *Workspace) Uninstall(ctx context.Context, dry bool) (Uninstalled, error) {
	u := uninstall{w: w, roots: w.rootsIn("workspaces", "known"), ans: Uninstalled{DryRun: dry, Removed: []Belonging{}, Kept: []Belonging{}}}
	var err error
	if u.ans.Stopped, err = (stopping{all: true, dry: dry}).run(ctx, w); err != nil {
		return u.ans, err
	}
	u.kept()
	u.units(ctx)
	u.clients()
	u.keys()
	u.folders()
	return u.ans, errors.Join(u.failed...)
}

type uninstall struct {
	w      *Workspace
	roots  []string // workspaces of this user: those that have started services, and those that have an index
	ans    Uninstalled
	failed []error
}

// removed notes what do takes away; it is not called for a dry run.
func (u *uninstall) removed(b Belonging, do func() error) {
	if !u.ans.DryRun {
		if err := do(); err != nil {
			u.failed = append(u.failed, err)
			return
		}
	}
	u.ans.Removed = append(u.ans.Removed, b)
}

func (u *uninstall) kept() {
	w := u.w
	if path := w.Places.Settings(); daemon.Exists(path) {
		u.ans.Kept = append(u.ans.Kept, Belonging{Kind: "settings", Path: path, What: "your settings"})
	}
	for _, root := range u.roots {
		if dir := w.At(root).Folder.Dir(); daemon.Exists(dir) {
			u.ans.Kept = append(u.ans.Kept, Belonging{Kind: "index", Path: dir, What: "the index, which a later installation makes anew, reports, and copies of edited notes"})
		}
	}
	u.ans.Kept = append(u.ans.Kept, Belonging{Kind: "program", Path: w.Exe, What: "the program"})
}

// units takes out the units of all workspaces, those too that are gone.
func (u *uninstall) units(ctx context.Context) {
	dir, ending := unitFolder(u.w.Env.Getenv("HOME"), u.w.Env.Getenv("XDG_CONFIG_HOME"))
	if ending == "" {
		return
	}
	files, _ := filepath.Glob(filepath.Join(dir, "amalfa-*"+ending)) // the pattern is well formed
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil && setup.IsUnit(string(text)) {
			u.removed(Belonging{Kind: "unit", Path: path, What: "a unit of the system's supervisor"}, func() error {
				_, err := removeUnit(ctx, unitFile(ctx, path))
				return err
			})
		}
	}
}

// clients takes our entry out of the files of all clients, this user's and those of known workspaces.
func (u *uninstall) clients() {
	env := setup.Env{OS: runtime.GOOS, Home: u.w.Env.Getenv("HOME"), Getenv: u.w.Env.Getenv}
	for _, c := range setup.Clients() {
		u.client(c, env, setup.User, "")
		for _, root := range u.roots {
			u.client(c, env, setup.Project, root)
		}
	}
}

func (u *uninstall) client(c setup.Client, env setup.Env, scope setup.Scope, root string) {
	path, err := c.Path(env, scope, root)
	if err != nil {
		return // it has no file of that scope
	}
	ch, err := setup.PlanRemoval(c, path)
	if err != nil {
		u.failed = append(u.failed, WithHint(err, `take the entry out by hand, and run "amalfa uninstall" again`))
		return
	}
	if ch.Changed() {
		u.removed(Belonging{Kind: "client", Path: path, What: "the entry of " + c.Title + "; its old text is kept beside it"}, func() error {
			_, err := setup.Write(ch, time.Now())
			return err
		})
	}
}

// keys takes all our keys out of the system's keyring. Without looking, which may ask the person for a password, nobody knows whether any are there.
func (u *uninstall) keys() {
	ring := u.w.keyring()
	if ring.there {
		u.removed(Belonging{Kind: "keys", Path: keyringName, What: "keys in the system's keyring, if any"}, func() error {
			err := ring.within(func() error { return keyring.DeleteAll(keyringName) })
			if errors.Is(err, keyring.ErrNotFound) {
				return nil
			}
			return err
		})
	}
}

func (u *uninstall) folders() {
	for _, f := range u.w.Places.Own(u.w.Env.Getenv) {
		ours, others, err := f.Contents()
		if err != nil {
			u.failed = append(u.failed, err)
			continue
		}
		what := "all of it"
		if others {
			what = "what is ours there"
		}
		u.removed(Belonging{Kind: f.Kind, Path: f.Path, What: what, Size: size(ours)}, f.Remove)
	}
}

// size counts the bytes of what is at paths and below.
func size(paths []string) (n int64) {
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					n += info.Size()
				}
			}
			return nil // what cannot be looked at counts nothing
		})
	}
	return n
}
