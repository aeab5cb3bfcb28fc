package sqlite

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// A draft is a put of a note that the index did not know, with all that can be made of it without the index. Drafts are made by
// several goroutines before the transaction begins: in it, one of them works, and other writers wait.
type draft struct {
	store.Put
	terms     noteTerms
	names     []string        // keys under which the note is filed, sorted, each once
	headings  []string        // of its chunks, as JSON
	documents []text.Document // of its chunks
	sum       uint32
}

// drafts makes drafts of those puts whose note the index does not know, by id.
func (s *Store) drafts(ctx context.Context, puts []store.Put) (map[string]*draft, error) {
	ids := make([]string, len(puts))
	for i, p := range puts {
		ids[i] = p.Note.ID
	}
	known, err := knownNotes(ctx, s.db, ids)
	if err != nil || len(known) == len(puts) {
		return nil, s.wrap("read notes of", err)
	}
	drafts := make(map[string]*draft, len(puts))
	var todo []*draft
	for _, p := range puts {
		if known[p.Note.ID] {
			continue
		}
		d := &draft{Put: p}
		known[p.Note.ID], drafts[p.Note.ID] = true, d // of two puts of one note the second is a change
		todo = append(todo, d)
	}
	return drafts, makeAll(ctx, todo)
}

// makeAll makes drafts, on every core.
func makeAll(ctx context.Context, todo []*draft) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(len(todo), runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			var a text.Analyzer
			for i := next.Add(1) - 1; i < int64(len(todo)); i = next.Add(1) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				todo[i].make(&a)
			}
			return nil
		})
	}
	return g.Wait()
}

func (d *draft) make(a *text.Analyzer) {
	d.terms, d.names = termsOf(d.Note), namesOf(d.Note)
	d.headings, d.documents = make([]string, len(d.Chunks)), make([]text.Document, len(d.Chunks))
	for i, c := range d.Chunks {
		d.headings[i] = jsonList(c.Heading)
		d.documents[i] = a.Document(columns(c, d.terms))
	}
	d.sum = sumOf(d.checked())
}

// namesOf are the keys under which a note is filed, sorted, each once.
func namesOf(n store.Note) []string {
	names := n.Name().Keys()
	for _, symbol := range n.Symbols {
		names = append(names, notes.SymbolKey(symbol))
	}
	return unique(names)
}

// checked is what noteSum would read back.
func (d *draft) checked() checkedNote {
	c := checkedNote{Names: d.names, TitleTerms: d.terms.names}
	if len(c.Names) == 0 {
		c.Names = []string{""}
	}
	n := d.Note
	n.Size, n.MTime, n.Symbols = 0, 0, nil
	n.Tags, n.Aliases = unique(n.Tags), unique(n.Aliases)
	c.Note = &n
	c.Chunks = slices.Clone(d.Chunks)
	slices.SortStableFunc(c.Chunks, func(a, b store.Chunk) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range c.Chunks {
		c.Chunks[i].ID, c.Chunks[i].Note = 0, ""
	}
	for _, e := range d.Edges {
		e.Source, e.Resolved, e.File = "", false, false
		c.Edges = append(c.Edges, linkLine{Edge: e})
	}
	return c
}
