package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"maps"
	"slices"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/dump"
)

// Export writes the whole index as it is at one moment, but for its history, as one JSON object a line, while others write it. Chunk
// ids are left out: they are this index's own. Lines are whole, also when it fails.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	e := exporter{s: s, to: dump.NewWriter(out)}
	err := s.read(ctx, "export", func(tx *sql.Tx) error {
		e.tx = tx
		return e.all(ctx)
	})
	return errors.Join(err, out.Flush())
}

// exporter writes what one transaction sees.
type exporter struct {
	s  *Store
	tx *sql.Tx
	to *dump.Writer
}

func (e exporter) all(ctx context.Context) error {
	var active *store.Model
	m, err := e.s.activeModel(ctx, e.tx)
	switch {
	case err == nil:
		active = &m
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if err := e.to.Head(active); err != nil {
		return err
	}
	if err := errors.Join(e.files(ctx), e.others(ctx), e.terms(ctx)); err != nil || active == nil {
		return err
	}
	return e.vectors(ctx, m)
}

func (e exporter) files(ctx context.Context) error {
	files, err := readFiles(ctx, e.tx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(files)) {
		if err := e.file(ctx, files[id]); err != nil {
			return err
		}
	}
	return nil
}

func (e exporter) file(ctx context.Context, f store.File) error {
	if !f.HasNote() {
		return e.to.File(f)
	}
	p, err := asPut(ctx, e.tx, f.ID)
	if err != nil {
		return err
	}
	p.File = f
	if p.Note.Symbols, err = symbolsOf(ctx, e.tx, f.ID); err != nil {
		return err
	}
	return e.to.Note(p)
}

func (e exporter) others(ctx context.Context) error {
	others, err := readOthers(ctx, e.tx)
	for _, o := range others {
		if err == nil {
			err = e.to.Other(o)
		}
	}
	return err
}

func (e exporter) terms(ctx context.Context) error {
	all, err := allTerms(ctx, e.tx)
	for _, t := range all {
		if err == nil {
			err = e.to.Term(t)
		}
	}
	return err
}

// asPut is a note as it was put, with its chunks and with edges whose targets are as written; without its symbols, which an export alone
// needs: a note's checksum covers all its names.
func asPut(ctx context.Context, q querier, id string) (p store.Put, err error) {
	if p.Note, err = readNote(ctx, q, id); err != nil {
		return p, err
	}
	if p.Chunks, err = chunksOf(ctx, q, id); err != nil {
		return p, err
	}
	for i := range p.Chunks {
		p.Chunks[i].ID, p.Chunks[i].Note = 0, ""
	}
	rows, err := q.QueryContext(ctx, `SELECT e.raw, e.type, e.weight, e.line, e.sentence, e.rule, e.root FROM edges e
		JOIN notes n ON n.key = e.source WHERE n.id = ? ORDER BY e.key`, id)
	return p, each(rows, err, func(rows *sql.Rows) error {
		var e store.Edge
		err := rows.Scan(&e.Target, &e.Type, &e.Weight, &e.Line, &e.Sentence, &e.Rule, &e.Root)
		p.Edges = append(p.Edges, e)
		return err
	})
}

func symbolsOf(ctx context.Context, q querier, id string) ([]string, error) {
	return column[string](q.QueryContext(ctx,
		"SELECT substr(name, ?2) FROM names JOIN notes n ON n.key = note WHERE n.id = ?1 AND name GLOB ?3 ORDER BY name",
		id, len(notes.SymbolPrefix)+1, notes.SymbolPrefix+"*"))
}

func (e exporter) vectors(ctx context.Context, m store.Model) error {
	rows, err := e.tx.QueryContext(ctx, `SELECT p.hash, v.data FROM passages p JOIN vectors v ON v.passage = p.key
		JOIN models m ON m.key = v.model WHERE m.digest = ? ORDER BY p.hash`, m.Digest)
	return each(rows, err, func(rows *sql.Rows) error {
		var hash string
		var sealed sql.RawBytes
		if err := rows.Scan(&hash, &sealed); err != nil {
			return err
		}
		data, err := store.Unseal(sealed)
		if err != nil {
			return err
		}
		return e.to.Vector(hash, data)
	})
}
