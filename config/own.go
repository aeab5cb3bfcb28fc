package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What we make in the state folder and in the cache, each also with an ending of its own, as of locks. It counts where a variable of ours
// names the folder, which may then hold a person's files too.
var (
	stateNames = []string{"runtime", "logs", "workspaces", "known", "places", "paused", "drafts", "sessions", "spending.json", "prices.json", "journal.key", "tokens.json", "audit.jsonl", "shared", "machine"}
	cacheNames = []string{"runtime", "models", "embeddings"}
)

// An OwnFolder is a folder of this user that we keep something in.
type OwnFolder struct {
	Kind  string // "state" or "cache"
	Path  string
	names []string // of what is ours there; nil for all
}

// Own are the folders of this user that exist. Settings are not among them: a person wrote those.
func (p Places) Own(getenv func(string) string) []OwnFolder {
	var all []OwnFolder
	add := func(kind, variable string, names []string, dirs ...string) {
		for i, dir := range dirs {
			if i > 0 || getenv(variable) == "" || filepath.Clean(getenv(variable)) != dir {
				names = nil
			}
			if _, err := os.Stat(dir); err == nil {
				all = append(all, OwnFolder{kind, dir, names})
			}
		}
	}
	add("state", "AMALFA_STATE_DIR", stateNames, p.States()...)
	add("cache", "AMALFA_CACHE_DIR", cacheNames, p.Cache)
	return all
}

// Contents are the paths of what is ours in the folder, others whether something else is there too.
func (f OwnFolder) Contents() (ours []string, others bool, err error) {
	entries, err := os.ReadDir(f.Path)
	for _, e := range entries {
		name, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), "."), ".")
		known := func(n string) bool { return e.Name() == n || name == n || strings.HasPrefix(e.Name(), n+".") }
		if f.names == nil || slices.ContainsFunc(f.names, known) {
			ours = append(ours, filepath.Join(f.Path, e.Name()))
		} else {
			others = true
		}
	}
	return ours, others, err
}

// Remove takes out what is ours, and the folder where nothing else is in it.
func (f OwnFolder) Remove() error {
	ours, others, err := f.Contents()
	for _, path := range ours {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil || others {
		return err
	}
	if err := os.Remove(f.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
