package ingest

import (
	"slices"

	"amalfa/store"
)

// withholdPaths takes out of what was found whatever the store must not hear of, going by the paths. What it has of that goes.
func (r *run) withholdPaths() {
	if r.Withhold == nil {
		return
	}
	r.found.files = slices.DeleteFunc(r.found.files, func(c candidate) bool {
		private := r.withheld(c.id)
		if private {
			r.private = append(r.private, c)
		}
		return private
	})
	r.found.refused = slices.DeleteFunc(r.found.refused, func(f store.File) bool { return r.withheld(f.ID) })
	r.found.others = slices.DeleteFunc(r.found.others, r.withheld)
}

// withheld tells whether a path alone keeps a file, or a folder, whose id ends with a slash, from the store.
func (r *run) withheld(id string) bool {
	if r.Withhold == nil {
		return false
	}
	if id != "" && id[len(id)-1] == '/' {
		return r.Withhold(id+"any.md", nil) || r.Withhold(id[:len(id)-1], nil)
	}
	return r.Withhold(id, nil)
}

// becamePrivate tells whether a note that goes is private now, where it was or moved to another place: the same file, or one of the same
// content.
func (r *run) becamePrivate(id string) bool {
	old := r.known[id]
	return r.withheld(id) || slices.ContainsFunc(r.private, func(c candidate) bool {
		if c.signature.Inode != 0 && c.signature.Inode == old.Inode {
			return true
		}
		if c.signature.Size != old.Size {
			return false
		}
		now, err := readFile(r.root, c.id, r.MaxFileBytes)
		return err == nil && now.hash == old.Hash
	})
}

// saysPrivate tells whether a file keeps itself from the store by what it says.
func (r *run) saysPrivate(id string) bool {
	if r.Withhold == nil {
		return false
	}
	c, err := readFile(r.root, id, r.MaxFileBytes)
	return err == nil && r.Withhold(id, c.data)
}
