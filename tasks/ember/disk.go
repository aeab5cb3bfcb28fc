package ember

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"amalfa/notes/files"
)

// What a sidecar on disk is worth.
const (
	Pending = "pending" // ours, and its note is what it was made from
	Edited  = "edited"  // as Pending, but changed since, or from elsewhere: it counts only when it is named
	Stale   = "stale"   // its note has changed since, or is refused
	Orphan  = "orphan"  // its note is gone
	Broken  = "broken"  // no sidecar, whatever its name says
)

// A Found sidecar is one on disk.
type Found struct {
	Path    string // of the sidecar
	State   string
	Why     string // it is Broken or Stale
	Sidecar Sidecar
	Note    []byte // as it is now; nil unless Pending or Edited
}

// A Desk is the sidecars of a workspace.
type Desk struct {
	Root  *os.Root // of the workspace
	Notes *files.Folder
	Keys  [][]byte // of the user, the first signs
}

// List returns the sidecars that stand in some folders of the workspace, by path.
func (d Desk) List(folders []string) (out []Found, err error) {
	for _, folder := range folders {
		all, err := d.entries(folder)
		if err != nil {
			return nil, err
		}
		for _, name := range all {
			out = append(out, d.Look(path.Join(folder, name)))
		}
	}
	slices.SortFunc(out, func(a, b Found) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// entries are the names of sidecars in a folder; none where the folder is gone, or a link.
func (d Desk) entries(folder string) (names []string, err error) {
	info, err := d.Root.Lstat(filepath.FromSlash(folder))
	if err != nil || !info.IsDir() {
		return nil, nil
	}
	f, err := d.Root.Open(filepath.FromSlash(folder))
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	all, err := f.ReadDir(-1)
	for _, e := range all {
		if _, ok := NoteOf(e.Name()); ok && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// Look reads one sidecar and compares it with its note.
func (d Desk) Look(name string) Found {
	found := Found{Path: name, State: Broken}
	id, _ := NoteOf(name)
	data, err := d.read(name)
	if err == nil {
		found.Sidecar, err = Decode(data, id)
	}
	if err != nil {
		found.Why = err.Error()
		return found
	}
	note, err := d.Notes.Read(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		found.State = Orphan
	case err != nil:
		found.State, found.Why = Stale, err.Error()
	case files.Hash(note) != found.Sidecar.NoteHash:
		found.State, found.Why = Stale, "the note has changed since the scan"
	case found.Sidecar.Own(d.Keys):
		found.State, found.Note = Pending, note
	default:
		found.State, found.Note = Edited, note
	}
	return found
}

func (d Desk) read(name string) ([]byte, error) {
	f, _, err := files.OpenNoLink(d.Root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxSidecar+1)) // one that was read in part is no sidecar
	return data, nil
}

// Put writes a sidecar beside its note, unless something else has its name, or one that a person edited for the note as it is: then it is
// false, and why.
func (d Desk) Put(s Sidecar) (ok bool, why string, err error) {
	name := SidecarOf(s.TargetFile)
	if _, err := d.Root.Lstat(filepath.FromSlash(name)); err == nil {
		switch old := d.Look(name); {
		case old.State == Broken:
			return false, "a file that is no sidecar has its name: " + old.Why, nil
		case old.State == Edited && old.Sidecar.NoteHash == s.NoteHash:
			return false, "it was edited, and stays as it is", nil
		}
	}
	data, err := s.Encode(d.Keys)
	if err != nil {
		return false, "", err
	}
	return true, "", files.ReplaceFile(d.Root, name, data, 0o600)
}

// Remove removes a sidecar.
func (d Desk) Remove(name string) error {
	if _, ok := NoteOf(name); !ok {
		return fmt.Errorf("remove %s: %w", name, ErrSidecar)
	}
	if err := d.Root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}
