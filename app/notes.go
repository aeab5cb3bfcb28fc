package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"amalfa/daemon"
	"amalfa/notes/files"
	"amalfa/store"
)

// MaxNote bounds what is read of a note, in bytes, and so what a note replaced by an endless file can do to us.
const MaxNote = 32 << 20

// A NoteText is the text of a note.
type NoteText struct {
	Text string
	// Elsewhere is nil for the text of a file. Otherwise the file is on another machine of a team, and Text is what the index holds of it.
	Elsewhere *store.Rebuilt
}

// ReadNote reads a note's file without leaving the workspace, or what the index holds of one whose file another machine has.
func (w *Workspace) ReadNote(ctx context.Context, st store.Store, n store.Note) (NoteText, error) {
	data, rebuilt, err := w.readNote(ctx, st, n)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return NoteText{}, WithHint(fmt.Errorf("read %s: %w", n.ID, err), `the file is gone: run "amalfa init"`)
	case err != nil:
		return NoteText{}, fmt.Errorf("read %s: %w", n.ID, err)
	}
	return NoteText{strings.ToValidUTF8(string(data), "\uFFFD"), rebuilt}, nil
}

// readNote returns what wraps fs.ErrNotExist for a note that has its file nowhere. rebuilt is nil for a file.
func (w *Workspace) readNote(ctx context.Context, st store.Store, n store.Note) (data []byte, rebuilt *store.Rebuilt, err error) {
	if w.teamOnly == "" {
		if data, err = w.readFile(n.ID); err == nil {
			return data, nil, nil
		}
	}
	return store.Elsewhere(ctx, st, n, err)
}

func (w *Workspace) readFile(id string) ([]byte, error) {
	root, err := os.OpenRoot(w.Folder.Root)
	if err != nil {
		return nil, fmt.Errorf("open workspace: %v", err) // that it is not there says nothing of a file
	}
	defer root.Close()
	return files.Read(root, id, MaxNote)
}

// An awayError is the fs.ErrNotExist of a file that another machine of a team has: what changes it needs it here.
type awayError struct{ id string }

func (e awayError) Error() string {
	return fmt.Sprintf("the file of %s is on another machine, and not in this folder", e.id)
}

func (awayError) Unwrap() error { return fs.ErrNotExist }

// away makes the fs.ErrNotExist of a file that another machine has say so.
func away(ctx context.Context, st store.Store, id string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if there, failed := store.IsElsewhere(ctx, st, id); failed != nil || !there {
		return err
	}
	return WithHint(awayError{id}, "get it here first, as with git pull, or do this on that machine")
}

// sayAway is away for who has no index open; without one the error stays.
func (w *Workspace) sayAway(ctx context.Context, id string, err error) error {
	st, failed := w.ReadIndex(ctx)
	if failed != nil {
		return err
	}
	defer st.Close()
	return away(ctx, st, id, err)
}

// Reference is a reference to a note as store.Finder takes it: what begins with "./" or "../" starts where the user stands, as the shell
// completes it, and a whole path of the file system may lead into the workspace. Others stay as they are.
func (w *Workspace) Reference(ref string) string {
	typed := ref
	switch first, _, _ := strings.Cut(ref, "/"); {
	case first == "." || first == "..":
		cwd, err := filepath.EvalSymlinks(w.Env.Cwd)
		if err != nil {
			return ref
		}
		typed = filepath.Join(cwd, ref)
	case !filepath.IsAbs(ref):
		return ref
	}
	rel, err := filepath.Rel(w.Folder.Root, typed)
	if err != nil || !filepath.IsLocal(rel) {
		return ref
	}
	return "/" + filepath.ToSlash(rel)
}

// fileID names a file by its path in the workspace, from where the user stands or from the workspace.
func (w *Workspace) fileID(path string) (string, error) {
	from := path
	if !filepath.IsAbs(path) {
		from = filepath.Join(w.Env.Cwd, path)
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(from)); err == nil {
		from = filepath.Join(dir, filepath.Base(from))
	}
	rel, err := filepath.Rel(w.Folder.Root, from)
	switch {
	case err == nil && filepath.IsLocal(rel) && daemon.Exists(filepath.Join(w.Folder.Root, rel)):
		return filepath.ToSlash(rel), nil
	case filepath.IsAbs(path) || !filepath.IsLocal(path):
		return "", WithHint(fmt.Errorf("%s is not in the workspace %s", path, w.Folder.Root), "--root names another one")
	}
	return filepath.ToSlash(filepath.Clean(path)), nil
}

// FolderID names a folder as fileID does a file; "" for the workspace itself.
func (w *Workspace) FolderID(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	id, err := w.fileID(path)
	if id == "." {
		id = ""
	}
	return id, err
}

// noteID names a note by its path or by the reference of a passage. The path may be of a file that is not indexed yet.
func (w *Workspace) noteID(ctx context.Context, typed string) (string, error) {
	if _, isRef := store.ParseRef(typed); !isRef {
		return w.fileID(typed)
	}
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return "", err
	}
	defer st.Close()
	n, _, err := store.FindOne(ctx, st, typed)
	return n.ID, err
}
