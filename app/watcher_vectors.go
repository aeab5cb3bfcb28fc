package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/services/watcher"
)

// makeVectors makes the vectors that the index lacks, with a connection of its own, since the words of what is saved are written at the
// same time. It ends when another index takes the place of the one that it began with: what is new there is looked at by the next ingest,
// which tells what lacks vectors.
func (v *serving) makeVectors(ctx context.Context, o ingest.Options) (made int, err error) {
	if v.follower.now().Search.Mode == search.Keyword {
		return 0, nil // nobody asks for vectors
	}
	if err := errors.Join(v.checkFolder(), v.sameDatabase()); err != nil {
		return 0, err
	}
	before, err := os.Stat(v.indexFile())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // it was removed: the next ingest makes another
	}
	if err != nil {
		return 0, err
	}
	if o.Store, err = v.writeIndex(ctx, false); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, o.Store.Close()) }()
	there, stop := v.whileThere(ctx, before)
	defer stop()
	sum, err := ingest.MakeVectors(there, o)
	switch {
	case errors.Is(err, ingest.ErrVectorsElsewhere):
		err = watcher.ErrElsewhere
	case err != nil && ctx.Err() == nil && (there.Err() != nil || replaced(v.indexFile(), before)):
		err = nil // whatever failed, failed for want of the index
	}
	return sum.Made, err
}

// replacedDelay is how long vectors are made for an index that is not at its place any more.
const replacedDelay = 2 * time.Second

// whileThere returns a context that ends when another file than this is the index, or none.
func (v *serving) whileThere(ctx context.Context, index os.FileInfo) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(replacedDelay)
		defer tick.Stop()
		for !replaced(v.indexFile(), index) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		cancel()
	})
	return ctx, func() {
		cancel()
		looking.Wait()
	}
}

// maxSaved bounds the names of notes whose vectors shall come first; more are a checkout, not a person.
const maxSaved = 1000

// savedNotes are those that were saved since they were last asked for. Safe for concurrent use.
type savedNotes struct {
	mu  sync.Mutex
	ids []string
}

func (s *savedNotes) add(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ids)+len(ids) <= maxSaved {
		s.ids = append(s.ids, ids...)
	}
}

func (s *savedNotes) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.ids
	s.ids = nil
	return ids
}
