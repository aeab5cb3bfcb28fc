package cli

import (
	"context"
	"path/filepath"

	"amalfa/services/vector"
	"amalfa/store/cache"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

func (s *session) cachePath() string {
	return filepath.Join(s.places.Cache, "embeddings", "vectors.db")
}

func (s *session) openCache(ctx context.Context) (*cache.Cache, error) {
	return cache.Open(ctx, s.cachePath(), cache.Options{MaxBytes: int64(s.settings.Cache.MaxBytes)})
}

// embeddingCache opens the vectors that all workspaces share. Without it
// everything works, only slower, so an error is logged and no more.
func (s *session) embeddingCache(ctx context.Context, log *zap.Logger) (vector.Cache, func() error) {
	if s.settings.Cache.MaxBytes == 0 {
		return nil, func() error { return nil }
	}
	c, err := s.openCache(ctx)
	if err != nil {
		log.Warn("Embedding cache is not used", zap.Error(err))
		return nil, func() error { return nil }
	}
	return c, c.Close
}

func (a *app) cacheCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	const about = "Vectors of texts that were embedded before are kept for all workspaces of this\nmachine, under digests: no text is in there. cache.maxBytes bounds them.\n\n"
	status := checked(arguments(0, 0, ""), a.cacheStatus)
	group := a.group(cli.Command{Name: "cache", Category: categoryModels, Usage: "the vectors that are kept for all workspaces", Description: about + codes}, status)
	group.Commands = []*cli.Command{
		a.command(cli.Command{Name: "status", Usage: "how many there are (also without a word)", Description: codes, Action: status}),
		a.command(cli.Command{Name: "clear", Usage: "forget them all", Description: codes, Action: checked(arguments(0, 0, ""), a.cacheClear)}),
	}
	return group
}

// A cacheAnswer is `cache status --json`.
type cacheAnswer struct {
	Path     string `json:"path"`
	Vectors  int64  `json:"vectors"`
	Bytes    int64  `json:"bytes"`
	MaxBytes int64  `json:"maxBytes"`
}

func (a *app) cacheStatus(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	n, err := s.cacheStats(ctx)
	if err != nil {
		return err
	}
	ans := cacheAnswer{s.cachePath(), n.Entries, n.Bytes, int64(s.settings.Cache.MaxBytes)}
	return a.print(c, ans, func() {
		a.line("%s, %s of %s, in %s", count(int(ans.Vectors), "vector"), megabytes(ans.Bytes), megabytes(ans.MaxBytes), ans.Path)
	})
}

// cacheStats looks without making a cache where there is none.
func (s *session) cacheStats(ctx context.Context) (cache.Stats, error) {
	if !exists(s.cachePath()) {
		return cache.Stats{}, nil
	}
	kept, err := s.openCache(ctx)
	if err != nil {
		return cache.Stats{}, err
	}
	defer kept.Close()
	return kept.Stats(ctx)
}

func (a *app) cacheClear(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	n, err := s.cacheStats(ctx)
	if err != nil {
		return err
	}
	if exists(s.cachePath()) {
		kept, err := s.openCache(ctx)
		if err != nil {
			return err
		}
		defer kept.Close()
		if err := kept.Clear(ctx); err != nil {
			return err
		}
	}
	return a.print(c, map[string]int64{"cleared": n.Entries}, func() { a.line("%s forgotten", count(int(n.Entries), "vector")) })
}
