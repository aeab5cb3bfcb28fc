package cli

import (
	"context"
	"path"

	"github.com/urfave/cli/v3"
)

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
