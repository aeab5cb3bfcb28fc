package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/vectors"
)

// exportVersion is the first number of an export. In version 1 an edge was a path or a name; before version 3 there were no terms.
const exportVersion = 3

// exported is one line of an export: a head, then a line a note, then one for each file without a note, then the other files,
// then the terms, then the vectors.
type exported struct {
	Amalfa int           `json:"amalfa,omitempty"` // exportVersion, in the first line only
	Model  *store.Model  `json:"model,omitempty"`  // the active one, in the first line
	Note   *store.Note   `json:"note,omitempty"`
	Chunks []store.Chunk `json:"chunks,omitempty"`
	Edges  []linkLine    `json:"edges,omitempty"`
	File   *store.File   `json:"file,omitempty"`
	Other  *store.Other  `json:"other,omitempty"`
	Term   *store.Term   `json:"term,omitempty"`
	Hash   string        `json:"hash,omitempty"`   // of the chunks that Vector stands for
	Vector []byte        `json:"vector,omitempty"` // float32, little-endian
}

// linkLine is an edge as it was put.
type linkLine struct {
	store.Edge
	Path bool `json:"path,omitempty"` // of version 1: what Rule is ByPath for now
}

// Export writes the whole index as it is at one moment, but for its history, as one JSON object a line, while others write it. Chunk
// ids are left out: they are this index's own. Lines are whole, also when it fails.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	e := exporter{s: s, enc: json.NewEncoder(out)}
	e.enc.SetEscapeHTML(false)
	err := s.read(ctx, "export", func(tx *sql.Tx) error {
		e.tx = tx
		return e.all(ctx)
	})
	return errors.Join(err, out.Flush())
}

// exporter writes what one transaction sees.
type exporter struct {
	s   *Store
	tx  *sql.Tx
	enc *json.Encoder
}

