package app

import (
	"context"
	"errors"
	"io"

	"amalfa/notes/files"
	"amalfa/store"
	"amalfa/store/dump"
	"amalfa/store/sqlite"
)

// A Copied is what came of bringing an index to another place.
type Copied struct {
	From string `json:"from"`
	To   string `json:"to"`
	dump.Count
}

// PushIndex brings the index that is a file in this workspace into the database of the settings: notes, words, links, terms and vectors,
// without reading a note or asking a model. Notes that are there and in no file here stay, and what is private stays here. What is cut off
// goes on where it was. progress is told how many lines of the export are done; it may be nil.
func (w *Workspace) PushIndex(ctx context.Context, progress func(lines int)) (c Copied, err error) {
	d, err := w.needDatabase()
	if err != nil {
		return c, err
	}
	from, err := w.openFile(ctx, sqlite.Options{ReadOnly: true})
	if errors.Is(err, store.ErrNoIndex) {
		return c, WithHint(err, `there is none in this folder to bring there: "amalfa init" indexes into the database itself`)
	}
	if err != nil {
		return c, err
	}
	defer from.Close()
	to, err := w.writeIndex(ctx, false)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	folder, err := files.Open(w.Folder.Root)
	if err != nil {
		return c, err
	}
	defer folder.Close()
	c = Copied{From: w.Folder.DB(), To: d.Server + "/" + d.Workspace}
	c.Count, err = copyIndex(ctx, from, to, dump.Options{Progress: progress, Withhold: w.withheldFrom(folder)})
	return c, err
}

// PullIndex brings the workspace in the database of the settings into a file here, in the same way. Notes that are in the file alone stay.
func (w *Workspace) PullIndex(ctx context.Context, progress func(lines int)) (c Copied, err error) {
	d, err := w.needDatabase()
	if err != nil {
		return c, err
	}
	from, err := w.ReadIndex(ctx)
	if err != nil {
		return c, err
	}
	defer from.Close()
	if err := w.Writable(); err != nil {
		return c, err
	}
	unlock, err := w.lockWriter(ctx)
	if err != nil {
		return c, err
	}
	defer unlock()
	to, err := w.openFile(ctx, sqlite.Options{})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	c = Copied{From: d.Server + "/" + d.Workspace, To: w.Folder.DB()}
	c.Count, err = copyIndex(ctx, from, to, dump.Options{Progress: progress})
	return c, err
}

// needDatabase fails where the settings name no database.
func (w *Workspace) needDatabase() (Database, error) {
	d, ok, err := w.Database()
	if err == nil && !ok {
		err = &UsageError{"no database is named: the index is " + w.Relative(w.Folder.DB()), `name one in your own settings: amalfa config set --user database "postgres://…"`}
	}
	return d, err
}

// withheldFrom tells what stays on this machine. A note that cannot be read is kept back: it may say that it is private.
func (w *Workspace) withheldFrom(folder *files.Folder) func(id string, note bool) bool {
	private := w.withhold()
	if private == nil {
		return nil
	}
	return func(id string, note bool) bool {
		if private(id, nil) || !note {
			return private(id, nil)
		}
		data, err := folder.ReadAny(id)
		return err != nil || private(id, data)
	}
}

// copyIndex reads one index into another one, but for what that has.
func copyIndex(ctx context.Context, from, to store.Store, o dump.Options) (count dump.Count, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Known = func(ctx context.Context, files map[string]store.File, m store.Model, hashes []string) (dump.Known, error) {
		return knownBy(ctx, to, files, m, hashes)
	}
	out, in := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = in.CloseWithError(from.Export(ctx, in)) // Read returns it
	}()
	count, err = dump.Read(ctx, to, out, o)
	_ = out.CloseWithError(context.Canceled) // who still writes ends
	<-written
	return count, err
}

// knownBy tells which notes an index has from the same bytes, cut in the same way, and of which passages a vector.
func knownBy(ctx context.Context, st store.Store, files map[string]store.File, m store.Model, hashes []string) (known dump.Known, err error) {
	ids := make([]string, 0, len(files))
	for id := range files {
		ids = append(ids, id)
	}
	known.Notes = map[string]bool{}
	there, err := st.FilesAt(ctx, ids)
	if err != nil {
		return known, err
	}
	for id, f := range files {
		have, ok := there[id]
		known.Notes[id] = ok && have.HasNote() && f.Hash != "" && have.Hash == f.Hash && have.Chunker == f.Chunker && have.Chunks == f.Chunks && have.State == f.State
	}
	known.Vectors, err = st.HasVectors(ctx, m.Digest, hashes)
	return known, err
}
