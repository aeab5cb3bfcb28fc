package text

import (
	"context"
	"fmt"

	"amalfa/store"
)

// A Source reads what a Snapshot leaves where it is stored.
type Source interface {
	// Page returns the body of a page, its checksum verified.
	Page(ctx context.Context, key int64) ([]byte, error)
}

// Snapshot is the words of an index at one generation. It never changes once it is in use, and is then safe for concurrent use.
type Snapshot struct {
	Generation    int64
	Segments      []*Segment
	chunks, words int64
	tombstones    map[int64]bool // chunks that stand in a segment and were removed by another
}

// Add adds a segment.
func (x *Snapshot) Add(s *Segment) {
	if x.tombstones == nil {
		x.tombstones = map[int64]bool{}
	}
	x.Segments = append(x.Segments, s)
	x.chunks += s.Chunks
	x.words += s.Words
	for _, id := range s.list.tombstones {
		x.tombstones[id] = true
	}
}

// Among returns a snapshot of those of the segments, given by key, that this one has, and the keys of the others. A nil one has none.
func (x *Snapshot) Among(keys []int64) (next *Snapshot, missing []int64) {
	have := map[int64]*Segment{}
	if x != nil {
		for _, s := range x.Segments {
			have[s.Key] = s
		}
	}
	next = &Snapshot{}
	for _, key := range keys {
		if s := have[key]; s != nil {
			next.Add(s)
		} else {
			missing = append(missing, key)
		}
	}
	return next, missing
}

// Live returns the chunks that stand in a segment and were not removed.
func (x *Snapshot) Live() map[int64]bool {
	live := map[int64]bool{}
	for _, seg := range x.Segments {
		for _, id := range seg.list.ids {
			if !x.tombstones[id] {
				live[id] = true
			}
		}
	}
	return live
}

// Check reads every page and returns how many the segments name. It returns ErrCorrupt when what a segment says of itself is not
// so: BM25 goes by it.
func (x *Snapshot) Check(ctx context.Context, src Source) (pages int, err error) {
	words := int64(0)
	for _, seg := range x.Segments {
		for i, id := range seg.list.ids {
			if !x.tombstones[id] {
				words += int64(seg.list.lengths[i])
			}
		}
		if err := seg.check(ctx, src); err != nil {
			return 0, err
		}
		pages += 2 * len(seg.directory.pages)
	}
	if live := len(x.Live()); int64(live) != x.chunks || words != x.words {
		return 0, fmt.Errorf("%w: %d words in %d chunks, and segments count %d in %d", store.ErrCorrupt, words, live, x.words, x.chunks)
	}
	return pages, nil
}

// Search returns the best limit chunks of a set for an expression, by BM25, ties by id. A nil set is all chunks.
func (x *Snapshot) Search(ctx context.Context, src Source, e Expr, among *store.Set, limit int) ([]store.Match, error) {
	allowed, err := x.allowed(ctx, src, e)
	if err != nil {
		return nil, err
	}
	return x.rank(ctx, src, e.positive(), among.And(allowed), limit)
}

// allowed is what an expression demands of chunks that hold one of its positive leaves; nil when that is enough.
func (x *Snapshot) allowed(ctx context.Context, src Source, e Expr) (*store.Set, error) {
	switch {
	case e.free():
		return nil, nil
	case e.op == "NOT" && e.args[0].free():
		except, err := x.Matching(ctx, src, e.args[1])
		return except.Not(), err
	}
	return x.Matching(ctx, src, e)
}

// Matching evaluates an expression to the chunks it matches.
func (x *Snapshot) Matching(ctx context.Context, src Source, e Expr) (*store.Set, error) {
	if e.op == "" {
		return x.holding(ctx, src, e.leaf)
	}
	set, err := x.Matching(ctx, src, e.args[0])
	for _, arg := range e.args[1:] {
		if err != nil {
			return nil, err
		}
		var other *store.Set
		other, err = x.Matching(ctx, src, arg)
		switch e.op {
		case "AND":
			set = set.And(other)
		case "OR":
			set = set.Or(other)
		default:
			set = set.And(other.Not())
		}
	}
	return set, err
}

// holding returns the chunks that hold a leaf.
func (x *Snapshot) holding(ctx context.Context, src Source, l leaf) (*store.Set, error) {
	entries, err := x.entriesOf(ctx, src, l)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for i, e := range entries {
		list := x.Segments[i].list.ids
		for c := newCursor(e.postings); int(c.doc) < len(list); c.next() {
			if id := list[c.doc]; !x.tombstones[id] {
				ids = append(ids, id)
			}
		}
	}
	return store.NewSet(ids), nil
}

// Count returns how many chunks match an expression.
func (x *Snapshot) Count(ctx context.Context, src Source, e Expr) (int, error) {
	if e.op != "" {
		set, err := x.Matching(ctx, src, e)
		return set.Len(), err
	}
	entries, err := x.entriesOf(ctx, src, e.leaf)
	n := int64(0)
	for _, e := range entries {
		n += e.chunks
	}
	return int(n), err
}

// Frequencies returns how many chunks there are, and how many hold each of some terms, as QueryTerms gives them.
func (x *Snapshot) Frequencies(ctx context.Context, src Source, terms []string) (chunks int, holding []int, err error) {
	holding = make([]int, len(terms))
	for i, term := range terms {
		e, err := Parse(Term(term))
		if err != nil {
			return 0, nil, err
		}
		if holding[i], err = x.Count(ctx, src, e); err != nil {
			return 0, nil, err
		}
	}
	return int(x.chunks), holding, nil
}

// entriesOf returns what each segment knows of a leaf.
func (x *Snapshot) entriesOf(ctx context.Context, src Source, l leaf) ([]entry, error) {
	if err := x.prefetch(ctx, src, l); err != nil {
		return nil, err
	}
	entries := make([]entry, len(x.Segments))
	for i, seg := range x.Segments {
		var err error
		if l.single() {
			entries[i], err = seg.entryOf(ctx, src, Stem(l.terms[0]))
		} else {
			entries[i], err = x.phraseEntry(ctx, src, seg, l)
		}
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func (s *Segment) entryOf(ctx context.Context, src Source, term string) (entry, error) {
	at, ok := s.directory.page(term)
	if !ok {
		return entry{}, nil
	}
	page, err := src.Page(ctx, at.entries)
	if err != nil {
		return entry{}, err
	}
	_, e := lookup(page, term)
	return e, nil
}

// phraseEntry lays the chunks of a segment that hold a phrase or prefix out as postings, one occurrence each.
func (x *Snapshot) phraseEntry(ctx context.Context, src Source, seg *Segment, l leaf) (entry, error) {
	rows, err := phraseRows(ctx, src, seg, l)
	var list []posting
	for _, row := range rows {
		if !x.tombstones[seg.list.ids[row]] {
			list = append(list, posting{row, weightUnit})
		}
	}
	return entry{chunks: int64(len(list)), heaviest: weightUnit, postings: appendPostings(nil, list)}, err
}
