package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/store/postgres"
)

// AllWorkspaces stands for every workspace of this user that has an index.
const AllWorkspaces = "all"

// A NamedWorkspace is one of this user's workspaces that has an index: on this machine, or in the database of the settings.
type NamedWorkspace struct {
	// Name is its folder's name, and as much of the path before it as tells it from the others; in a database the one that machines share.
	Name    string `json:"name"`
	Path    string `json:"path"` // "" where no folder of this machine is known for one in the database
	Current bool   `json:"current"`
}

// Workspaces lists them by name.
func (w *Workspace) Workspaces(ctx context.Context) ([]NamedWorkspace, error) {
	if w.inDatabase() {
		return w.workspacesInDatabase(ctx)
	}
	return w.workspacesHere(), nil
}

// workspacesInDatabase are those that the role of the settings may see.
func (w *Workspace) workspacesInDatabase(ctx context.Context) ([]NamedWorkspace, error) {
	names, err := postgres.Workspaces(ctx, w.Settings.Database)
	var out []NamedWorkspace
	for _, name := range names {
		out = append(out, NamedWorkspace{Name: name})
	}
	for _, root := range w.rootsIn("known") {
		if !daemon.Exists(root) {
			continue // it was there once
		}
		d, _, err := w.At(root).Database()
		i := slices.IndexFunc(out, func(n NamedWorkspace) bool { return n.Name == d.Workspace })
		if err == nil && i >= 0 && (out[i].Path == "" || root == w.Folder.Root) {
			out[i].Path, out[i].Current = root, root == w.Folder.Root
		}
	}
	return out, err
}

