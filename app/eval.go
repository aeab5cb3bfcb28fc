package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"amalfa/config"
	"amalfa/ingest"
	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store/sqlite"
)

// EvalOptions say how the quality of answers is measured.
type EvalOptions struct {
	Mode     string // of [search.Query]
	Rerank   bool   // let the reranker read the best passages again
	Compare  bool   // also measure words, vectors and plain rank fusion
	Work     string // folder to index in and leave; "" for one that is removed
	Run      string // file for the rankings, "" for none
	NoDaemon bool
	Progress func(ingest.Progress) // of indexing; nil for nobody
	Indexed  func()                // called once that is done

	Unanswerable []string // folders of collections whose questions are asked too
}

// Eval asks every question of a collection, in a workspace of its own.
func (w *Workspace) Eval(ctx context.Context, collection eval.Collection, o EvalOptions) (report EvalReport, err error) {
	e := &evaluation{EvalOptions: o, collection: collection}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := e.open(ctx, w); err != nil {
		return report, err
	}
	if err := e.index(ctx); err != nil {
		return report, err
	}
	return e.measure(ctx)
}

// An evaluation is a collection in its workspace.
type evaluation struct {
	EvalOptions
	*Workspace
	collection eval.Collection
	documents  map[string]string // by note
	store      *sqlite.Store
	embedder   *Embedder
	searcher   *search.Searcher
	rerank     search.Rerank
	cleanup    []func() error
}

func (e *evaluation) close() (err error) {
	for _, f := range slices.Backward(e.cleanup) {
		err = errors.Join(err, f())
	}
	return err
}

func (e *evaluation) open(ctx context.Context, w *Workspace) (err error) {
	dir := e.Work
	if dir == "" {
		if dir, err = os.MkdirTemp("", "amalfa-eval-"); err != nil {
			return err
		}
		e.cleanup = append(e.cleanup, func() error { return os.RemoveAll(dir) })
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if e.documents, err = e.collection.Export(dir); err != nil {
		return err
	}
	if e.Workspace, e.store, err = w.scratch(ctx, dir); err != nil {
		return err
	}
	e.embedder = w.NewEmbedder(e.NoDaemon)
	e.cleanup = append(e.cleanup, e.store.Close, e.embedder.Close)
	e.searcher = search.New(e.store, e.embedder, nil)
	if e.EvalOptions.Rerank { // without a budget: quality is what is measured
		e.rerank.Always = true
		e.rerank.With, err = w.WarmReranker(ctx)
	}
	return err
}

// scratch makes a workspace with an index of its own in dir, for all Markdown files there.
func (w *Workspace) scratch(ctx context.Context, dir string) (*Workspace, *sqlite.Store, error) {
	other := w.At(dir)
	other.Settings.Sources, other.Settings.ExcludePatterns, other.Settings.Dialects = config.Defaults().Sources, nil, nil
	other.Settings.Database = ""
	if err := other.Writable(); err != nil {
		return nil, nil, err
	}
	st, err := sqlite.Open(ctx, other.Folder.DB(), sqlite.Options{})
	return other, st, err
}

// index runs the normal pipeline.
func (e *evaluation) index(ctx context.Context) error {
	wordsOnly := e.Mode == search.Keyword && !e.Compare
	var emb ingest.Embedder = e.embedder
	if wordsOnly {
		emb = nil
	}
	opts := e.ingestOptions(e.store, emb, nil)
	opts.Progress = e.Progress
	run := ingest.RunWhole
	if wordsOnly {
		run = ingest.Run
	}
	sum, err := run(ctx, opts)
	e.Indexed()
	if err == nil && !wordsOnly && len(sum.Degraded) > 0 {
		err = errors.New("index the collection: " + sum.Degraded[0])
	}
	return err
}
