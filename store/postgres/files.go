package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/batch"
)

// putOwnFiles records the files of notes that were just written here.
func (w *writer) putOwnFiles(all []placed) error {
	files := make([]store.File, len(all))
	for i, p := range all {
		files[i] = batch.FileOf(p.Put)
	}
	return w.recordFiles(files, true)
}

// putFiles records files. Where the record speaks of no note, an older one goes, unless another machine wrote it last. The record of an
// unchanged note is left out where another writer has put other content meanwhile.
func (w *writer) putFiles(files []store.File) error {
	if len(files) == 0 {
		return nil
	}
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	found, err := w.knownNotes(ids)
	if err != nil {
		return err
	}
	var gone []string
	var same, behind, without []store.File
	for _, f := range files {
		k, ok := found[f.ID]
		switch {
		case f.HasNote() && ok && k.hash == f.Hash:
			same = append(same, f)
		case f.HasNote():
			behind = append(behind, f)
		case ok && k.machine != w.machine:
		default:
			without = append(without, f)
			if ok {
				gone = append(gone, f.ID)
			}
		}
	}
	if err := w.deleteNotes(gone); err != nil {
		return err
	}
	if err := w.recordFiles(same, false); err != nil {
		return err
	}
	if err := w.recordSeen(behind, " WHERE seen.hash = excluded.hash"); err != nil {
		return err
	}
	return w.recordFiles(without, true)
}

// recordFiles writes the records of files, and how they look on this machine. mine says that this machine wrote them: the record of a
// note that is as another machine wrote it stays that machine's, which is the one that deletes it.
func (w *writer) recordFiles(files []store.File, mine bool) error {
	files = lastOfEach(files)
	if len(files) == 0 {
		return nil
	}
	records := newRows(10)
	for _, f := range files {
		name := "" // the note has it
		if !f.HasNote() {
			name = notes.Key(f.ID)
			w.dirty[name] = true
		}
		records.add(f.ID, f.State, f.Reason, f.Hash, f.Size, f.MTime, f.Chunker, int64(f.Chunks), name, w.machine)
	}
	owner := "files.machine"
	if mine {
		owner = "excluded.machine"
	}
	err := w.exec(`INSERT INTO files (workspace, id, state, reason, hash, size, mtime, chunker, chunks, name, machine)
		SELECT $1, r.* FROM `+records.from(2, "text text text text bigint bigint text bigint text text")+`
		ON CONFLICT (workspace, id) DO UPDATE SET state = excluded.state, reason = excluded.reason, hash = excluded.hash, size = excluded.size,
		mtime = excluded.mtime, chunker = excluded.chunker, chunks = excluded.chunks, name = excluded.name, vectors = NULL, machine = `+owner,
		records.args(w.workspace)...)
	if err != nil {
		return err
	}
	if err := w.recordSeen(files, ""); err != nil {
		return err
	}
	// the size and time of a note's file stand in its row too
	return w.exec(`UPDATE notes n SET size = f.size, mtime = f.mtime FROM files f WHERE n.workspace = $1 AND f.workspace = $1 AND f.id = n.id
		AND f.id = ANY($2) AND f.name = '' AND (n.size <> f.size OR n.mtime <> f.mtime)`, w.workspace, idsOf(files))
}

// recordSeen writes how files look on this machine; where is a condition on what was seen before. A file without a record is left out.
func (w *writer) recordSeen(files []store.File, where string) error {
	seen := newRows(8)
	for _, f := range lastOfEach(files) {
		seen.add(f.ID, w.machine, f.Hash, f.Size, f.MTime, f.CTime, f.Inode, f.Racy)
	}
	if seen.n == 0 {
		return nil
	}
	return w.exec(`INSERT INTO seen (workspace, id, machine, hash, size, mtime, ctime, inode, racy)
		SELECT $1, r.* FROM `+seen.from(2, "text text text bigint bigint bigint bigint bool")+` JOIN files f ON f.workspace = $1 AND f.id = c0
		ON CONFLICT (workspace, id, machine) DO UPDATE SET hash = excluded.hash, size = excluded.size, mtime = excluded.mtime,
		ctime = excluded.ctime, inode = excluded.inode, racy = excluded.racy`+where, seen.args(w.workspace)...)
}

// lastOfEach leaves out records of a file that comes again later.
func lastOfEach(files []store.File) []store.File {
	at := map[string]int{}
	for i, f := range files {
		at[f.ID] = i
	}
	if len(at) == len(files) {
		return files
	}
	var left []store.File
	for i, f := range files {
		if at[f.ID] == i {
			left = append(left, f)
		}
	}
	return left
}

func idsOf(files []store.File) []string {
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	return ids
}

