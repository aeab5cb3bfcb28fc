package dump

import (
	"bufio"
	"cmp"
	"context"
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

// A Target is what a dump is read into.
type Target interface {
	Terms(ctx context.Context) ([]store.Term, error)
	Apply(ctx context.Context, b store.Batch) error
	SetTerms(ctx context.Context, all []store.Term) error
	SetActiveModel(ctx context.Context, m store.Model) error
}

// batchLines is how many lines become one transaction.
const batchLines = 500

// Options say what of a dump is read.
type Options struct {
	// Known tells which of some notes the target has as they are here, and of which of some hashes it has this model's vector: these are
	// left out. nil: none.
	Known func(ctx context.Context, files map[string]store.File, m store.Model, hashes []string) (Known, error)
	// Withhold tells which notes, and with note unset which other files and folders, the target must not have; nil: none.
	Withhold func(id string, note bool) bool
	// Progress is told how many lines were read after each transaction; may be nil.
	Progress func(lines int)
}

// Known is what a target has.
type Known struct {
	Notes   map[string]bool // by id
	Vectors map[string]bool // by hash
}

// Count says what was written.
type Count struct {
	Notes   int `json:"notes"`
	Files   int `json:"files"` // without a note
	Vectors int `json:"vectors"`
	Known   int `json:"known"` // notes and vectors that were left out because the target has them

	Withheld int `json:"withheld"` // notes and files that the target must not have
}

// Read reads a dump into an index. Notes of the same id are replaced, others stay. It returns ErrFormat for anything else, with the line; what
// stands before that line may be in the index. What fails of r or of the index is returned as it is.
func Read(ctx context.Context, to Target, r io.Reader, o Options) (Count, error) {
	in := reader{to: to, o: o}
	from := &source{Reader: r}
	if o.Withhold != nil {
		in.kept = map[string]bool{}
	}
	dec := json.NewDecoder(bufio.NewReader(from))
	for {
		var l line
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		in.lines++
		if err == nil {
			err = in.add(ctx, l)
		}
		switch failed := cmp.Or(from.err, in.failed); {
		case failed != nil:
			return in.count, failed
		case err != nil:
			return in.count, fmt.Errorf("import: %w: line %d: %w", ErrFormat, in.lines, err)
		}
	}
	if in.lines == 0 {
		return in.count, fmt.Errorf("import: %w: it is empty", ErrFormat)
	}
	return in.count, in.end(ctx)
}

// A source remembers what failed of a reader.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

type reader struct {
	to    Target
	o     Options
	lines int
	model store.Model
	batch store.Batch
	terms []store.Term
	size  int
	count Count

	failed error           // of the target
	kept   map[string]bool // hashes of the notes that were read; nil where none is withheld
}

func (in *reader) add(ctx context.Context, l line) error {
	switch {
	case in.lines == 1:
		return in.head(l)
	case in.withheld(l):
		in.count.Withheld++
		return nil
	case l.Note != nil:
		in.keep(l.Chunks)
		in.batch.Puts = append(in.batch.Puts, l.put())
	case l.File != nil:
		in.batch.Files = append(in.batch.Files, *l.File)
	case l.Other != nil:
		in.batch.Others = append(in.batch.Others, *l.Other)
	case l.Term != nil && notes.IsTerm(l.Term.ID):
		in.terms = append(in.terms, *l.Term)
		return nil
	case l.Hash != "" && in.kept != nil && !in.kept[l.Hash]: // of notes alone that were withheld
		return nil
	case l.Hash != "":
		if err := in.vector(l); err != nil {
			return err
		}
	default:
		return errors.New("neither note, file, term nor vector")
	}
	if in.size++; in.size >= batchLines {
		in.failed = in.flush(ctx)
	}
	return in.failed
}

// keep remembers whose vectors may be read, where some may not.
func (in *reader) keep(chunks []store.Chunk) {
	for _, c := range chunks {
		if in.kept != nil {
			in.kept[c.Hash] = true
		}
	}
}

func (in *reader) withheld(l line) bool {
	switch {
	case in.o.Withhold == nil:
		return false
	case l.Note != nil:
		return in.o.Withhold(l.Note.ID, true)
	case l.File != nil:
		return in.o.Withhold(l.File.ID, false)
	case l.Other != nil:
		return in.o.Withhold(l.Other.ID, false)
	}
	return false
}

func (in *reader) head(l line) error {
	if l.Amalfa < 1 || l.Amalfa > Version {
		return fmt.Errorf("version %d, this program knows %d", l.Amalfa, Version)
	}
	if l.Model != nil {
		in.model = *l.Model
	}
	return nil
}

func (l line) put() store.Put {
	p := store.Put{Note: *l.Note, Chunks: l.Chunks}
	for _, e := range l.Edges {
		if e.Path {
			e.Rule = notes.ByPath
		}
		p.Edges = append(p.Edges, e.Edge)
	}
	if l.File != nil {
		p.File = *l.File
	}
	return p
}

func (in *reader) vector(l line) error {
	values := make([]float32, in.model.Dim)
	if err := vectors.Decode(values, l.Vector); err != nil {
		return err
	}
	if in.batch.Vectors == nil {
		in.batch.Vectors, in.batch.Model = map[string][]float32{}, in.model
	}
	in.batch.Vectors[l.Hash] = values
	return nil
}

// end writes what is left; the terms come last, when all their notes are there.
func (in *reader) end(ctx context.Context) error {
	if err := in.flush(ctx); err != nil {
		return err
	}
	if err := in.flushTerms(ctx); err != nil || in.model.Digest == "" {
		return err
	}
	return in.to.SetActiveModel(ctx, in.model)
}

// flush writes a batch, without what the target has.
func (in *reader) flush(ctx context.Context) error {
	if err := in.leaveKnown(ctx); err != nil {
		return err
	}
	in.count.Notes += len(in.batch.Puts)
	in.count.Files += len(in.batch.Files)
	in.count.Vectors += len(in.batch.Vectors)
	err := in.to.Apply(ctx, in.batch)
	in.batch, in.size = store.Batch{}, 0
	if err == nil && in.o.Progress != nil {
		in.o.Progress(in.lines)
	}
	return err
}

// leaveKnown takes what the target has out of the batch.
func (in *reader) leaveKnown(ctx context.Context) error {
	if in.o.Known == nil {
		return nil
	}
	files := map[string]store.File{}
	for _, p := range in.batch.Puts {
		files[p.Note.ID] = p.File
	}
	known, err := in.o.Known(ctx, files, in.model, slices.Collect(maps.Keys(in.batch.Vectors)))
	if err != nil {
		return err
	}
	before := len(in.batch.Puts) + len(in.batch.Vectors)
	in.batch.Puts = slices.DeleteFunc(in.batch.Puts, func(p store.Put) bool { return known.Notes[p.Note.ID] })
	maps.DeleteFunc(in.batch.Vectors, func(hash string, _ []float32) bool { return known.Vectors[hash] })
	in.count.Known += before - len(in.batch.Puts) - len(in.batch.Vectors)
	return nil
}

// flushTerms puts the terms that were read beside those of the index. Edges that come from a note of which the dump speaks are the
// dump's alone.
func (in *reader) flushTerms(ctx context.Context) error {
	if len(in.terms) == 0 {
		return nil
	}
	all, err := in.to.Terms(ctx)
	if err != nil {
		return err
	}
	told, at := map[string]bool{}, map[string]int{}
	for _, t := range in.terms {
		for _, e := range t.Edges {
			told[e.Evidence] = true
		}
	}
	for i := range all {
		all[i].Edges = slices.DeleteFunc(all[i].Edges, func(e store.TermEdge) bool { return told[e.Evidence] })
		at[all[i].ID] = i
	}
	for _, t := range in.terms {
		if i, ok := at[t.ID]; ok {
			all[i].Edges = append(all[i].Edges, t.Edges...)
			continue
		}
		at[t.ID] = len(all)
		all = append(all, t)
	}
	return in.to.SetTerms(ctx, all)
}
