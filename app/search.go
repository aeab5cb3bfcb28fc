package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"amalfa/ingest"
	"amalfa/notes"
	"amalfa/search"
	"amalfa/store"
)

// Ways of a search to a reranker.
const (
	RerankReady  = iota // ask the one that is ready, if any: nobody waits for one that nobody asked for
	RerankAlways        // start it if need be
	RerankNever
)

// SearchOptions are a question and what answers it.
type SearchOptions struct {
	search.Query                // its Rerank is made of the next two
	Reranker     int            // RerankReady, RerankAlways or RerankNever
	Budget       *time.Duration // of reranking; nil for the settings', 0 for as long as it takes
	NoDaemon     bool           // load the model in this process
	Pack         *PackOptions   // nil for none
	NoStages     bool           // leave the language model out, whatever the settings say
}

// PackOptions say how much evidence is packed together.
type PackOptions struct {
	Budget        int                        // in tokens of the model
	Render        func(search.Piece) string  // a piece as it will be shown
	RenderContext func(notes.Context) string // what a folder says, as it will be shown
}

// Found is the answer to a question.
type Found struct {
	search.Answer
	Lag       Lag
	Took      time.Duration
	Pack      search.Pack
	Stages    *SearchStages // what the language model had to say; nil where sonar.tasks.search.enabled is false
	Tokenizer string        // whose tokens the pack counts; a model's name, or an estimate

	Roots map[string]string // folders of the workspaces that were asked, by name; nil where it was this one alone
}

// Search answers a question from the index.
func (w *Workspace) Search(ctx context.Context, o SearchOptions) (found Found, err error) {
	for {
		found, err = w.searchOnce(ctx, o)
		if !errors.Is(err, store.ErrReplaced) || ctx.Err() != nil {
			return found, err
		}
	}
}

// searchOnce returns store.ErrReplaced where another index takes the place of this one before all is asked.
func (w *Workspace) searchOnce(ctx context.Context, o SearchOptions) (found Found, err error) {
	started := time.Now()
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return found, err
	}
	defer st.Close()
	if err := w.needModelFor(o.Query.Mode); err != nil {
		return found, err
	}
	emb := w.NewEmbedder(o.NoDaemon)
	defer emb.Close()
	q, skipped := o.Query, ""
	if q.Rerank, skipped = w.ranking(ctx, o); ctx.Err() != nil {
		return found, ctx.Err()
	}
	if err := w.answer(ctx, st, emb, q, &found); err != nil {
		return found, err
	}
	if skipped != "" {
		found.Degraded = append(found.Degraded, skipped)
	}
	if !o.NoStages {
		w.think(ctx, &found)
	}
	if ctx.Err() != nil {
		return found, ctx.Err()
	}
	found.Took = time.Since(started)
	return found, w.tell(ctx, st, &found, o.Pack)
}

// ranking says how a search is ranked anew, and why not where that is worth saying.
func (w *Workspace) ranking(ctx context.Context, o SearchOptions) (r search.Rerank, skipped string) {
	r = w.ReadyRerank()
	if o.Budget != nil {
		r.Budget = *o.Budget
	}
	switch o.Reranker {
	case RerankNever:
		r.With = nil
	case RerankAlways:
		with, err := w.WarmReranker(ctx)
		if err != nil {
			r.With = nil
			return r, "reranking was skipped: " + err.Error()
		}
		r.With, r.Always = with, true
	}
	return r, ""
}

// answer answers a question and at the same time counts the files that the index does not hold yet.
func (w *Workspace) answer(ctx context.Context, st store.Store, emb search.Embedder, q search.Query, found *Found) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var lagErr error
	var beside sync.WaitGroup
	beside.Go(func() { found.Lag, lagErr = w.LagWithin(ctx, st, lagTime) })
	if found.Answer, err = search.New(st, emb, nil).ShowAs(ingest.NewReader().Visible).Search(ctx, q); err != nil {
		cancel() // nobody will read the count
	}
	beside.Wait()
	if err == nil {
		err = lagErr
	}
	return err
}

// WhyNot says at which stage a search lost a file, which may be named as a note is.
func (w *Workspace) WhyNot(ctx context.Context, file string, q search.Query, noDaemon bool) (v search.Verdict, err error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return v, err
	}
	defer st.Close()
	var many *store.AmbiguousError
	switch n, _, err := store.FindOne(ctx, st, w.Reference(file)); {
	case err == nil:
		file = n.ID
	case errors.As(err, &many):
		return v, &UsageError{many.Error(), many.Hint()}
	case !errors.Is(err, store.ErrNotFound): // a file that is not indexed has its reason
		return v, err
	}
	if err := w.needModelFor(q.Mode); err != nil {
		return v, err
	}
	emb := w.NewEmbedder(noDaemon)
	defer emb.Close()
	return search.New(st, emb, nil).WhyNot(ctx, file, q)
}

// SearchMode is the mode that was asked for, else the setting.
func (w *Workspace) SearchMode(asked *string) (string, error) {
	mode := w.Settings.Search.Mode
	if asked != nil {
		mode = *asked
	}
	if !slices.Contains([]string{search.Hybrid, search.Keyword, search.Vector}, mode) {
		return "", &UsageError{fmt.Sprintf("--mode has no %q", mode), "choose hybrid, keyword or vector"}
	}
	return mode, nil
}
