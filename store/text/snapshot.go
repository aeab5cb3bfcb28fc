package text

import (
	"context"

	"amalfa/store"
)

// A Source reads what a Snapshot leaves where it is stored.
type Source interface {
	// Page returns the body of a page, its checksum verified.
	Page(ctx context.Context, key int64) ([]byte, error)
	// Phrase returns the chunks that hold terms one after another; expr is the quoted terms, with AnyEnd when the last may go on.
	Phrase(ctx context.Context, expr string) ([]int64, error)
}

// Snapshot is the words of an index at one generation. It never changes once it is in use, and is then safe for concurrent use.
type Snapshot struct {
	Generation    int64
	Segments      []*Segment
	chunks, words int64
	tombstones    map[int64]bool // chunks that stand in a segment and were removed by another
}

// Add takes a segment in.
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

// Chunks is the number of chunks that the segments count.
func (x *Snapshot) Chunks() int64 { return x.chunks }

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
	if !l.single() {
		ids, err := src.Phrase(ctx, l.String())
		return store.NewSet(ids), err
	}
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
	if e.op != "" || !e.leaf.single() {
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

// entriesOf returns what each segment knows of a leaf.
func (x *Snapshot) entriesOf(ctx context.Context, src Source, l leaf) ([]entry, error) {
	if !l.single() {
		return x.phraseEntries(ctx, src, l)
	}
	entries := make([]entry, len(x.Segments))
	term := Stem(l.terms[0])
	for i, seg := range x.Segments {
		key, ok := seg.directory.page(term)
		if !ok {
			continue
		}
		page, err := src.Page(ctx, key)
		if err != nil {
			return nil, err
		}
		entries[i] = lookup(page, term)
	}
	return entries, nil
}

// phraseEntries lays the chunks that hold a phrase or prefix out as postings, one occurrence each.
func (x *Snapshot) phraseEntries(ctx context.Context, src Source, l leaf) ([]entry, error) {
	ids, err := src.Phrase(ctx, l.String())
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(x.Segments))
	for i, seg := range x.Segments {
		var list []posting
		for _, id := range ids {
			if row, ok := seg.list.row(id); ok {
				list = append(list, posting{row, weightUnit})
			}
		}
		entries[i] = entry{chunks: int64(len(list)), heaviest: weightUnit, postings: appendPostings(nil, list)}
	}
	return entries, nil
}