func (w *Workspace) workspacesHere() []NamedWorkspace {
	roots := w.indexed()
	var out []NamedWorkspace
	for _, root := range roots {
		if w.hasIndex(root) {
			out = append(out, NamedWorkspace{Name: shortName(root, roots), Path: root, Current: root == w.Folder.Root})
		}
	}
	slices.SortFunc(out, func(a, b NamedWorkspace) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// indexed are the folders with an index, and this one.
func (w *Workspace) indexed() []string {
	return slices.DeleteFunc(w.rootsIn("known"), func(root string) bool { return root != w.Folder.Root && !w.hasIndex(root) })
}

func (w *Workspace) hasIndex(root string) bool { return daemon.Exists(w.At(root).indexFile()) }

// name is what this workspace is called among them, whether or not it has an index yet.
func (w *Workspace) name() string {
	if d, ok, err := w.Database(); ok && err == nil {
		return d.Workspace
	}
	return shortName(w.Folder.Root, w.indexed())
}

// shortName is the shortest end of a path, in whole names, that no other path has.
func shortName(root string, roots []string) string {
	for at := len(root); at > 0; {
		at = strings.LastIndexByte(root[:at], filepath.Separator)
		if at < 0 {
			break
		}
		end := root[at:]
		if len(end) > 1 && !slices.ContainsFunc(roots, func(other string) bool { return other != root && strings.HasSuffix(other, end) }) {
			return filepath.ToSlash(end[1:])
		}
	}
	return filepath.ToSlash(root)
}

// OpenNamed opens the workspaces that names stand for, each once: the name of one, the end of its path, a path, or AllWorkspaces. Each has
// its own settings, under this one's flags.
func (w *Workspace) OpenNamed(ctx context.Context, names []string) (opened []*Workspace, named []NamedWorkspace, err error) {
	known, err := w.Workspaces(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range wholeNames(names, known) {
		found, err := w.named(known, name)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range found {
			if !slices.ContainsFunc(named, func(have NamedWorkspace) bool { return have.Name == n.Name }) {
				named = append(named, n)
			}
		}
	}
	for _, n := range named {
		one := w
		switch {
		case n.Path == "":
			one = w.inTheDatabase(n.Name)
		case !n.Current:
			if one, err = Open(w.Host, OpenOptions{Root: n.Path, Offline: w.Offline, Settings: SettingsOptional}); err != nil {
				return nil, nil, err
			}
		}
		opened = append(opened, one)
	}
	return opened, named, nil
}

// wholeNames puts names and paths together that were taken apart at their commas, as a flag of several values does.
func wholeNames(names []string, known []NamedWorkspace) (whole []string) {
	parts := func(name string) []string {
		all := strings.Split(name, ",")
		for i := range all {
			all[i] = strings.TrimSpace(all[i])
		}
		return all
	}
	names = parts(strings.Join(names, ","))
	for len(names) > 0 {
		one, n := names[0], 1
		for _, k := range known {
			for _, name := range []string{k.Name, k.Path} {
				if p := parts(name); len(p) > n && len(p) <= len(names) && slices.Equal(p, names[:len(p)]) {
					one, n = name, len(p)
				}
			}
		}
		whole, names = append(whole, one), names[n:]
	}
	return whole
}

// InWorkspace is the one workspace that a name stands for, as in OpenNamed.
func (w *Workspace) InWorkspace(ctx context.Context, name string) (*Workspace, error) {
	opened, _, err := w.OpenNamed(ctx, []string{name})
	switch {
	case err != nil:
		return nil, err
	case name == AllWorkspaces || len(opened) != 1:
		return nil, &UsageError{fmt.Sprintf("%q is no single workspace", name), `"amalfa workspaces" lists them`}
	}
	return opened[0], nil
}

// inTheDatabase is a workspace of which no folder is here: it can be searched and read. Its folder is one that nobody makes.
func (w *Workspace) inTheDatabase(name string) *Workspace {
	other := *w
	other.teamOnly, other.Folder = name, config.Nowhere(w.Places)
	other.Folder.Root = filepath.Join(other.Folder.Root, "nowhere")
	return &other
}

// NotesRoot is the folder of the notes' files, "" where none is on this machine.
func (w *Workspace) NotesRoot() string {
	if w.teamOnly != "" {
		return ""
	}
	return w.Folder.Root
}

// Away tells for each result of an answer whether its file is on no disk here: other machines of a team have it, and ReadNote reads it.
func (w *Workspace) Away(f Found) []bool {
	out := make([]bool, len(f.Results))
	for i, h := range f.Results {
		root := w.NotesRoot()
		if f.Roots != nil {
			root = f.Roots[h.Workspace]
		}
		out[i] = w.inDatabase() && (root == "" || !daemon.Exists(filepath.Join(root, filepath.FromSlash(h.ID))))
	}
	return out
}

// named finds what one name stands for.
func (w *Workspace) named(known []NamedWorkspace, name string) ([]NamedWorkspace, error) {
	if name == AllWorkspaces {
		if len(known) == 0 {
			return nil, WithHint(errors.New("no workspace has an index"), `run "amalfa init" in a folder of notes`)
		}
		return known, nil
	}
	path, end := w.realPath(name), "/"+strings.Trim(filepath.ToSlash(name), "/")
	var found []NamedWorkspace
	for _, n := range known {
		switch {
		case name == "":
		case n.Name == name || n.Path == path:
			return []NamedWorkspace{n}, nil
		case n.Path != "" && strings.HasSuffix(filepath.ToSlash(n.Path), end):
			found = append(found, n)
		}
	}
	return found, notOne(name, found, known)
}

// realPath is a path as the user typed it, absolute and without links where it is there.
func (w *Workspace) realPath(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.Env.Cwd, path)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// notOne is why a name does not stand for one workspace; nil where it does.
func notOne(name string, found, known []NamedWorkspace) error {
	switch {
	case len(found) == 1:
		return nil
	case len(found) > 1:
		return &UsageError{fmt.Sprintf("several workspaces end in %q", name), "name one of " + listed(found)}
	case len(known) == 0:
		return &UsageError{fmt.Sprintf("no workspace is called %q: none has an index", name), `run "amalfa init" in its folder`}
	}
	return &UsageError{fmt.Sprintf("no workspace is called %q", name), "those with an index are " + listed(known) + `; "amalfa workspaces" has their paths`}
}

func listed(all []NamedWorkspace) string {
	const most = 12
	names := make([]string, 0, most+1)
	for _, n := range all[:min(len(all), most)] {
		names = append(names, n.Name)
	}
	if len(all) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
