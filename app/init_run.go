package app

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"amalfa/ingest"
	"amalfa/search"
)

// An initRun is one Init with its index open.
type initRun struct {
	InitOptions
	*Workspace
	store    Index
	embedder *Embedder
	options  ingest.Options // with the model's own tokenizer, which is loaded once, as soon as it is there
}

// run stores the words while the model loads, waits for no model before they are in, and then makes the vectors.
func (i *initRun) run(ctx context.Context) (sum ingest.Summary, said *Foreign, err error) {
	var warm sync.WaitGroup
	defer warm.Wait()
	warming, stop := context.WithCancel(ctx)
	defer stop()
	if i.options.Count != nil { // else no model could be loaded either
		warm.Go(func() { _, _ = i.embedder.Model(warming) }) // whoever makes vectors asks again, and tells why not
	}
	if sum, err = i.counted(ctx); err != nil {
		return sum, nil, err
	}
	if err := i.vectors(ctx, &sum); err != nil {
		return sum, nil, err
	}
	said, err = i.foreign(ctx, i.store, i.embedder, sum)
	return sum, said, err
}

// load looks for the tokenizer.
func (i *initRun) load() {
	i.options = i.ingestOptions(i.store, i.embedder, nil)
	i.options.Progress, i.options.VectorProgress = i.Progress, i.Vectors
}

// counted stores the words, in passages that are measured by the model's own tokens once its tokenizer is there. Nothing is fetched
// for words alone.
func (i *initRun) counted(ctx context.Context) (ingest.Summary, error) {
	sum, err := i.words(ctx)
	if err != nil || i.options.Count != nil || i.Offline || i.Settings.Search.Mode == search.Keyword || !i.fetchModel(ctx) {
		return sum, err
	}
	i.load()
	cut := sum
	sum, err = i.words(ctx)
	sum.Deleted, sum.Took = sum.Deleted+cut.Deleted, sum.Took+cut.Took
	return sum, err
}

// wordsGC is how much may be allocated, in percent of what is in use, before garbage is collected while words are stored: of 40 MB that
// are in use for less than a minute. At Go's 100 a tenth of the processor's time went into that.
const wordsGC = 200

func (i *initRun) words(ctx context.Context) (ingest.Summary, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(wordsGC))
	sum, err := runIngest(ctx, i.store, i.options)
	if err == nil && i.Words != nil {
		i.Words(sum)
	}
	return sum, err
}

// vectors makes those that lack, or waits for the process that makes them already.
func (i *initRun) vectors(ctx context.Context, sum *ingest.Summary) error {
	for {
		made, err := ingest.Complete(ctx, i.options, sum)
		if !errors.Is(err, ingest.ErrVectorsElsewhere) {
			if i.embedder.service.isHung() {
				sum.Degraded = append(sum.Degraded, Count(made.Of-made.Have, "passage")+" without a vector")
			}
			return err
		}
		if err := i.follow(ctx, i.options.VectorStatus); err != nil {
			return err
		}
	}
}

// followEvery is how often somebody looks how far another process is.
const followEvery = 500 * time.Millisecond

// follow shows for a moment what the process does that makes the vectors.
func (i *initRun) follow(ctx context.Context, status string) error {
	if p, ok := ingest.ReadVectorStatus(status, time.Now()); ok && i.Vectors != nil {
		i.Vectors(p)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(followEvery):
		return nil
	}
}
