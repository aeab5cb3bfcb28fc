package ignore

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"amalfa/notes/files"
)

// Git says where a user's git is set up. The zero value is a user without settings.
type Git struct {
	Home     string   // for ~ in settings
	Settings []string // paths of git's settings, weakest first; they need not exist
	Excludes string   // the user's own ignore file where no settings name one; "" is none
	Ceilings []string // folders at which the search for a repository ends, as in GIT_CEILING_DIRECTORIES
}

// A Repository is the git repository that a workspace lies in. The zero value is none.
type Repository struct {
	top    string // its folder
	below  string // from there to the workspace, with slashes; "" when they are the same
	dir    string // where its branches share what they have: .git, or what a worktree's .git leads to
	user   string // the user's own ignore file, "" for none
	folded bool   // case does not count
}

// Find looks for the repository around a workspace, given by its real path, as git does: upwards, up to a ceiling.
func Find(workspace string, g Git) Repository {
	for top := workspace; ; {
		if dir := gitDir(top); dir != "" {
			below, _ := filepath.Rel(top, workspace)
			r := Repository{top: top, dir: dir, below: filepath.ToSlash(below)}
			if r.below == "." {
				r.below = ""
			}
			r.configure(g)
			return r
		}
		next := filepath.Dir(top)
		if next == top || g.ceiling(next) {
			return Repository{}
		}
		top = next
	}
}

func (g Git) ceiling(dir string) bool {
	return slices.ContainsFunc(g.Ceilings, func(c string) bool {
		real, err := filepath.EvalSymlinks(c)
		return c != "" && (c == dir || err == nil && real == dir)
	})
}

// gitDir is where the repository of a folder keeps what is common to its worktrees; "" for a folder that has none.
func gitDir(top string) string {
	dir := filepath.Join(top, ".git")
	if file, ok := read(dir); ok { // of a worktree or a submodule
		to, ok := strings.CutPrefix(string(file), "gitdir:")
		if !ok {
			return ""
		}
		dir = resolve(top, to)
	}
	if _, err := os.Stat(filepath.Join(dir, "HEAD")); err != nil {
		return ""
	}
	if common, ok := read(filepath.Join(dir, "commondir")); ok {
		return resolve(dir, string(common))
	}
	return dir
}

// resolve reads a path as git writes it in a file, relative to a folder.
func resolve(dir, name string) string {
	name = filepath.FromSlash(strings.TrimSpace(name))
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// read returns the beginning of a file that is no link.
func read(name string) ([]byte, bool) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, false
	}
	defer root.Close()
	data, err := Read(root, filepath.Base(name))
	return data, err == nil
}

// Read returns the beginning of an ignore file in a folder, one byte more than counts when there is more. A link is not followed
// (files.ErrNotRegular), as git does not.
func Read(dir *os.Root, name string) ([]byte, error) {
	f, _, err := files.OpenNoLink(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxBytes+1))
}

// Rules are those in force in the workspace before its own ignore files are read: the user's own, the repository's private ones
// and those of the folders above. What would leave out the workspace itself does not count: who names it means it.
func (r Repository) Rules() Rules {
	rules := Rules{fold: r.folded}
	for _, name := range r.outside() {
		rules = rules.read(name, "")
	}
	base := ""
	for step := range strings.SplitSeq(r.below, "/") {
		if step == "" {
			break
		}
		for _, name := range Files {
			rules = rules.read(filepath.Join(r.top, filepath.FromSlash(base), name), base)
		}
		rules = rules.admit(base + step)
		base += step + "/"
	}
	rules.prefix = base
	return rules
}

func (r Rules) read(name, base string) Rules {
	if text, ok := read(name); ok {
		r, _ = r.with(base, text)
	}
	return r
}

// Nested adds the private rules of a repository whose top is the folder dir of the workspace, at a path.
func (r Rules) Nested(dir, path string) Rules {
	if git := gitDir(path); git != "" {
		return r.read(filepath.Join(git, "info", "exclude"), r.prefix+dir+"/")
	}
	return r
}

// admit takes away the patterns because of which a folder on the way to the workspace would be left out.
func (r Rules) admit(folder string) Rules {
	for {
		i := r.decides(folder, true)
		if i < 0 || r.patterns[i].back {
			return r
		}
		r.patterns = slices.Concat(r.patterns[:i], r.patterns[i+1:])
	}
}

// outside are the ignore files that stand in no folder of the tree, weakest first.
func (r Repository) outside() []string {
	var names []string
	if r.user != "" {
		names = append(names, followed(r.user))
	}
	if r.dir != "" {
		names = append(names, filepath.Join(r.dir, "info", "exclude"))
	}
	return names
}

// Sources are the paths of all files that decide about the workspace from outside of its tree, whether they exist or not: what a
// watcher has to look at beside the workspace.
func (r Repository) Sources() []string {
	names := r.outside()
	for dir := path.Dir(r.below); r.below != ""; dir = path.Dir(dir) {
		for _, name := range Files {
			names = append(names, filepath.Join(r.top, filepath.FromSlash(dir), name))
		}
		if dir == "." {
			break
		}
	}
	return names
}
