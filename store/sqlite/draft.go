package sqlite

import (
	"cmp"
	"context"
	"slices"

	"amalfa/store"
	"amalfa/store/batch"
)

// A draft is a batch.Draft with what only this store makes of a note ahead.
type draft struct {
	*batch.Draft
	headings []string // of its chunks, as JSON
	sum      uint32
}

// Prepare implements Store.
func (s *Store) Prepare(p store.Put) store.Put {
	p.Ahead = s.draft(p)
	return p
}

func (s *Store) draft(p store.Put) *draft {
	d := &draft{Draft: s.analyzers.Draft(p), headings: make([]string, len(p.Chunks))}
	for i, c := range d.Chunks {
		d.headings[i] = jsonList(c.Heading)
	}
	d.sum = sumOf(d.checked())
	return d
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
	ahead := func(p store.Put) *draft {
		d, _ := p.Ahead.(*draft)
		return d
	}
	return batch.Drafts(ctx, puts, known, ahead, s.draft)
}

// checked is what noteSum would read back.
func (d *draft) checked() checkedNote {
	c := checkedNote{Names: d.Names, TitleTerms: d.Terms.Names}
	if len(c.Names) == 0 {
		c.Names = []string{""}
	}
	n := d.Note
	n.Size, n.MTime, n.Symbols = 0, 0, nil
	n.Tags, n.Aliases = batch.Unique(n.Tags), batch.Unique(n.Aliases)
	c.Note = &n
	c.Chunks = slices.Clone(d.Chunks)
	slices.SortStableFunc(c.Chunks, func(a, b store.Chunk) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range c.Chunks {
		c.Chunks[i].ID, c.Chunks[i].Note = 0, ""
	}
	for _, e := range d.Edges {
		e.Source, e.Resolved, e.File = "", false, false
		c.Edges = append(c.Edges, e)
	}
	return c
}
