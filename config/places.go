package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// An Env is what a process learns from outside. Tests fill it with their own.
type Env struct {
	Getenv  func(string) string
	Cwd     string // absolute; "" where the folder was deleted
	TempDir string // absolute
	UID     int    // -1 where the system has none
}

// Places are the folders that belong to the user and not to a workspace. They are made on first use, 0700.
type Places struct {
	State  string // records of machine services, known indexes
	Cache  string // runtime libraries, models
	Config string // settings.json of the user; may not exist
	// Others are further state folders of this user, in which another environment may have left records and known indexes. There are none
	// where AMALFA_STATE_DIR sets this one apart.
	Others []string

	home  string          // the state folder below HOME, which may not exist; "" without a usable HOME
	given map[string]bool // "state", "cache", "config": those that a variable names
	apart bool            // AMALFA_STATE_DIR names the state folder
}

// ErrNoPlace reports that neither HOME nor the temporary folder can hold our files.
var ErrNoPlace = errors.New("no usable folder")

// FindPlaces returns the machine's folders by variable, then by the XDG rules, then below HOME. Without a usable HOME they
// lie in $TMPDIR/amalfa-UID, which is refused unless it is a real folder, ours, and closed to others.
func FindPlaces(env Env) (Places, error) {
	p := Places{given: map[string]bool{}}
	for _, w := range []struct {
		into          *string
		own, xdg, sub string
		home          []string
	}{
		{&p.State, "AMALFA_STATE_DIR", "XDG_STATE_HOME", "state", []string{".local", "state"}},
		{&p.Cache, "AMALFA_CACHE_DIR", "XDG_CACHE_HOME", "cache", cacheHome()},
		{&p.Config, "", "XDG_CONFIG_HOME", "config", []string{".config"}},
	} {
		dir, err := env.place(w.own, w.xdg, w.sub, w.home)
		if err != nil {
			return Places{}, err
		}
		*w.into = dir
		p.given[w.sub] = env.absolute(w.own) != "" || env.absolute(w.xdg) != ""
	}
	if home := env.absolute("HOME"); home != "" && home != "/" {
		p.home = filepath.Join(home, ".local", "state", "amalfa")
	}
	p.apart = env.absolute("AMALFA_STATE_DIR") != ""
	return p, nil
}

// Settings is the path of the user's own settings file.
func (p Places) Settings() string { return filepath.Join(p.Config, "settings.json") }

// Runtime is the folder of the machine services' records.
func (p Places) Runtime() string { return filepath.Dir(p.Record("")) }

// Record is the path of a machine service's record.
func (p Places) Record(service string) string { return StateRecord(p.State, service) }

// StateRecord is the path of a machine service's record in a state folder.
func StateRecord(state, service string) string {
	return filepath.Join(state, "runtime", service+".pid")
}

func (e Env) place(own, xdg, sub string, home []string) (string, error) {
	if dir := e.absolute(own); dir != "" {
		return dir, makePrivate(dir)
	}
	if dir := e.absolute(xdg); dir != "" {
		dir = filepath.Join(dir, "amalfa")
		if makePrivate(dir) == nil {
			return dir, nil
		}
	}
	if dir := e.absolute("HOME"); dir != "" && dir != "/" {
		dir = filepath.Join(append(append([]string{dir}, home...), "amalfa")...)
		if makePrivate(dir) == nil {
			return dir, nil
		}
	}
	return e.fallback(sub)
}

func (e Env) absolute(name string) string {
	if name == "" {
		return ""
	}
	if v := e.Getenv(name); filepath.IsAbs(v) {
		return filepath.Clean(v)
	}
	return ""
}

func (e Env) fallbackBase() string {
	return filepath.Join(e.TempDir, "amalfa-"+strconv.Itoa(e.UID))
}

func (e Env) fallback(sub string) (string, error) {
	base := e.fallbackBase()
	if err := makePrivate(base); err != nil {
		return "", fmt.Errorf("%w: HOME is not usable and %w", ErrNoPlace, err)
	}
	dir := filepath.Join(base, sub)
	return dir, makePrivate(dir)
}

// makePrivate makes a folder 0700, and refuses one that is a link or another
// user's. A folder of ours that others may read is accepted: the user opened it.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	return checkOurs(dir)
}

// checkOurs refuses what could lead our writes to another place.
func checkOurs(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return fmt.Errorf("%s is not a real folder", dir)
	}
	if uid, ok := owner(fi); ok && uid != os.Getuid() {
		return fmt.Errorf("%s belongs to user %d", dir, uid)
	}
	if fi.Mode().Perm()&0o022 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s can be written by others", dir)
	}
	return nil
}

func cacheHome() []string {
	if runtime.GOOS == "darwin" {
		return []string{"Library", "Caches"}
	}
	return []string{".cache"}
}
