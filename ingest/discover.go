package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"amalfa/ingest/ignore"
	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/store"
)

var errOutside = errors.New("outside the workspace")

// A candidate is a regular file that a source names.
type candidate struct {
	id        string
	signature store.Signature
	vault     *notes.Vault // that holds it
}

// found is what a walk saw, by id.
type found struct {
	files   []candidate
	folders []string      // folders that were looked into
	others  []string      // files and folders that are no notes, and are not left out
	refused []store.File  // symbolic links, secrets, odd files, folders that cannot be read
	blind   []string      // entries that could not be looked at: what the index holds below them stays
	missing []string      // bases of sources that do not exist
	vaults  []notes.Vault // that begin in those folders

	uncounted int // others beyond maxOthers
}

// walker finds candidates below one workspace.
type walker struct {
	root     *os.Root
	sources  []source
	exclude  ignore.Rules
	dialects map[string]notes.Dialect // that the settings give to folders
	scope    scope
	found    found
}

type pendingDir struct {
	id    string
	rules ignore.Rules
	vault vaultAt
}

// discover walks the part of the workspace that scope covers. It reads no file but ignore files and the settings of vaults, and
// follows no link. When ctx ends first it returns what it has found until then, and ctx.Err().
func discover(ctx context.Context, root *os.Root, sources []source, o Options, sc scope) (found, error) {
	w := &walker{root: root, sources: sources, scope: sc, dialects: o.Dialects}
	w.exclude, _ = w.exclude.With(".", []byte(strings.Join(o.Exclude, "\n")))
	for _, s := range sources {
		if _, err := root.Lstat(s.base); errors.Is(err, fs.ErrNotExist) {
			w.found.missing = append(w.found.missing, s.base)
		}
	}
	todo := []pendingDir{{id: ".", rules: ignore.Find(o.Root, o.Git).Rules(), vault: vaultAt{vault: &notes.Vault{}}}}
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return w.found, err
		}
		next := todo[len(todo)-1]
		below, err := w.folder(next, todo[:len(todo)-1])
		todo = below
		switch {
		case err != nil && next.id == ".":
			return found{}, fmt.Errorf("read workspace %s: %w", root.Name(), err)
		case vanished(err):
			continue
		case err != nil:
			w.unseen(next.id, "folder cannot be read: "+reasonOf(err))
		}
		w.found.folders = append(w.found.folders, next.id)
		w.other(folderID(next.id))
	}
	slices.Sort(w.found.folders)
	slices.SortFunc(w.found.files, func(a, b candidate) int { return strings.Compare(a.id, b.id) })
	slices.SortFunc(w.found.refused, func(a, b store.File) int { return strings.Compare(a.ID, b.ID) })
	return w.found, nil
}

// folder looks at the entries of one folder and returns todo with the folders below it.
func (w *walker) folder(p pendingDir, todo []pendingDir) ([]pendingDir, error) {
	dir, err := w.root.OpenRoot(p.id)
	if err != nil {
		return todo, err
	}
	defer dir.Close()
	e, err := w.names(dir, p.id)
	if err != nil {
		return todo, err
	}
	w.readIgnores(&p, dir)
	p.vault = w.vaultAt(p, e)
	for _, name := range e.names {
		id := path.Join(p.id, name)
		info, err := dir.Lstat(name)
		switch {
		case vanished(err), !w.scope.touches(id):
		case err != nil:
			w.unknown(id, name, err, p.rules)
		case info.IsDir():
			todo = w.below(id, name, p, todo)
		default:
			w.file(id, name, info, p)
		}
	}
	return todo, nil
}

// below adds a folder to those that are to be looked into.
func (w *walker) below(id, name string, p pendingDir, todo []pendingDir) []pendingDir {
	if !w.enters(id, name, p.rules) {
		return todo
	}
	if strings.Count(id, "/") >= files.MaxDepth {
		w.refuse(id, store.Skipped, fmt.Sprintf("below %d folders: not looked into", files.MaxDepth))
		return todo
	}
	return append(todo, pendingDir{id: id, rules: p.rules, vault: p.vault})
}

// names lists a folder, except that on the way to the scope only the next step is looked at.
func (w *walker) names(dir *os.Root, id string) (entries, error) {
	steps, ok := w.scope.steps(id)
	if ok && !slices.ContainsFunc(steps, func(name string) bool { return folds(dir, name) }) {
		return entries{dir: dir, names: steps}, nil
	}
	f, err := dir.Open(".")
	if err != nil {
		return entries{}, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1) // ReadDir would look at each, and end with the first that cannot be looked at
	names = slices.DeleteFunc(names, func(name string) bool { return ok && !slices.Contains(steps, name) })
	return entries{dir, names, !ok}, err
}

