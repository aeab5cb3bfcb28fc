package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/ingest"
	"amalfa/models"
	"amalfa/notes"
	"amalfa/search"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/tokenizer"

	"go.uber.org/zap"
)

// InitOptions say how an index is made or brought up to date.
type InitOptions struct {
	Force    bool // begin a new index; also for a folder that is HOME or /
	NoDaemon bool
	Behind   bool                        // end when all is found by words: somebody else makes the vectors
	Progress func(ingest.Progress)       // of the words; nil for nobody
	Words    func(ingest.Summary)        // called once all is found by words; nil for nobody
	Vectors  func(ingest.VectorProgress) // of the vectors, whoever makes them; nil for nobody
}

// Init indexes the notes of the workspace, or brings the index up to date: first the words of all, then their vectors, unless the
// settings ask for words only. When ctx ends, the summary is of what was done. What it says of their language it says once. An index
// that proves to be damaged is set aside and built again, once.
func (w *Workspace) Init(ctx context.Context, o InitOptions) (sum ingest.Summary, said *Foreign, err error) {
	if err := w.needModelFor(w.Settings.Search.Mode); err != nil {
		return sum, nil, err
	}
	if d, ok, err := w.Database(); ok && err == nil && (d.Shared || d.Loopback) {
		w.Notice("note: the index is workspace %s of the database %s", d.Workspace, d.Server)
	}
	there := w.statIndex()
	st, err := w.openForInit(ctx, o.Force)
	if err == nil {
		sum, said, err = w.initIndex(ctx, o, st)
	}
	if st != nil && st.Replaced() && daemon.Exists(w.Folder.Dir()) && ctx.Err() == nil { // by another init, or a restore: what was written is not in the index any more
		o.Force = false
		return w.Init(ctx, o)
	}
	if there == nil || o.Force || !errors.Is(err, store.ErrCorrupt) {
		return sum, said, err
	}
	if st, err = w.startOver(ctx, there, damaged(sqlite.DamageOf(err))); err != nil {
		return sum, nil, err
	}
	return w.initIndex(ctx, o, st)
}

// initIndex brings an open index up to date, and closes it.
func (w *Workspace) initIndex(ctx context.Context, o InitOptions, st Index) (sum ingest.Summary, said *Foreign, err error) {
	defer st.Close()
	i := &initRun{InitOptions: o, Workspace: w, store: st, embedder: w.NewEmbedder(o.NoDaemon).For(st)}
	defer i.embedder.Close()
	i.load()
	if o.Behind || w.Settings.Search.Mode == search.Keyword {
		sum, err = i.counted(ctx)
	} else {
		sum, said, err = i.run(ctx)
	}
	if err == nil {
		err = w.restoreTerms(ctx, st)
	}
	if err == nil {
		err = w.keepSnapshot(ctx, st, false)
	}
	return sum, said, err
}

// CheckBroad refuses to index HOME or /, which nobody means.
func (w *Workspace) CheckBroad() error {
	if !w.Folder.Broad(w.Env) {
		return nil
	}
	return WithHint(fmt.Errorf("%s is not a folder of notes", w.Folder.Root), "go to one, or name it with --root; --force indexes it all the same")
}

// PreviewInit says what Init would do. Nothing is made, not even the folder of the index.
func (w *Workspace) PreviewInit(ctx context.Context, force bool) (ingest.Summary, []ingest.Change, error) {
	opts := w.ingestOptions(nil, nil, nil)
	if !force {
		st, err := w.ReadIndex(ctx)
		if err == nil {
			defer st.Close()
			opts.Store = st
		} else if !errors.Is(err, store.ErrNoIndex) {
			return ingest.Summary{}, nil, err
		}
	}
	return ingest.Preview(ctx, opts)
}

// WriteSettings writes a commented settings file with the defaults; one that is there is left as it is.
func (w *Workspace) WriteSettings() error {
	f, err := os.OpenFile(w.Folder.Settings(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // #nosec G302 -- settings of a project, committed with it: no secret may stand there
	if errors.Is(err, os.ErrExist) {
		w.Notice("%s is there already: left as it is", w.Relative(w.Folder.Settings()))
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(config.Template())
	return errors.Join(err, f.Close())
}

// ingestOptions are the same for init and for the watcher. A nil log is none.
func (w *Workspace) ingestOptions(st store.Store, emb ingest.Embedder, log *zap.Logger) ingest.Options {
	if log == nil {
		log = zap.NewNop()
	}
	opts := ingest.Options{
		Root: w.Folder.Root, Sources: w.Settings.Sources, Exclude: w.Settings.ExcludePatterns, Git: git(w.Env), Dialects: w.Settings.Dialects,
		Store: st, Embedder: emb, Withhold: w.withhold(), WriterLock: w.Folder.WriterLock(), Log: log, Now: time.Now,
		VectorLock: w.Folder.VectorLock(), VectorStatus: w.Folder.StateFile("vectors"), Release: w.releaseToEmbedder(),
	}
	if tok, maxTokens, err := w.tokenizer(); err == nil {
		opts.Count, opts.MaxTokens = tok.Count, maxTokens
	} else {
		log.Warn("No tokenizer, counting words instead", zap.Error(err))
	}
	return opts
}

// fetchModel gets runtime and model at the first use of a plain build, with progress, before chunks are cut: they are
// measured by the model's own tokens. Without them the notes are indexed all the same, for keyword search.
func (w *Workspace) fetchModel(ctx context.Context) bool {
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

// FetchDefault gets the runtime and the default model into the user's own cache, with progress.
func (w *Workspace) FetchDefault(ctx context.Context) error {
	loc := w.Locator(nil)
	if _, err := loc.Runtime(ctx); err != nil {
		return err
	}
	_, err := loc.Model(ctx, models.DefaultName, models.Full)
	return err
}

// tokenizer loads the one of the embedding model, so that chunks fit the model.
func (w *Workspace) tokenizer() (*tokenizer.Tokenizer, int, error) {
	files, err := w.Locator(zap.NewNop()).FindTokenizer(w.Settings.Embeddings.Model, w.Settings.Embeddings.Precision)
	if err != nil {
		return nil, 0, err
	}
	tok, err := tokenizer.Load(files.TokenizerPath)
	return tok, files.Model.MaxTokens, err
}

// Vaults are the folders of the workspace whose notes are written for a tool.
func (w *Workspace) Vaults(ctx context.Context) ([]notes.Vault, error) {
	return ingest.Vaults(ctx, w.ingestOptions(nil, nil, nil))
}
