package batch

import (
	"cmp"
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"amalfa/store"
	"amalfa/store/text"
)

// A Draft is a put of a note that the index did not know, with all that can be made of it without the index. Drafts are made by
// several goroutines before the transaction begins: in it, one of them works, and other writers wait.
type Draft struct {
	store.Put
	Terms     NoteTerms
	Names     []string        // keys under which the note is filed, sorted, each once
	Documents []text.Document // of its chunks
}

// Analyzers are those that are idle. What they remember of the words of a run they forget with its last batch: a garbage collection in
// between costs each of them all its words.
type Analyzers chan *text.Analyzer

// NewAnalyzers returns room for one a core.
func NewAnalyzers() Analyzers { return make(Analyzers, runtime.GOMAXPROCS(0)) }

func (idle Analyzers) get() *text.Analyzer {
	select {
	case a := <-idle:
		return a
	default:
		return &text.Analyzer{}
	}
}

func (idle Analyzers) put(a *text.Analyzer) {
	select {
	case idle <- a:
	default:
	}
}

// Forget drops them.
func (idle Analyzers) Forget() {
	for range len(idle) {
		select {
		case <-idle:
		default:
			return
		}
	}
}

// Draft makes one.
func (idle Analyzers) Draft(p store.Put) *Draft {
	a := idle.get()
	defer idle.put(a)
	d := &Draft{Put: p, Terms: TermsOf(p.Note), Names: NamesOf(p.Note), Documents: make([]text.Document, len(p.Chunks))}
	for i, c := range d.Chunks {
		d.Documents[i] = a.Document(Columns(c, d.Terms))
	}
	return d
}

// Drafts makes those of the puts whose note is not known, by id, on every core; ahead returns one that was made before, or nil.
func Drafts[D any](ctx context.Context, puts []store.Put, known map[string]bool, ahead func(store.Put) *D, draft func(store.Put) *D) (map[string]*D, error) {
	drafts := make(map[string]*D, len(puts))
	var todo []store.Put
	for _, p := range puts {
		if known[p.Note.ID] {
			continue
		}
		known[p.Note.ID] = true // of two puts of one note the second is a change
		if d := ahead(p); d != nil {
			drafts[p.Note.ID] = d
		} else {
			todo = append(todo, p)
		}
	}
	made := make([]*D, len(todo))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range todo {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			made[i] = draft(p)
			return nil
		})
	}
	err := cmp.Or(g.Wait(), ctx.Err())
	for i, p := range todo {
		drafts[p.Note.ID] = made[i]
	}
	return drafts, err
}
