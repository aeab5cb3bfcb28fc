package postgres

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/dump"
	"amalfa/store/vectors"
)

// exportedAtOnce is how many notes an export reads with one question.
const exportedAtOnce = 500

// Export implements store.Store. What this machine saw of its files is told, what others saw is not.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	err := s.read(ctx, "export", func(tx pgx.Tx) error {
		return exporter{s, tx, dump.NewWriter(out)}.all(ctx)
	})
	return errors.Join(err, out.Flush())
}

// exporter writes what one transaction sees.
type exporter struct {
	s  *Store
	tx pgx.Tx
	to *dump.Writer
}

func (e exporter) all(ctx context.Context) error {
	m, err := e.s.activeModel(ctx, e.tx)
	if err != nil {
		return err
	}
	var active *store.Model
	if m.key != 0 {
		active = &m.Model
	}
	if err := e.to.Head(active); err != nil {
		return err
	}
	if err := errors.Join(e.files(ctx), e.others(ctx), e.terms(ctx)); err != nil || active == nil {
		return err
	}
	return e.vectors(ctx, m)
}

// files writes notes and the files without one in the order of their ids.
func (e exporter) files(ctx context.Context) error {
	files, err := e.s.readFiles(ctx, e.tx, "")
	if err != nil {
		return err
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(files)), exportedAtOnce) {
		puts, err := e.asPut(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			f := files[id]
			f.Elsewhere = false
			p, ok := puts[id]
			if p.File = f; ok {
				err = e.to.Note(p)
			} else {
				err = e.to.File(f)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// asPut reads those of some notes that there are as they were put, with their chunks and all that they are called.
func (e exporter) asPut(ctx context.Context, ids []string) (map[string]store.Put, error) {
	found, err := e.s.readNotes(ctx, e.tx, " AND n.id = ANY($2)", ids)
	if err != nil {
		return nil, err
	}
	puts := map[string]store.Put{}
	for _, n := range found {
		puts[n.ID] = store.Put{Note: n}
	}
	return puts, errors.Join(e.chunks(ctx, puts, ids), e.edges(ctx, puts, ids), e.symbols(ctx, puts, ids))
}

func (e exporter) chunks(ctx context.Context, puts map[string]store.Put, ids []string) error {
	all, err := e.s.readChunks(ctx, e.tx, " AND n.workspace = $1 AND n.id = ANY($2) ORDER BY n.id, c.seq, c.id", ids)
	for _, c := range all {
		p := puts[c.Note]
		p.Chunks = append(p.Chunks, c)
		puts[c.Note] = p
		last := &p.Chunks[len(p.Chunks)-1]
		last.ID, last.Note = 0, ""
	}
	return err
}

func (e exporter) edges(ctx context.Context, puts map[string]store.Put, ids []string) error {
	rows, err := e.tx.Query(ctx, `SELECT n.id, e.raw, e.type, e.weight, e.line, e.sentence, e.rule, e.root FROM edges e
		JOIN notes n ON n.key = e.source WHERE n.workspace = $1 AND n.id = ANY($2) ORDER BY e.key`, e.s.workspace, ids)
	return each(rows, err, func(rows pgx.Rows) error {
		var id string
		var g store.Edge
		err := rows.Scan(&id, &g.Target, &g.Type, &g.Weight, &g.Line, &g.Sentence, &g.Rule, &g.Root)
		p := puts[id]
		p.Edges = append(p.Edges, g)
		puts[id] = p
		return err
	})
}

func (e exporter) symbols(ctx context.Context, puts map[string]store.Put, ids []string) error {
	rows, err := e.tx.Query(ctx, `SELECT n.id, substr(a.name, $3) FROM names a JOIN notes n ON n.key = a.note
		WHERE n.workspace = $1 AND n.id = ANY($2) AND starts_with(a.name, $4) ORDER BY a.name`, e.s.workspace, ids, len(notes.SymbolPrefix)+1, notes.SymbolPrefix)
	return each(rows, err, func(rows pgx.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		p := puts[id]
		p.Note.Symbols = append(p.Note.Symbols, name)
		puts[id] = p
		return err
	})
}

func (e exporter) others(ctx context.Context) error {
	all, err := e.s.readOthers(ctx, e.tx)
	for _, o := range all {
		o.Elsewhere = false
		if err == nil {
			err = e.to.Other(o)
		}
	}
	return err
}

func (e exporter) terms(ctx context.Context) error {
	all, err := e.s.allTerms(ctx, e.tx)
	for _, t := range all {
		if err == nil {
			err = e.to.Term(t)
		}
	}
	return err
}

func (e exporter) vectors(ctx context.Context, m model) error {
	rows, err := e.tx.Query(ctx, `SELECT p.hash, vector_send(v.data) FROM vectors v JOIN passages p ON p.key = v.passage
		WHERE v.model = $1 ORDER BY p.hash`, m.key)
	values := make([]float32, 0, m.Dim)
	return each(rows, err, func(rows pgx.Rows) error {
		var hash string
		var data []byte
		err := rows.Scan(&hash, &data)
		if err == nil {
			values, err = appendVector(values[:0], data, m.Dim)
		}
		if err != nil {
			return err
		}
		return e.to.Vector(hash, vectors.Encode(values))
	})
}
