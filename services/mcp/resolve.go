package mcp

import (
	"bytes"
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

// A source is the text of a note: its file, or where that is on no disk here what the index holds of it.
type source struct {
	io.ReadSeeker
	size    int64
	mtime   int64          // nanoseconds since 1970
	rebuilt *store.Rebuilt // nil for a file
	close   func() error
}

func (s source) Close() error { return s.close() }

// openNote opens a note of the index. The kernel resolves the path of its file below the workspace, so that neither ".." nor a symbolic
// link leads out of it, and nothing but a regular file is opened. A note that another machine of a team wrote may have no file here.
func (s *Server) openNote(ctx context.Context, st store.Store, n store.Note) (src source, err error) {
	if s.o.Root != "" {
		if src, err = openFile(s.o.Root, n.ID); err == nil {
			return src, nil
		}
	}
	data, rebuilt, err := store.Elsewhere(ctx, st, n, err)
	if errors.Is(err, fs.ErrNotExist) {
		err = withHint(fmt.Errorf("%s is in the index but no longer on disk", oneLine(n.ID)), "search again, or ask the user to run \"amalfa init\"")
	}
	return source{bytes.NewReader(data), int64(len(data)), n.MTime, rebuilt, func() error { return nil }}, err
}

// openFile returns what wraps fs.ErrNotExist where there is no file.
func openFile(root, id string) (source, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return source{}, fmt.Errorf("open workspace: %v", err) // that it is not there says nothing of the file
	}
	defer dir.Close()
	f, info, err := files.OpenRegular(dir, id)
	if err != nil {
		return source{}, fmt.Errorf("open note %s: %w", oneLine(id), err)
	}
	return source{f, info.Size(), info.ModTime().UnixNano(), nil, f.Close}, nil
}

// compare returns the hash of a note's file, and whether it is another file than the one that was indexed. One too large to be
// changed has no hash: its size and time tell. What has no file here cannot be changed, either. src is at its start again.
func compare(src source, n store.Note) (hash *string, stale bool, err error) {
	switch {
	case src.rebuilt != nil:
		return nil, false, nil
	case src.size > files.MaxBytes:
		return nil, src.size != n.Size || src.mtime != n.MTime, nil
	}
	data, err := io.ReadAll(io.LimitReader(src, files.MaxBytes))
	if err != nil {
		return nil, false, err
	}
	_, err = src.Seek(0, io.SeekStart)
	sum := files.Hash(data)
	return &sum, sum != n.Hash, err
}
