package ingest

import (
	"os"
	"path"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// A disk tells what lies at paths of a workspace, and remembers its folders.
type disk struct {
	root    *os.Root
	folders map[string]bool
}

// find returns what lies at a path that may lack the ending of a note.
func (d disk) find(p string) []store.Other {
	p = strings.TrimSuffix(p, "/")
	for _, ending := range notes.Endings() {
		if d.isFolder(path.Dir(p)) && d.has(p+ending) {
			id := p + ending
			if d.isFolder(id) {
				id = folderID(id)
			}
			return []store.Other{{ID: id, Linked: true}}
		}
	}
	return nil
}

// isFolder asks about each folder once, from the top down, so that a thousand links into a folder that is not there cost one look.
func (d disk) isFolder(p string) bool {
	is, known := d.folders[p]
	if !known && (p == "." || d.isFolder(path.Dir(p))) {
		info, err := d.root.Lstat(p)
		is = err == nil && info.IsDir()
	}
	d.folders[p] = is
	return is
}

func (d disk) has(p string) bool {
	_, err := d.root.Lstat(p)
	return err == nil
}
