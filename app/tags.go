package app

import (
	"errors"
	"fmt"
	"io/fs"

	"amalfa/notes"
	"amalfa/notes/files"
)

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

// AddTags adds tags to one note, named by a path, which stays as it is if
// somebody else changes it meanwhile. dry writes nothing.
func (w *Workspace) AddTags(path string, tags []string, dry bool) (ans TagChange, err error) {
	id, err := w.fileID(path)
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
	if err != nil {
		return ans, fmt.Errorf("%s: %w", id, err)
	}
	ans = TagChange{File: id, Added: append([]string{}, done.Added...), Tags: append([]string{}, done.Tags...), Place: done.Place,
		Changed: len(done.Added) > 0, DryRun: dry, Hash: files.Hash(done.Text)}
	if dry || !ans.Changed {
		return ans, nil
	}
	return ans, folder.Replace(id, done.Text, files.Hash(before))
}
