package cli

import (
	"context"
	"errors"
	"fmt"
	"path"

	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// welcome is bare `amalfa`: what a newcomer needs, or where this folder stands.
func (s *session) welcome(ctx context.Context) error {
	st, err := s.ReadIndex(ctx)
	if errors.Is(err, store.ErrNoIndex) {
		s.line("amalfa keeps a local memory of a folder of notes. Nothing leaves this computer.")
		s.line("")
		root := s.Folder.Root
		if s.Folder.IsNowhere() {
			root = "a folder (this one no longer exists)"
		}
		s.line("  amalfa init              index the notes in %s", root)
		s.line("  amalfa search QUESTION   ask them")
		s.line("  amalfa demo              see it work on notes that come with it")
		s.line("  amalfa --help            everything else")
		return nil
	}
	if err != nil {
		return err
	}
	defer st.Close()
	n, err := st.Stats(ctx)
	if err != nil {
		return err
	}
	s.line("%s: %s, %s, %s", s.Folder.Root, count(n.Notes, "note"), count(n.Chunks, "chunk"), count(n.Edges, "link"))
	s.line("")
	s.line("  amalfa search QUESTION   ask them")
	s.line("  amalfa init              bring the index up to date")
	s.line("  amalfa servers           the services")
	s.line("  amalfa --help            everything else")
	return nil
}

// A statsAnswer is `stats --json`.
type statsAnswer struct {
	Notes    int      `json:"notes"`
	Chunks   int      `json:"chunks"`
	Edges    int      `json:"edges"`
	Tags     int      `json:"tags"`
	Broken   int      `json:"brokenLinks"`
	Vectors  int      `json:"vectors"`    // passages that have one of the model
	Dim      *int     `json:"dimensions"` // of a vector; null without a model
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
		vectors, err := st.CountVectors(ctx, n.Model.Digest)
		if err != nil {
			return err
		}
		ans := statsAnswer{n.Notes, n.Chunks, n.Edges, n.Tags, n.Broken, vectors, dimensions(n.Model), n.Bytes, modelName(n.Model), indexLag{lag}}
		return s.print(ans, func() {
			s.table([][]string{
				{"INDEX", s.Relative(s.Folder.DB())},
				{"Notes", count(n.Notes, "note")}, {"Passages", count(n.Chunks, "chunk")},
				{"Links", fmt.Sprintf("%s, %d broken", count(n.Edges, "edge"), n.Broken)}, {"Tags", count(n.Tags, "tag")},
				{"Vectors", fmt.Sprintf("%d of %d passages", vectors, n.Chunks)},
				{"Size", megabytes(n.Bytes)}, {"Model", orDash(n.Model.Name)},
				{"Behind", count(lag, "file") + " changed on disk"},
			})
		})
	})
}

func dimensions(m store.Model) *int {
	if m.Dim == 0 {
		return nil
	}
	return &m.Dim
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

// A sourcesAnswer is `list-sources --json`.
type sourcesAnswer struct {
	Sources         []string      `json:"sources"`
	ExcludePatterns []string      `json:"excludePatterns"`
	Vaults          []vaultAnswer `json:"vaults"`
}

// A vaultAnswer is a folder whose notes are written for a tool.
type vaultAnswer struct {
	Folder  string `json:"folder"` // "." is the workspace
	Dialect string `json:"dialect"`
}

func (s *session) listSources(ctx context.Context) error {
	vaults, err := s.Vaults(ctx)
	if err != nil {
		return err
	}
	ans := sourcesAnswer{s.Settings.Sources, s.Settings.ExcludePatterns, []vaultAnswer{}}
	for _, v := range vaults {
		ans.Vaults = append(ans.Vaults, vaultAnswer{path.Join(".", v.Root), v.Dialect.String()})
	}
	return s.print(ans, func() {
		for _, source := range ans.Sources {
			s.line("%s", source)
		}
		for _, p := range ans.ExcludePatterns {
			s.line("not %s", p)
		}
		for _, v := range ans.Vaults {
			s.line("%s is written for %s", v.Folder, v.Dialect)
		}
	})
}