// fileQuery reads records as this machine, $2, knows the files: what they look like elsewhere says nothing here.
const fileQuery = `SELECT f.id, f.state, f.reason, f.hash, coalesce(s.size, 0), coalesce(s.mtime, 0), coalesce(s.ctime, 0), coalesce(s.inode, 0),
	coalesce(s.racy, false), f.chunker, f.chunks, coalesce(m.digest, ''), f.machine <> $2, CASE WHEN s.hash <> f.hash THEN s.hash ELSE '' END
	FROM files f LEFT JOIN seen s ON s.workspace = f.workspace AND s.id = f.id AND s.machine = $2
	LEFT JOIN models m ON m.key = f.vectors WHERE f.workspace = $1`

func (s *Store) readFiles(ctx context.Context, q querier, where string, args ...any) (map[string]store.File, error) {
	files := map[string]store.File{}
	rows, err := q.Query(ctx, fileQuery+where, append([]any{s.workspace, s.opts.Machine}, args...)...)
	err = each(rows, err, func(rows pgx.Rows) error {
		var f store.File
		err := rows.Scan(&f.ID, &f.State, &f.Reason, &f.Hash, &f.Size, &f.MTime, &f.CTime, &f.Inode, &f.Racy, &f.Chunker, &f.Chunks, &f.Vectors, &f.Elsewhere, &f.Held)
		files[f.ID] = f
		return err
	})
	return files, err
}

// Files implements store.Store.
func (s *Store) Files(ctx context.Context) (map[string]store.File, error) {
	files, err := s.readFiles(ctx, s.pool, "")
	return files, s.wrap("read files of", err)
}

// FilesAt implements store.Store.
func (s *Store) FilesAt(ctx context.Context, ids []string) (map[string]store.File, error) {
	if slices.Contains(ids, ".") {
		return s.Files(ctx)
	}
	// "0" is what follows "/" in the order of bytes, so that the range is all below a folder of that name
	files, err := s.readFiles(ctx, s.pool, ` AND EXISTS (SELECT 1 FROM unnest($3::text[]) AS given (id) WHERE f.id = given.id COLLATE "C"
		OR f.id > given.id || '/' COLLATE "C" AND f.id < given.id || '0' COLLATE "C")`, ids)
	return files, s.wrap("read files of", err)
}

// putOthers records which files and folders that are no notes came and went. What another machine told of stays.
func (w *writer) putOthers(b store.Batch) error {
	came, gone := b.Others, b.Gone
	for _, id := range gone {
		w.dirty[notes.Key(id)] = true
	}
	if len(gone) > 0 {
		if err := w.exec("DELETE FROM others WHERE workspace = $1 AND id = ANY($2) AND machine = $3", w.workspace, gone, w.machine); err != nil {
			return err
		}
	}
	r, at := newRows(4), map[string]int{}
	for i, o := range came {
		at[o.ID] = i
	}
	for i, o := range came {
		if at[o.ID] != i {
			continue
		}
		name := notes.Key(o.ID)
		w.dirty[name] = true
		r.add(o.ID, name, o.Linked, w.machine)
	}
	if r.n > 0 {
		if err := w.insertOthers(r); err != nil {
			return err
		}
	}
	ids := batch.MaybeLinked(b)
	if len(ids) == 0 {
		return nil
	}
	return w.exec("DELETE FROM others WHERE workspace = $1 AND linked AND id = ANY($2) AND id IN (SELECT id FROM notes WHERE workspace = $1)", w.workspace, ids)
}

// insertOthers writes rows of others over those that are there.
func (w *writer) insertOthers(r *rows) error {
	return w.exec("INSERT INTO others (workspace, id, name, linked, machine) SELECT $1, r.* FROM "+r.from(2, "text text bool text")+
		" ON CONFLICT (workspace, id) DO UPDATE SET name = excluded.name, linked = excluded.linked, machine = excluded.machine", r.args(w.workspace)...)
}

// Others implements store.Store.
func (s *Store) Others(ctx context.Context) ([]store.Other, error) {
	others, err := s.readOthers(ctx, s.pool)
	return others, s.wrap("read others of", err)
}

func (s *Store) readOthers(ctx context.Context, q querier) ([]store.Other, error) {
	rows, err := q.Query(ctx, "SELECT id, linked, machine <> $2 FROM others WHERE workspace = $1 ORDER BY id", s.workspace, s.opts.Machine)
	return collect(rows, err, func(rows pgx.Rows, o *store.Other) error { return rows.Scan(&o.ID, &o.Linked, &o.Elsewhere) })
}

// Remark implements store.Store.
func (s *Store) Remark(ctx context.Context, name string) (value string, err error) {
	err = s.pool.QueryRow(ctx, "SELECT value FROM remarks WHERE workspace = $1 AND name = $2", s.workspace, name).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return value, s.wrap("read", err)
}

// SetRemark implements store.Store.
func (s *Store) SetRemark(ctx context.Context, name, value string) error {
	return s.write(ctx, "write", func(w *writer) error {
		if value == "" {
			return w.exec("DELETE FROM remarks WHERE workspace = $1 AND name = $2", w.workspace, name)
		}
		return w.exec(`INSERT INTO remarks (workspace, name, value) VALUES ($1, $2, $3)
			ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value`, w.workspace, name, value)
	})
}
