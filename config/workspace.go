package config

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A Workspace is the folder amalfa works for, by its real path.
type Workspace struct {
	Root string
	Why  string // it is this one, in a few words
}

// ErrUnsafe reports that a folder of the workspace is a link, another user's,
// or open to others, so that nothing of ours may be written through it.
var ErrUnsafe = errors.New("unsafe workspace folder")

// ErrNoFolder reports that the folder in which this process was started was deleted: no path relative to it means anything.
var ErrNoFolder = errors.New("the working folder no longer exists")

// Nowhere stands for the workspace of a process without a working folder, for what does not need one: it has no notes, no
// index and no services, and nothing is ever made there.
func Nowhere(p Places) Workspace { return Workspace{p.State, ErrNoFolder.Error()} }

// IsNowhere reports whether w is that of [Nowhere].
func (w Workspace) IsNowhere() bool { return w.Why == ErrNoFolder.Error() }

// What makes a folder a workspace. An .amalfa without an index does not: anything may have left it.
const (
	settingsName = "amalfa.settings.json"
	indexName    = ".amalfa/amalfa.db"
)

// FindWorkspace returns the workspace: root if it is not empty, else AMALFA_ROOT, else the nearest folder upwards with
// amalfa.settings.json or an index, else the git top level, else the current folder. One above the nearest git top level counts
// only if its settings name sources that cover that: a folder of repositories is none of theirs. The search leaves out folders
// of other users and ends below HOME and at a file-system boundary.
func FindWorkspace(root string, env Env) (Workspace, error) {
	why := "--root"
	if root == "" {
		root, why = env.Getenv("AMALFA_ROOT"), "AMALFA_ROOT"
	}
	if root != "" {
		if !filepath.IsAbs(root) && env.Cwd == "" {
			return Workspace{}, fmt.Errorf("%s %s: %w", why, root, ErrNoFolder)
		}
		if !filepath.IsAbs(root) {
			root = filepath.Join(env.Cwd, root)
		}
		return real(root, why)
	}
	if env.Cwd == "" {
		return Workspace{}, ErrNoFolder
	}
	cwd, err := real(env.Cwd, "the current folder")
	if err != nil {
		return Workspace{}, err
	}
	marked, git := cwd.upwards(env, settingsName, indexName), cwd.upwards(env, ".git")
	above := len(marked) < len(git) && marked != ""
	switch {
	case marked != "" && (!above || coversRepository(marked, git)):
		return Workspace{marked, markOf(marked)}, nil
	case above:
		return Workspace{git, "the git top level; " + markOf(marked) + " of " + marked + " covers it by no source"}, nil
	case git != "":
		return Workspace{git, "the git top level"}, nil
	}
	return cwd, nil
}

// markOf names what makes a folder a workspace.
func markOf(dir string) string {
	if holds(dir, []string{settingsName}) {
		return settingsName
	}
	return "the index"
}

// coversRepository tells whether the settings of a folder have sources in which all of a repository below it may lie. Those that stand for
// every folder without being written down do not count.
func coversRepository(dir, repository string) bool {
	leaves, err := read(filepath.Join(dir, settingsName))
	rel, errRel := filepath.Rel(dir, repository)
	var sources []any
	for _, at := range leaves {
		if at.Path == "sources" {
			sources, _ = at.Value.([]any)
		}
	}
	if err != nil || errRel != nil {
		return false
	}
	return slices.ContainsFunc(sources, func(source any) bool {
		text, _ := source.(string)
		if text == "" {
			return false
		}
		if filepath.IsAbs(text) {
			if text, err = filepath.Rel(dir, text); err != nil {
				return false
			}
		}
		return covers(path.Clean(filepath.ToSlash(text)), strings.Split(filepath.ToSlash(rel), "/"))
	})
}

