package text

import "context"

// A Prefetcher is a Source that reads many pages at once in less time than one by one. It may leave out any.
type Prefetcher interface {
	Prefetch(ctx context.Context, keys []int64) error
}

// prefetch reads the pages on which some leaves stand, where that saves time.
func (x *Snapshot) prefetch(ctx context.Context, src Source, leaves ...leaf) error {
	p, ok := src.(Prefetcher)
	if !ok {
		return nil
	}
	var keys []int64
	for _, l := range leaves {
		for _, term := range l.terms {
			for _, seg := range x.Segments {
				if at, ok := seg.directory.page(Stem(term)); ok {
					keys = append(keys, at.entries)
					if !l.single() {
						keys = append(keys, at.positions)
					}
				}
			}
		}
	}
	return p.Prefetch(ctx, keys)
}

// pagesAtOnce is how many pages a walk through all of a segment asks for at once: about 2 MB.
const pagesAtOnce = 64

// prefetchEntries reads the pages of entries of a segment from one on, where one of those that are read together begins.
func (s *Segment) prefetchEntries(ctx context.Context, src Source, from int) error {
	p, ok := src.(Prefetcher)
	if !ok || from%pagesAtOnce != 0 {
		return nil
	}
	var keys []int64
	for _, at := range s.directory.pages[from:min(from+pagesAtOnce, len(s.directory.pages))] {
		keys = append(keys, at.entries)
	}
	return p.Prefetch(ctx, keys)
}
