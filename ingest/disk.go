package ingest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"amalfa/notes"
)

// A disk tells what lies at paths of a workspace, and remembers its folders. It never leaves the workspace: each folder on the way is
// looked at first.
type disk struct {
	root    *os.Root
	folders map[string]bool
}

// find returns the id of what lies at a path, which may lack the ending of a note.
func (d disk) find(p string) (id string, ok bool) {
	p = strings.TrimSuffix(p, "/")
	if !filepath.IsLocal(p) || !d.isFolder(path.Dir(p)) {
		return "", false
	}
	endings := notes.Endings()
	if notes.IsMarkdown(p) {
		endings = endings[:1]
	}
	for _, ending := range endings {
		info, err := d.look(p + ending)
		switch {
		case err != nil:
			continue
		case info.IsDir():
			return folderID(p + ending), true
		}
		return p + ending, true
	}
	return "", false
}

// isFolder asks about each folder once, from the top down, so that a thousand links into a folder that is not there cost one look.
func (d disk) isFolder(p string) bool {
	is, known := d.folders[p]
	if !known && (p == "." || d.isFolder(path.Dir(p))) {
		info, err := d.look(p)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = d.root.Stat(p) // an error where it leads out
		}
		is = err == nil && info.IsDir()
	}
	d.folders[p] = is
	return is
}

func (d disk) look(p string) (fs.FileInfo, error) {
	return os.Lstat(filepath.Join(d.root.Name(), filepath.FromSlash(p)))
}

// has tells whether something with the id of an other is there.
func (d disk) has(id string) bool {
	found, ok := d.find(id)
	return ok && strings.TrimSuffix(found, "/") == strings.TrimSuffix(id, "/")
}
