// Package dump is an index as text: one JSON object a line. A head stands first, then the notes with their files, the files without a note,
// the other files, the terms, and the vectors of the active model. Every store writes it as it is at one moment, and what one wrote
// another one reads, so an index moves between stores without a note being read or a text being embedded again.
package dump

import (
	"errors"

	"amalfa/store"
)

// Version is the first number of a dump. In version 1 an edge was a path or a name; before version 3 there were no terms.
const Version = 3

// ErrFormat reports a text that is no dump.
var ErrFormat = errors.New("not an export of an index")

// line is one of a dump.
type line struct {
	Amalfa int           `json:"amalfa,omitempty"` // Version, in the first line only
	Model  *store.Model  `json:"model,omitempty"`  // the active one, in the first line
	Note   *store.Note   `json:"note,omitempty"`
	Chunks []store.Chunk `json:"chunks,omitempty"`
	Edges  []edge        `json:"edges,omitempty"`
	File   *store.File   `json:"file,omitempty"`
	Other  *store.Other  `json:"other,omitempty"`
	Term   *store.Term   `json:"term,omitempty"`
	Hash   string        `json:"hash,omitempty"`   // of the chunks that Vector stands for
	Vector []byte        `json:"vector,omitempty"` // float32, little-endian
}

// edge is one as it was put.
type edge struct {
	store.Edge
	Path bool `json:"path,omitempty"` // of version 1: what Rule is ByPath for now
}
