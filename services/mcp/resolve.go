package mcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/store"
)

// maxRef is the longest reference to a note, in bytes; longer ones name no file.
const maxRef = 4096

const notePrefix = "amalfa://notes/"

// resolve finds the one note that an agent means: an id, "id:first-last", the ref of a passage, a note's URI, a unique end of a
// path, a title, an alias. The zero Lines mean no range. What is found comes out of the index; nothing that the agent wrote is ever used as a
// path.
func resolve(ctx context.Context, st store.Store, ref string) (n store.Note, lines notes.Lines, err error) {
	if ref, err = reference(ref); err != nil {
		return n, lines, err
	}
	n, lines, err = store.FindOne(ctx, st, ref)
	return n, lines, unfound(ref, err)
}

// resolveNode is resolve for what may be a tag too.
func resolveNode(ctx context.Context, st store.Store, ref string) (string, error) {
	ref, err := reference(ref)
	if err != nil {
		return "", err
	}
	id, err := store.FindNode(ctx, st, ref)
	return id, unfound(ref, err)
}

func reference(ref string) (string, error) {
	if len(ref) > maxRef || strings.TrimSpace(ref) == "" || strings.ContainsRune(ref, 0) {
		return "", fmt.Errorf("an id has 1 to %d bytes and no NUL", maxRef)
	}
	return cmp.Or(idOf(ref), ref), nil
}

// unfound says what to do about a reference that leads to no note, or to several.
func unfound(ref string, err error) error {
	var many *store.AmbiguousError
	switch {
	case errors.As(err, &many):
		return withHint(err, oneLine(many.Hint()))
	case errors.Is(err, store.ErrNotFound):
		hint := "use the id or the ref of a search result, or list_directory_structure"
		if _, isRef := store.ParseRef(ref); isRef {
			hint = "the passage may have changed since: search again"
		}
		return withHint(fmt.Errorf("no note or passage answers to %.200q", ref), hint)
	}
	return err
}

// openNote opens the file of a note that the index holds. The kernel resolves the path below the workspace, so that neither
// ".." nor a symbolic link leads out of it, and nothing but a regular file is opened.
func openNote(root, id string) (*os.File, fs.FileInfo, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, fmt.Errorf("open workspace: %w", err)
	}
	defer dir.Close()
	f, info, err := files.OpenRegular(dir, id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, withHint(fmt.Errorf("%s is in the index but no longer on disk", oneLine(id)), "search again, or ask the user to run \"amalfa init\"")
	case err != nil:
		return nil, nil, fmt.Errorf("open note %s: %w", oneLine(id), err)
	}
	return f, info, nil
}

// compare returns the hash of a note's file, and whether it is another file than the one that was indexed. One too large to be
// changed has no hash: its size and time tell. f is at its start again.
func compare(f io.ReadSeeker, info fs.FileInfo, n store.Note) (hash *string, stale bool, err error) {
	if info.Size() > files.MaxBytes {
		return nil, info.Size() != n.Size || info.ModTime().UnixNano() != n.MTime, nil
	}
	data, err := io.ReadAll(io.LimitReader(f, files.MaxBytes))
	if err != nil {
		return nil, false, err
	}
	_, err = f.Seek(0, io.SeekStart)
	sum := files.Hash(data)
	return &sum, sum != n.Hash, err
}
