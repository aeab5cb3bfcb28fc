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

// ReadNote reads a note's file without leaving the workspace.
func (w *Workspace) ReadNote(id string) (string, error) {
	root, err := os.OpenRoot(w.Folder.Root)
	if err != nil {
		return "", err
	}
	defer root.Close()
	data, err := files.Read(root, id, MaxNote)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", WithHint(fmt.Errorf("read %s: %w", id, err), `the file is gone: run "amalfa init"`)
	case err != nil:
		return "", fmt.Errorf("read %s: %w", id, err)
	}
	return strings.ToValidUTF8(string(data), "\uFFFD"), nil
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