// folds tells whether a name also answers in another case. Where it does (macOS, Windows), a file that was renamed to another
// case still answers to its old name, and only the folder's own list says how it is spelled. That both are the same file is not asked
// for: file systems in user space (FUSE) may number a file by the name that it was asked by.
func folds(dir *os.Root, name string) bool {
	other := strings.ToUpper(name)
	if other == name {
		other = strings.ToLower(name)
	}
	if other == name {
		return false
	}
	_, err := dir.Lstat(name)
	_, otherErr := dir.Lstat(other)
	return err == nil && otherErr == nil
}

func (w *walker) wanted(id string) bool {
	return slices.ContainsFunc(w.sources, func(s source) bool { return s.matches(id) })
}

// named tells whether a source names this entry or something below it, so that being hidden does not keep it out.
func (w *walker) named(id string) bool {
	return slices.ContainsFunc(w.sources, func(s source) bool { return s.leadsTo(id) })
}

func (w *walker) enters(id, name string, r ignore.Rules) bool {
	reaches := slices.ContainsFunc(w.sources, func(s source) bool { return s.leadsTo(id) || under(id, s.base) })
	return reaches && !neverIndexed(name) && (!leftOut(name) || w.named(id)) && !w.ignores(id, true, r)
}

// takes tells whether a file of this name is wanted and not left out.
func (w *walker) takes(id, name string, r ignore.Rules) bool {
	return w.wanted(id) && (!leftOut(name) || w.named(id)) && !w.ignores(id, false, r)
}

func (w *walker) ignores(id string, isDir bool, r ignore.Rules) bool {
	return r.Ignores(id, isDir) || w.exclude.Ignores(id, isDir)
}

// file files one entry that is no folder.
func (w *walker) file(id, name string, info fs.FileInfo, p pendingDir) {
	r := p.rules
	link := info.Mode()&fs.ModeSymlink != 0
	wanted := w.wanted(id)
	switch {
	case isSecret(name) && !w.ignores(id, false, r):
		w.refuse(id, store.Skipped, "may hold secrets (by its name)")
	case leftOut(name) && !w.named(id), w.ignores(id, false, r):
	case link && (wanted || path.Ext(name) == ""): // without an extension it may stand for a folder of notes
		w.refuse(id, store.Skipped, "symbolic link, not followed")
	case link, !wanted:
		w.other(id)
	case !utf8.ValidString(id):
		w.refuse(id, store.Skipped, "its name is not valid UTF-8")
	case !info.Mode().IsRegular():
		w.refuse(id, store.Skipped, "not a regular file")
	default:
		w.found.files = append(w.found.files, candidate{id: id, signature: signatureOf(info), vault: p.vault.vault})
	}
}

// unknown files an entry of which nobody can say what it is: a file, or a folder, which most often has no extension.
func (w *walker) unknown(id, name string, err error, r ignore.Rules) {
	enters := w.enters(id, name, r)
	switch {
	case w.takes(id, name, r), enters && path.Ext(name) == "":
		w.unseen(id, reasonOf(err))
	case enters:
		w.found.blind = append(w.found.blind, id)
	}
}

// unseen notes an entry that could not be looked at. Neither is it gone, nor is anything below it.
func (w *walker) unseen(id, reason string) {
	w.refuse(id, store.Failed, reason)
	w.found.blind = append(w.found.blind, id)
}

func (w *walker) refuse(id, state, reason string) {
	w.found.refused = append(w.found.refused, store.File{ID: strings.ToValidUTF8(id, "\uFFFD"), State: state, Reason: reason})
}

// readIgnores adds what the folder's own ignore files say. Of a file too long to be read it tells.
func (w *walker) readIgnores(p *pendingDir, dir *os.Root) {
	if _, err := dir.Lstat(".git"); err == nil && p.id != "." {
		p.rules = p.rules.Nested(p.id, filepath.Join(w.root.Name(), filepath.FromSlash(p.id)))
	}
	for _, name := range ignore.Files {
		if _, err := dir.Lstat(name); err != nil {
			continue
		}
		text, err := ignore.Read(dir, name)
		if err == nil && notes.IsUTF16(text) {
			err = errUTF16
		}
		whole := err == nil
		if whole {
			p.rules, whole = p.rules.With(p.id, text)
		}
		if id := path.Join(p.id, name); !whole && w.scope.covers(id) {
			w.refuse(id, store.Skipped, ignoreReason(err))
		}
	}
}

// ignoreReason says why an ignore file leaves out less than it says.
func ignoreReason(err error) string {
	if err != nil {
		return "what it says does not count: " + reasonOf(err)
	}
	return fmt.Sprintf("only its first %d KB and %d patterns count", ignore.MaxBytes>>10, ignore.MaxPatterns)
}
