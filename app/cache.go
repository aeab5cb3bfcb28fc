package app

import (
	"context"
	"path/filepath"

	"amalfa/daemon"
	"amalfa/inference/embed"
	"amalfa/store/cache"

	"go.uber.org/zap"
)

// CachePath is where the vectors lie that all workspaces of this user share.
func (w *Workspace) CachePath() string {
	return filepath.Join(w.Places.Cache, "embeddings", "vectors.db")
}

func (w *Workspace) openCache(ctx context.Context) (*cache.Cache, error) {
	return cache.Open(ctx, w.CachePath(), cache.Options{MaxBytes: int64(w.Settings.Cache.MaxBytes)})
}

// embeddingCache opens the vectors that all workspaces share. Without it
// everything works, only slower, so an error is logged and no more.
func (w *Workspace) embeddingCache(ctx context.Context, log *zap.Logger) (embed.Cache, func() error) {
	if w.Settings.Cache.MaxBytes == 0 {
		return nil, func() error { return nil }
	}
	c, err := w.openCache(ctx)
	if err != nil {
		log.Warn("Embedding cache is not used", zap.Error(err))
		return nil, func() error { return nil }
	}
	return c, c.Close
}

// CacheStats counts the shared vectors, and makes no cache where there is none.
func (w *Workspace) CacheStats(ctx context.Context) (cache.Stats, error) {
	if !daemon.Exists(w.CachePath()) {
		return cache.Stats{}, nil
	}
	kept, err := w.openCache(ctx)
	if err != nil {
		return cache.Stats{}, err
	}
	defer kept.Close()
	return kept.Stats(ctx)
}

// ClearCache forgets the shared vectors and returns how many there were.
func (w *Workspace) ClearCache(ctx context.Context) (int64, error) {
	n, err := w.CacheStats(ctx)
	if err != nil || !daemon.Exists(w.CachePath()) {
		return n.Entries, err
	}
	kept, err := w.openCache(ctx)
	if err != nil {
		return 0, err
	}
	defer kept.Close()
	return n.Entries, kept.Clear(ctx)
}
