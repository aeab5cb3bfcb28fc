package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"amalfa/app"
	"amalfa/config"
	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

// An evaluation is a collection in a workspace of its own.
type evaluation struct {
	*session
	collection eval.Collection
	documents  map[string]string // by note
	mode       string
	store      *sqlite.Store
	embedder   *app.Embedder
	searcher   *search.Searcher
	rerank     search.Rerank
	cleanup    []func() error
}

func (e *evaluation) close() {
	for _, f := range slices.Backward(e.cleanup) {
		if err := f(); err != nil {
			e.note("note: %v", err)
		}
	}
}

func (s *session) newEvaluation(ctx context.Context, c *cli.Command, collection eval.Collection, mode string) (e *evaluation, err error) {
	e = &evaluation{collection: collection, mode: mode}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	dir := c.String("work")
	if dir == "" {
		if dir, err = os.MkdirTemp("", "amalfa-eval-"); err != nil {
			return e, err
		}
		e.cleanup = append(e.cleanup, func() error { return os.RemoveAll(dir) })
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return e, err
	}
	if e.documents, err = collection.Export(dir); err != nil {
		return e, err
	}
	e.session = s.at(dir)
	e.session.Settings.Sources, e.session.Settings.ExcludePatterns = config.Defaults().Sources, nil
	if err := e.Writable(); err != nil {
		return e, err
	}
	if e.store, err = sqlite.Open(ctx, e.Folder.DB(), sqlite.Options{}); err != nil {
		return e, err
	}
	e.cleanup = append(e.cleanup, e.store.Close)
	e.embedder = s.NewEmbedder(c.Bool("no-daemon"))
	e.cleanup = append(e.cleanup, e.embedder.Close)
	e.searcher = search.New(e.store, e.embedder, nil)
	if c.Bool("rerank") {
		rr, err := s.WarmReranker(ctx)
		if err != nil {
			return e, err
		}
		e.rerank.With = rr // without a budget: quality is what is measured
	}
	return e, e.index(ctx, mode == search.Keyword && !c.Bool("compare"))
}

// index runs the normal pipeline.
func (e *evaluation) index(ctx context.Context, wordsOnly bool) error {
	var emb ingest.Embedder = e.embedder
	if wordsOnly {
		emb = nil
	}
	m := e.meter()
	opts := e.IngestOptions(e.store, emb, nil)
	opts.Progress = m.ingest
	sum, err := ingest.Run(ctx, opts)
	m.done()
	if err == nil && !wordsOnly && len(sum.Degraded) > 0 {
		err = errors.New("index the collection: " + sum.Degraded[0])
	}
	return err
}
