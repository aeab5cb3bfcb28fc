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
	"amalfa/notes"
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

// A TagChange is what adding tags to a note did, or would do.
type TagChange struct {
	File    string   `json:"file"`
	Added   []string `json:"added"`
	Tags    []string `json:"tags"`
	Place   string   `json:"place"`
	Changed bool     `json:"changed"`
	DryRun  bool     `json:"dryRun"`
	Hash    string   `json:"hash"`
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

// AddTags adds tags to one note, named by a path or by the reference of a passage, which stays as it is if
// somebody else changes it meanwhile. dry writes nothing.
func (w *Workspace) AddTags(ctx context.Context, path string, tags []string, dry bool) (ans TagChange, err error) {
	id, err := w.noteID(ctx, path)
	if err != nil {
		return ans, err
	}
	folder, err := files.Open(w.Folder.Root)
	if err != nil {
		return ans, err
	}
	defer folder.Close()
	before, err := folder.Read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return ans, WithHint(err, "FILE is a path in the workspace, or from the current folder")
	}
	if err != nil {
		return ans, err
	}
	done, err := notes.AddTags(before, tags)
	if errors.Is(err, notes.ErrShape) {
		return ans, WithHint(fmt.Errorf("%s: %w", id, err), "the file is as it was: mend its front matter, or write the tags there by hand")
	} else if err != nil {
		return ans, fmt.Errorf("%s: %w", id, err)
	}
	ans = TagChange{File: id, Added: append([]string{}, done.Added...), Tags: append([]string{}, done.Tags...), Place: done.Place,
		Changed: len(done.Added) > 0, DryRun: dry, Hash: files.Hash(done.Text)}
	if dry || !ans.Changed {
		return ans, nil
	}
	return ans, w.ChangeNote("inject-tags "+id, id, before, done.Text)
}
