package sqlite

import (
	"cmp"
	"context"
	"runtime"
	"slices"

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

// analyzers are those that are idle. What they remember of the words of a run they forget with its last batch: a garbage collection in
// between costs each of them all its words.
type analyzers chan *text.Analyzer

func newAnalyzers() analyzers { return make(analyzers, runtime.GOMAXPROCS(0)) }

func (idle analyzers) get() *text.Analyzer {
	select {
	case a := <-idle:
		return a
	default:
		return &text.Analyzer{}
	}
}

func (idle analyzers) put(a *text.Analyzer) {
	select {
	case idle <- a:
	default:
	}
}

// forget drops them.
func (idle analyzers) forget() {
	for range len(idle) {
		select {
		case <-idle:
		default:
			return
		}
	}
}

// Prepare implements Store.
func (s *Store) Prepare(p store.Put) store.Put {
	a := s.analyzers.get()
	defer s.analyzers.put(a)
	d := &draft{Put: p}
	d.make(a)
	p.Ahead = d
	return p
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
	var todo []store.Put
	for _, p := range puts {
		if known[p.Note.ID] {
			continue
		}
		known[p.Note.ID] = true // of two puts of one note the second is a change
		d, ok := p.Ahead.(*draft)
		if !ok {
			todo = append(todo, p)
			continue
		}
		drafts[p.Note.ID] = d
	}
	made, err := s.prepareAll(ctx, todo)
	for i, p := range todo {
		drafts[p.Note.ID] = made[i]
	}
	return drafts, err
}

// prepareAll makes drafts, on every core.
func (s *Store) prepareAll(ctx context.Context, puts []store.Put) ([]*draft, error) {
	made := make([]*draft, len(puts))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range puts {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			made[i], _ = s.Prepare(p).Ahead.(*draft)
			return nil
		})
	}
	return made, cmp.Or(g.Wait(), ctx.Err())
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
