package app

import (
	"context"
	"time"

	"amalfa/ingest"
	"amalfa/services/watcher"
)

// modelWait is how long a saved note waits for a model that is still loading,
// before it can be found by its words alone: it shall be found within 3 s.
const modelWait = time.Second

// serveWatcher keeps the index fresh. It makes an index where there is none.
func serveWatcher(ctx context.Context, v *serving) error {
	st, err := v.WriteIndex(ctx, true)
	if err != nil {
		return err
	}
	defer st.Close()
	emb := v.NewEmbedder(false)
	defer emb.Close()
	opts := v.IngestOptions(st, emb, v.log)
	opts.ModelWait = modelWait
	return watcher.Serve(ctx, watcher.Options{
		Root: v.Folder.Root,
		Ingest: func(ctx context.Context, paths []string) (ingest.Summary, error) {
			return ingest.Update(ctx, opts, paths)
		},
		Folders: func(ctx context.Context, below []string) ([]string, error) {
			return ingest.Folders(ctx, opts, below)
		},
		Full:       func(ctx context.Context) (ingest.Summary, error) { return ingest.Run(ctx, opts) },
		StatusFile: v.Folder.StateFile(v.svc.Name), Debounce: v.Settings.Watch.Debounce, Log: v.log,
	})
}
