package cli

import (
	"context"

	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A statsAnswer is `stats --json`.
type statsAnswer struct {
	Notes    int      `json:"notes"`
	Chunks   int      `json:"chunks"`
	Edges    int      `json:"edges"`
	Tags     int      `json:"tags"`
	DBBytes  int64    `json:"dbBytes"`
	Model    *string  `json:"model"`
	IndexLag indexLag `json:"indexLag"`
}

func (a *program) statsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "stats", Category: categoryMemory, Usage: "count what the index holds",
		Description: codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(0, 0, ""), plain(a, (*session).stats)),
	})
}

func (s *session) stats(ctx context.Context) error {
	return s.withIndex(ctx, func(st store.Store) error {
		n, err := st.Stats(ctx)
		if err != nil {
			return err
		}
		lag, err := s.Lag(ctx, st)
		if err != nil {
			return err
		}
		ans := statsAnswer{n.Notes, n.Chunks, n.Edges, n.Tags, n.Bytes, modelName(n.Model), indexLag{lag}}
		return s.print(ans, func() {
			s.table([][]string{
				{"INDEX", s.Relative(s.Folder.DB())},
				{"Notes", count(n.Notes, "note")}, {"Passages", count(n.Chunks, "chunk")},
				{"Links", count(n.Edges, "edge")}, {"Tags", count(n.Tags, "tag")},
				{"Size", megabytes(n.Bytes)}, {"Model", orDash(n.Model.Name)},
				{"Behind", count(lag, "file") + " changed on disk"},
			})
		})
	})
}

func modelName(m store.Model) *string {
	if m.Name == "" {
		return nil
	}
	return &m.Name
}

func (a *program) listSourcesCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "list-sources", Category: categoryMemory, Usage: "print what is indexed, and what is left out",
		Description: codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(0, 0, ""), plain(a, (*session).listSources)),
	})
}

func (s *session) listSources(context.Context) error {
	ans := map[string][]string{"sources": s.Settings.Sources, "excludePatterns": s.Settings.ExcludePatterns}
	return s.print(ans, func() {
		for _, source := range s.Settings.Sources {
			s.line("%s", source)
		}
		for _, p := range s.Settings.ExcludePatterns {
			s.line("not %s", p)
		}
	})
}