func (e exporter) all(ctx context.Context) error {
	head := exported{Amalfa: exportVersion}
	m, err := e.s.activeModel(ctx, e.tx)
	switch {
	case err == nil:
		head.Model = &m
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if err := e.enc.Encode(head); err != nil {
		return err
	}
	if err := errors.Join(e.files(ctx), e.others(ctx), e.terms(ctx)); err != nil || head.Model == nil {
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
		f := files[id]
		line := exported{File: &f}
		if f.HasNote() {
			if err := line.readNote(ctx, e.tx, id); err != nil {
				return err
			}
			if err := line.readSymbols(ctx, e.tx); err != nil {
				return err
			}
		}
		if err := e.enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func (e exporter) others(ctx context.Context) error {
	others, err := readOthers(ctx, e.tx)
	for _, o := range others {
		if err == nil {
			err = e.enc.Encode(exported{Other: &o})
		}
	}
	return err
}

func (e exporter) terms(ctx context.Context) error {
	all, err := allTerms(ctx, e.tx)
	for _, t := range all {
		if err == nil {
			err = e.enc.Encode(exported{Term: &t})
		}
	}
	return err
}

// readNote reads a note with its chunks, and with its edges as they were put: targets as written.
func (line *exported) readNote(ctx context.Context, q querier, id string) error {
	n, err := readNote(ctx, q, id)
	if err != nil {
		return err
	}
	line.Note = &n
	if line.Chunks, err = chunksOf(ctx, q, id); err != nil {
		return err
	}
	for i := range line.Chunks {
		line.Chunks[i].ID, line.Chunks[i].Note = 0, ""
	}
	rows, err := q.QueryContext(ctx, `SELECT e.raw, e.type, e.weight, e.line, e.sentence, e.rule, e.root FROM edges e
		JOIN notes n ON n.key = e.source WHERE n.id = ? ORDER BY e.key`, id)
	return each(rows, err, func(rows *sql.Rows) error {
		var edge linkLine
		err := rows.Scan(&edge.Target, &edge.Type, &edge.Weight, &edge.Line, &edge.Sentence, &edge.Rule, &edge.Root)
		line.Edges = append(line.Edges, edge)
		return err
	})
}

// readSymbols adds what only an export needs: a note's checksum covers all its names.
func (line *exported) readSymbols(ctx context.Context, q querier) (err error) {
	line.Note.Symbols, err = column[string](q.QueryContext(ctx,
		"SELECT substr(name, ?2) FROM names JOIN notes n ON n.key = note WHERE n.id = ?1 AND name GLOB ?3 ORDER BY name",
		line.Note.ID, len(notes.SymbolPrefix)+1, notes.SymbolPrefix+"*"))
	return err
}

func (e exporter) vectors(ctx context.Context, m store.Model) error {
	rows, err := e.tx.QueryContext(ctx, `SELECT p.hash, v.data FROM passages p JOIN vectors v ON v.passage = p.key
		JOIN models m ON m.key = v.model WHERE m.digest = ? ORDER BY p.hash`, m.Digest)
	return each(rows, err, func(rows *sql.Rows) error {
		var line exported
		var sealed sql.RawBytes
		if err := rows.Scan(&line.Hash, &sealed); err != nil {
			return err
		}
		var err error
		if line.Vector, err = store.Unseal(sealed); err != nil {
			return err
		}
		return e.enc.Encode(line)
	})
}

// importBatch is how many lines become one transaction.
const importBatch = 500

// Import reads what Export wrote into the index. Notes of the same id are replaced, others stay. It returns ErrImport for
// anything else, with the line; what stands before that line may be in the index.
func (s *Store) Import(ctx context.Context, r io.Reader) error {
	in := importer{store: s}
	dec := json.NewDecoder(bufio.NewReader(r))
	for {
		var line exported
		err := dec.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		in.lines++
		if err == nil {
			err = in.add(ctx, line)
		}
		if err != nil {
			return fmt.Errorf("import: %w: line %d: %w", ErrImport, in.lines, err)
		}
	}
	if in.lines == 0 {
		return fmt.Errorf("import: %w: it is empty", ErrImport)
	}
	err := in.flush(ctx)
	if err == nil {
		err = in.flushTerms(ctx)
	}
	if err != nil || in.model.Digest == "" {
		return err
	}
	return s.SetActiveModel(ctx, in.model)
}

// ErrImport reports a text that Export did not write.
var ErrImport = errors.New("not an export of an index")

type importer struct {
	store *Store
	lines int
	model store.Model
	batch store.Batch
	terms []store.Term
	size  int
}

func (in *importer) add(ctx context.Context, line exported) error {
	switch {
	case in.lines == 1:
		if line.Amalfa < 1 || line.Amalfa > exportVersion {
			return fmt.Errorf("version %d, this program knows %d", line.Amalfa, exportVersion)
		}
		if line.Model != nil {
			in.model = *line.Model
		}
		return nil
	case line.Note != nil:
		p := store.Put{Note: *line.Note, Chunks: line.Chunks}
		for _, e := range line.Edges {
			if e.Path {
				e.Rule = notes.ByPath
			}
			p.Edges = append(p.Edges, e.Edge)
		}
		if line.File != nil {
			p.File = *line.File
		}
		in.batch.Puts = append(in.batch.Puts, p)
	case line.File != nil:
		in.batch.Files = append(in.batch.Files, *line.File)
	case line.Other != nil:
		in.batch.Others = append(in.batch.Others, *line.Other)
	case line.Term != nil && notes.IsTerm(line.Term.ID):
		in.terms = append(in.terms, *line.Term)
		return nil
	case line.Hash != "":
		values := make([]float32, in.model.Dim)
		if err := vectors.Decode(values, line.Vector); err != nil {
			return err
		}
		if in.batch.Vectors == nil {
			in.batch.Vectors, in.batch.Model = map[string][]float32{}, in.model
		}
		in.batch.Vectors[line.Hash] = values
	default:
		return errors.New("neither note, file, term nor vector")
	}
	if in.size++; in.size >= importBatch {
		return in.flush(ctx)
	}
	return nil
}

func (in *importer) flush(ctx context.Context) error {
	err := in.store.Apply(ctx, in.batch)
	in.batch, in.size = store.Batch{}, 0
	return err
}
