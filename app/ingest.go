package app

import (
	"context"
	"time"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/tokenizer"

	"go.uber.org/zap"
)

// IngestOptions are the same for init and for the watcher. A nil log is none.
func (w *Workspace) IngestOptions(st store.Store, emb ingest.Embedder, log *zap.Logger) ingest.Options {
	if log == nil {
		log = zap.NewNop()
	}
	opts := ingest.Options{
		Root: w.Folder.Root, Sources: w.Settings.Sources, Exclude: w.Settings.ExcludePatterns,
		Store: st, Embedder: emb, WriterLock: w.Folder.WriterLock(), Log: log, Now: time.Now,
	}
	if tok, maxTokens, err := w.Tokenizer(); err == nil {
		opts.Count, opts.MaxTokens = tok.Count, maxTokens
	} else {
		log.Warn("No tokenizer, counting words instead", zap.Error(err))
	}
	return opts
}

// Ingest brings the whole index up to date. When it ends well, what an older
// program left of the index is not needed any more.
func Ingest(ctx context.Context, st *sqlite.Store, o ingest.Options) (ingest.Summary, error) {
	sum, err := ingest.Run(ctx, o)
	if err != nil {
		return sum, err
	}
	if err := st.DropOlder(); err != nil {
		o.Log.Warn("Copy of the older index stays", zap.Error(err))
	}
	return sum, nil
}

// FetchModel gets runtime and model at the first use of a plain build, with
// progress, before chunks are cut: they are measured by the model's own tokens.
// Without them the notes are indexed all the same, for keyword search.
func (w *Workspace) FetchModel(ctx context.Context) bool {
	loc := w.Locator(nil)
	_, err := loc.Runtime(ctx)
	if err == nil {
		_, err = loc.Model(ctx, w.Settings.Embeddings.Model, w.Settings.Embeddings.Precision)
	}
	if err != nil {
		w.Notice("note: %s", firstLine(err))
	}
	return err == nil
}

// Tokenizer loads the one of the embedding model, so that chunks fit the model.
func (w *Workspace) Tokenizer() (*tokenizer.Tokenizer, int, error) {
	files, err := w.Locator(zap.NewNop()).Find(w.Settings.Embeddings.Model, w.Settings.Embeddings.Precision)
	if err != nil {
		return nil, 0, err
	}
	tok, err := tokenizer.Load(files.TokenizerPath)
	return tok, files.Model.MaxTokens, err
}

// Lag counts the files that changed on disk since they were indexed.
func (w *Workspace) Lag(ctx context.Context, st store.Store) (int, error) {
	return ingest.Lag(ctx, ingest.Options{
		Root: w.Folder.Root, Sources: w.Settings.Sources, Exclude: w.Settings.ExcludePatterns,
		Store: st, Log: zap.NewNop(), Now: time.Now,
	})
}
