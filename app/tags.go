package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"amalfa/ingest"
	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/store"
)

// A TagChange is what adding or removing tags did to a note, or would do.
type TagChange struct {
	File    string    `json:"file"`
	Added   []string  `json:"added"`
	Removed []string  `json:"removed"` // normal forms
	Tags    []string  `json:"tags"`    // all that the place holds now; of a removal all of the note
	Place   string    `json:"place"`   // where they were added; of a removal the first of Places
	Places  []string  `json:"places"`  // where they stood
	Left    []LeftTag `json:"left"`    // where a tag that shall go stands in the text, which is not changed: lines are of the note after the change
	Changed bool      `json:"changed"`
	DryRun  bool      `json:"dryRun"`
	Hash    string    `json:"hash"`
}

// A LeftTag is a tag within a sentence.
type LeftTag struct {
	Tag  string `json:"tag"`
	Line int    `json:"line"`
}

// A tagging is a note whose tags are to be changed.
type tagging struct {
	id     string
	before []byte
}

// AddTags adds tags to one note, named by a path or by the reference of a passage, which stays as it is if
// somebody else changes it meanwhile. dry writes nothing.
func (w *Workspace) AddTags(ctx context.Context, path string, tags []string, dry bool) (ans TagChange, err error) {
	n, err := w.tagging(ctx, path)
	if err != nil {
		return ans, err
	}
	done, err := notes.AddTags(n.before, tags)
	if err != nil {
		return ans, n.wrong(err)
	}
	ans = TagChange{File: n.id, Added: append([]string{}, done.Added...), Removed: []string{}, Tags: append([]string{}, done.Tags...), Place: done.Place,
		Places: []string{done.Place}, Left: []LeftTag{}, Changed: len(done.Added) > 0, DryRun: dry, Hash: files.Hash(done.Text)}
	return ans, w.changeTags("inject-tags "+n.id, n, done.Text, ans)
}

// RemoveTags takes tags out of one note, as AddTags adds them.
func (w *Workspace) RemoveTags(ctx context.Context, path string, tags []string, dry bool) (ans TagChange, err error) {
	n, err := w.tagging(ctx, path)
	if err != nil {
		return ans, err
	}
	done, err := notes.RemoveTags(n.before, tags)
	if err != nil {
		return ans, n.wrong(err)
	}
	ans = TagChange{File: n.id, Added: []string{}, Removed: append([]string{}, done.Removed...), Tags: []string{}, Places: append([]string{}, done.Places...),
		Left: []LeftTag{}, Changed: len(done.Removed) > 0, DryRun: dry, Hash: files.Hash(done.Text)}
	if len(ans.Places) > 0 {
		ans.Place = ans.Places[0]
	}
	ans.Tags = append(ans.Tags, tagsOf(n.id, done.Text)...)
	for _, have := range ingest.NewReader().Tags(n.id, done.Text, notes.Vault{}) {
		for _, tag := range tags {
			if normal, _ := notes.Tag(tag); normal == have.Text {
				ans.Left = append(ans.Left, LeftTag{have.Text, 1 + bytes.Count(done.Text[:have.At], []byte("\n"))})
			}
		}
	}
	return ans, w.changeTags("inject-tags --remove "+n.id, n, done.Text, ans)
}

// tagsOf are the tags of a note, each once.
func tagsOf(id string, text []byte) (tags []string) {
	for _, have := range ingest.NewReader().Tags(id, text, notes.Vault{}) {
		if !slices.Contains(tags, have.Text) {
			tags = append(tags, have.Text)
		}
	}
	return tags
}

func (w *Workspace) changeTags(what string, n tagging, after []byte, ans TagChange) error {
	if ans.DryRun || !ans.Changed {
		return nil
	}
	return w.ChangeNote(what, n.id, n.before, after)
}

// tagging reads the note, which may be named as any command takes it.
func (w *Workspace) tagging(ctx context.Context, path string) (n tagging, err error) {
	if n.id, err = w.noteID(ctx, path); err != nil {
		return n, err
	}
	folder, err := files.Open(w.Folder.Root)
	if err != nil {
		return n, err
	}
	defer folder.Close()
	n.before, err = folder.Read(n.id)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, files.ErrRefused) && filepath.Ext(n.id) == "" {
		if n.id, err = w.oneID(ctx, path); err != nil {
			return n, noFile(path, err)
		}
		if n.before, err = folder.Read(n.id); errors.Is(err, fs.ErrNotExist) {
			err = w.sayAway(ctx, n.id, err)
		}
	}
	return n, err
}

// noFile says that there is no such note, whether or not there is an index; several of that name are told.
func noFile(path string, err error) error {
	if _, several := errors.AsType[*store.AmbiguousError](err); several {
		return err
	}
	return WithHint(fmt.Errorf("note %q: %w", path, store.ErrNotFound), "FILE is a path in the workspace, or from the current folder, or a note of the index")
}

func (n tagging) wrong(err error) error {
	err = fmt.Errorf("%s: %w", n.id, err)
	if errors.Is(err, notes.ErrShape) {
		return WithHint(err, "the file is as it was: mend its front matter, or write the tags there by hand")
	}
	return err
}
