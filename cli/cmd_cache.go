package cli

import (
	"context"

	"github.com/urfave/cli/v3"
)

func (a *program) cacheCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	const about = "Vectors of texts that were embedded before are kept for all workspaces of this\nmachine, under digests: no text is in there. cache.maxBytes bounds them.\n\n"
	status := checked(arguments(0, 0, ""), plain(a, (*session).cacheStatus))
	group := a.group(cli.Command{Name: "cache", Category: categoryModels, Usage: "the vectors that are kept for all workspaces", Description: about + codes}, status)
	group.Commands = []*cli.Command{
		a.command(cli.Command{Name: "status", Usage: "how many there are (also without a word)", Description: codes, Action: status}),
		a.command(cli.Command{Name: "clear", Usage: "forget them all", Description: codes, Action: checked(arguments(0, 0, ""), plain(a, (*session).cacheClear))}),
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

func (s *session) cacheStatus(ctx context.Context) error {
	n, err := s.CacheStats(ctx)
	if err != nil {
		return err
	}
	ans := cacheAnswer{s.CachePath(), n.Entries, n.Bytes, int64(s.Settings.Cache.MaxBytes)}
	return s.print(ans, func() {
		s.line("%s, %s of %s, in %s", count(int(ans.Vectors), "vector"), megabytes(ans.Bytes), megabytes(ans.MaxBytes), ans.Path)
	})
}

func (s *session) cacheClear(ctx context.Context) error {
	n, err := s.ClearCache(ctx)
	if err != nil {
		return err
	}
	return s.outcome(map[string]int64{"cleared": n}, func() { s.line("%s forgotten", count(int(n), "vector")) })
}
