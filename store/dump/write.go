package dump

import (
	"encoding/json"
	"io"

	"amalfa/store"
)

// A Writer writes a dump, in the order of its methods. Lines are whole, also when it fails.
type Writer struct{ enc *json.Encoder }

// NewWriter returns a Writer to w, which it does not buffer.
func NewWriter(w io.Writer) *Writer {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Writer{enc}
}

// Head is the first line; nil where no model is active.
func (w *Writer) Head(active *store.Model) error {
	return w.enc.Encode(line{Amalfa: Version, Model: active})
}

// Note is a note as it was put: edges have their targets as written, and chunks no ids, which are an index's own.
func (w *Writer) Note(p store.Put) error {
	l := line{Note: &p.Note, File: &p.File, Chunks: p.Chunks}
	for _, e := range p.Edges {
		l.Edges = append(l.Edges, edge{Edge: e})
	}
	return w.enc.Encode(l)
}

// File is one without a note.
func (w *Writer) File(f store.File) error { return w.enc.Encode(line{File: &f}) }

// Other is a file or folder that is no note.
func (w *Writer) Other(o store.Other) error { return w.enc.Encode(line{Other: &o}) }

// Term is one with its edges.
func (w *Writer) Term(t store.Term) error { return w.enc.Encode(line{Term: &t}) }

// Vector is that of all chunks with a hash, as vectors.Encode writes it.
func (w *Writer) Vector(hash string, data []byte) error {
	return w.enc.Encode(line{Hash: hash, Vector: data})
}