// covers tells whether a source is a folder or one above it, or a glob that leads into it.
func covers(source string, folder []string) bool {
	names := strings.Split(source, "/")
	if !strings.ContainsAny(source, `*?[{\`) {
		return source == "." || len(names) <= len(folder) && slices.Equal(names, folder[:len(names)])
	}
	for i, name := range folder {
		switch ok, err := doublestar.Match(names[i], name); {
		case names[i] == "**":
			return true
		case err != nil || !ok || i == len(names)-1: // the last name of a glob is that of files
			return false
		}
	}
	return true
}

func real(dir, why string) (Workspace, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return Workspace{}, fmt.Errorf("open workspace: %w", err)
	}
	fi, err := os.Stat(root)
	if err != nil {
		return Workspace{}, fmt.Errorf("open workspace: %w", err)
	}
	if !fi.IsDir() {
		return Workspace{}, fmt.Errorf("open workspace %s: not a folder", root)
	}
	return Workspace{root, why}, nil
}

// upwards returns the nearest folder of ours that holds one of the names.
func (w Workspace) upwards(env Env, names ...string) string {
	home, _ := filepath.EvalSymlinks(env.Getenv("HOME"))
	start, err := os.Lstat(w.Root)
	if err != nil {
		return ""
	}
	for dir := w.Root; ; dir = filepath.Dir(dir) {
		fi, err := os.Lstat(dir)
		if err != nil || device(fi) != device(start) {
			return ""
		}
		if dir != w.Root && dir == home {
			return ""
		}
		if uid, ok := owner(fi); (!ok || uid == env.UID) && holds(dir, names) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func holds(dir string, names []string) bool {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// Broad reports whether the workspace is HOME or a file-system root, which nobody means to index by accident.
func (w Workspace) Broad(env Env) bool {
	home, err := filepath.EvalSymlinks(env.Getenv("HOME"))
	return filepath.Dir(w.Root) == w.Root || (err == nil && env.Getenv("HOME") != "" && w.Root == home)
}

// Dir is the folder of ours in the workspace.
func (w Workspace) Dir() string { return filepath.Join(w.Root, dirName) }

const dirName = ".amalfa"

// DirOf is the folder of amalfa's own that a path is or lies in, "" if there is none.
func DirOf(path string) string {
	for at := path; ; {
		if filepath.Base(at) == dirName {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return ""
		}
		at = up
	}
}

// DB is the path of the index.
func (w Workspace) DB() string { return filepath.Join(w.Dir(), "amalfa.db") }

// WriterLock is the file that whoever writes a batch holds locked.
func (w Workspace) WriterLock() string { return filepath.Join(w.Dir(), "writer.lock") }

// VectorLock is the file that the process holds locked that makes vectors of notes.
func (w Workspace) VectorLock() string { return filepath.Join(w.Runtime(), "vectors.lock") }

// Runtime is the folder of the services' records.
func (w Workspace) Runtime() string { return filepath.Join(w.Dir(), "runtime") }

// Scratchpad is the folder of answers that were too large for an agent.
func (w Workspace) Scratchpad() string { return filepath.Join(w.Dir(), "cache", "scratchpad") }

// Map is where the map of the notes is kept.
func (w Workspace) Map() string { return filepath.Join(w.Dir(), "cache", "map.json") }

// Settings is the path of the project's settings file.
func (w Workspace) Settings() string { return filepath.Join(w.Root, settingsName) }

// Record is the path of a service's record in this workspace.
func (w Workspace) Record(service string) string {
	return filepath.Join(w.Runtime(), service+".pid")
}

// StateFile is where a service without a port keeps its statistics.
func (w Workspace) StateFile(service string) string {
	return filepath.Join(w.Runtime(), service+".json")
}

// Journal is where the watcher lists what the index may lack.
func (w Workspace) Journal() string { return filepath.Join(w.Runtime(), "watcher.changes") }

// Log is the path of a service's log in this workspace.
func (w Workspace) Log(service string) string {
	return filepath.Join(w.Dir(), "logs", service+".log")
}

// Ensure makes the workspace's own folders, 0700, with a .gitignore that keeps them out of every commit. It returns
// ErrUnsafe when one of them is a link or another user's: a cloned repository may hold such a trap.
func (w Workspace) Ensure() error {
	if w.IsNowhere() {
		return ErrNoFolder
	}
	if err := w.Check(); err != nil {
		return err
	}
	for _, dir := range w.folders() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make %s: %w", dir, err)
		}
	}
	// #nosec G302 -- a folder, which without x nobody can enter
	if err := os.Chmod(w.Dir(), 0o700); err != nil {
		return err
	}
	ignore := filepath.Join(w.Dir(), ".gitignore")
	f, err := os.OpenFile(ignore, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make %s: %w", ignore, err)
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close())
}

// Check is the part of Ensure that changes nothing: what exists must be safe.
func (w Workspace) Check() error {
	for _, dir := range w.folders() {
		fi, err := os.Lstat(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnsafe, err)
		}
		uid, ok := owner(fi)
		if !fi.IsDir() || (ok && uid != os.Getuid()) {
			return fmt.Errorf("%w: %s is a link or not yours; remove it", ErrUnsafe, dir)
		}
	}
	for _, file := range []string{w.DB(), w.DB() + "-wal", w.DB() + "-shm", w.WriterLock(), w.VectorLock()} {
		if fi, err := os.Lstat(file); err == nil && !fi.Mode().IsRegular() {
			return fmt.Errorf("%w: %s is not a regular file; remove it", ErrUnsafe, file)
		}
	}
	return nil
}

func (w Workspace) folders() []string {
	return []string{
		w.Dir(), w.Runtime(), filepath.Dir(w.Log("")),
		filepath.Dir(w.Scratchpad()), w.Scratchpad(),
	}
}
