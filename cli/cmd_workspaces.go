package cli

import (
	"cmp"
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) workspacesCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "workspaces", Category: categoryMemory, Usage: "list your workspaces that have an index",
		UsageText: "amalfa workspaces\namalfa search --workspace all \"what did we decide\"",
		Description: "A workspace is called by its folder's name, and by as much of the path before it as tells it\nfrom the others; in a team's database by the name that machines share, whether or not its folder\nis here. \"amalfa search --workspace\" takes the names.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage),
		Action: checked(arguments(0, 0, ""), plain(a, (*session).workspaces)),
	})
}

// A workspacesAnswer is `workspaces --json`.
type workspacesAnswer struct {
	Workspaces []app.NamedWorkspace `json:"workspaces"`
}

func (s *session) workspaces(ctx context.Context) error {
	all, err := s.Workspaces(ctx)
	if err != nil {
		return err
	}
	ans := workspacesAnswer{append([]app.NamedWorkspace{}, all...)}
	return s.print(ans, func() {
		width := 0
		for _, n := range ans.Workspaces {
			width = max(width, len(n.Name))
		}
		for _, n := range ans.Workspaces {
			here := ""
			if n.Current {
				here = "  (here)"
			}
			s.line("%-*s  %s%s", width, cleanLine(n.Name), s.faint(cmp.Or(cleanLine(n.Path), "in the database")), here)
		}
		if len(ans.Workspaces) == 0 {
			s.aside("none has an index: run \"amalfa init\" in a folder of notes")
		}
	})
}
