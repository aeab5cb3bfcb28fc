package app

import (
	"context"

	"amalfa/ingest"
	"amalfa/notes/files"
	"amalfa/search"
	"amalfa/services/sonar"
	"amalfa/store"
	"amalfa/tokenizer"

	"go.uber.org/zap"
)

// serveSonar runs the LLM proxy over the workspace's notes. Without a provider
// it runs degraded; without an index it answers from the model alone.
func serveSonar(ctx context.Context, v *serving) error {
	cfg, err := v.sonarConfig()
	if err != nil {
		return err
	}
	emb := v.NewEmbedder(false)
	defer emb.Close()
	fresh := freshSearcher{v.Workspace, emb}
	set := v.Settings.Sonar.Tasks
	return sonar.Serve(ctx, v.server, sonar.Options{
		Config: cfg, Log: v.log, Search: fresh, Notes: fresh.countNotes, Rerank: v.ReadyRerank(), Index: func(ctx context.Context) (store.Store, error) { return v.ReadIndex(ctx) }, SuperNode: v.Settings.Graph.SuperNodeThreshold, Count: tokenizer.Estimate, Consent: v.consent(), Score: emb.scorer(), Meter: v.meter(cfg), Archive: v.Archive(), Beside: v.workOnTasks(), Trace: v.keepTrace,
		Metadata: sonar.Metadata{Off: !set.Metadata, Limit: set.MetadataTimeout, Batch: set.BatchSize, Visible: ingest.NewReader().Visible},
	}, v.listeners...)
}

// A freshSearcher opens the index for each question, so that a daemon never holds one that was deleted or rebuilt meanwhile.
type freshSearcher struct {
	w   *Workspace
	emb *Embedder
}

func (f freshSearcher) countNotes(ctx context.Context) (int, error) {
	st, err := f.w.ReadIndex(ctx)
	if err != nil {
		return 0, err
	}
	defer st.Close()
	stats, err := st.Stats(ctx)
	return stats.Notes, err
}

// Search implements sonar.Searcher.
func (f freshSearcher) Search(ctx context.Context, q search.Query) (search.Answer, error) {
	st, err := f.w.ReadIndex(ctx)
	if err != nil {
		return search.Answer{}, err
	}
	defer st.Close()
	found, err := search.New(st, f.emb, zap.NewNop()).Search(ctx, q)
	if err != nil {
		return found, err
	}
	found.Contexts = files.Contexts(f.w.Folder.Root, idsOf(found.Results))
	return found, nil
}
