package mcp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"amalfa/notes/files"
	"amalfa/store"
)

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

// changed reports that the file is not the one that was indexed.
func changed(n store.Note, info fs.FileInfo) bool {
	return info.Size() != n.Size || info.ModTime().UnixNano() != n.MTime
}
