package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Shells set XDG variables that the programs which start MCP servers do not pass on: those get HOME and PATH. So that both find the same
// state, the folders that a workspace was last worked on with are written down below HOME, by the workspace:
//
//	~/.local/state/amalfa/places/DIGEST.json   {"root", "state", "cache", "config"}
//
// They count for a process that no variable tells other ones. A file in the workspace could not say this: it may be a stranger's.
type rememberedPlaces struct {
	Root   string `json:"root"`
	State  string `json:"state"`
	Cache  string `json:"cache"`
	Config string `json:"config"`
}

// States are the state folder and the others of this user.
func (p Places) States() []string { return append([]string{p.State}, p.Others...) }

// For returns the places of a process that works for a workspace: what no variable names is where the workspace was last worked on.
func (p Places) For(w Workspace) Places {
	if p.home == "" {
		return p
	}
	old := p.remembered(w)
	if !p.apart {
		p.Others = []string{p.home}
		if old.State != "" {
			p.Others = append(p.Others, old.State)
		}
	}
	for _, row := range []struct {
		name, path string
		into       *string
	}{{"state", old.State, &p.State}, {"cache", old.Cache, &p.Cache}, {"config", old.Config, &p.Config}} {
		if row.path != "" && !p.given[row.name] {
			*row.into = row.path
		}
	}
	p.Others = slices.DeleteFunc(p.Others, func(dir string) bool { return dir == p.State })
	return p
}

// remembered reads what was written down for a workspace. Folders that are gone, or are not this user's alone, are left out.
func (p Places) remembered(w Workspace) (r rememberedPlaces) {
	data, err := ReadFile(p.rememberedPath(w.Root))
	if err != nil || json.Unmarshal(data, &r) != nil || r.Root != w.Root || checkOurs(p.home) != nil {
		return rememberedPlaces{}
	}
	for _, dir := range []*string{&r.State, &r.Cache, &r.Config} {
		if !filepath.IsAbs(*dir) || checkOurs(*dir) != nil {
			*dir = ""
		}
	}
	return r
}

func (p Places) rememberedPath(root string) string {
	return filepath.Join(p.home, "places", Digest(root)+".json")
}

// Digest is a name for a file that is about something with a name of any length and kind.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

// Remember writes down which places a workspace is worked on with, where a variable names one of them.
func (p Places) Remember(w Workspace) error {
	if p.home == "" || w.IsNowhere() || !p.given["state"] && !p.given["cache"] && !p.given["config"] {
		return nil
	}
	now := rememberedPlaces{w.Root, p.State, p.Cache, p.Config}
	if p.remembered(w) == now {
		return nil
	}
	data, err := json.Marshal(now)
	if err != nil {
		return err
	}
	path := p.rememberedPath(w.Root)
	if err := errors.Join(makePrivate(p.home), makePrivate(filepath.Dir(path))); err != nil {
		return nil //nolint:nilerr // a HOME that cannot be written: other environments have their own state then
	}
	p.forgetGone()
	return replaceFile(path, data)
}

// replaceFile puts a file of ours in place at once.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the write's error is the one to tell
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// forgetGone removes what was written down for workspaces that no longer exist, so that trials leave nothing for ever.
func (p Places) forgetGone() {
	dir := filepath.Join(p.home, "places")
	files, _ := os.ReadDir(dir) // none yet is none
	for _, f := range files {
		var r rememberedPlaces
		path := filepath.Join(dir, f.Name())
		data, err := ReadFile(path)
		if err != nil || json.Unmarshal(data, &r) != nil {
			continue
		}
		if _, err := os.Lstat(r.Root); errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(path) // the next one tries again
		}
	}
}
