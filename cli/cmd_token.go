package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) tokenCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	list := plain(a, (*session).listTokens)
	group := a.group(cli.Command{
		Name: "token", Category: categoryServices, Usage: "who may ask serve --http: tokens, one a person",
		UsageText: "amalfa token create ada\namalfa token create ada --write --workspace all\namalfa token list\namalfa token revoke ada",
		Description: "A token is shown once, when it is made; its SHA-256 is kept in tokens.json of the state folder. As soon as there is one, every\n" +
			"request to a serve --http that is started from then on needs one, on this machine too. What people write is told in\n" +
			"audit.jsonl there: who, tool and note.\n\n" + codes,
	}, list)
	group.Commands = []*cli.Command{
		a.command(cli.Command{
			Name: "create", Usage: "make a token for a person", ArgsUsage: "NAME", UsageText: "amalfa token create ada\namalfa token create ada --write --workspace ../docs",
			Flags: []cli.Flag{
				&cli.BoolFlag{Name: "read", Usage: "for reading (without a word too)"},
				&cli.BoolFlag{Name: "write", Usage: "also for the tools that change notes, where serve has them (--profile full, mcp.write)"},
				&cli.StringSliceFlag{Name: "workspace", Usage: "for the workspace at `FOLDER`, again for more, or for all; without it this one"},
			},
			Description: codes,
			Action: checked(arguments(1, 1, "a NAME, as ada"), with(a, func(c *cli.Command) tokenOptions {
				return tokenOptions{c.Args().First(), c.Bool("read"), c.Bool("write"), c.StringSlice("workspace")}
			}, (*session).createToken)),
		}),
		a.command(cli.Command{Name: "list", Usage: "list them, and what each is for (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		a.command(cli.Command{
			Name: "revoke", Usage: "end a person's token, for running servers too", ArgsUsage: "NAME", UsageText: "amalfa token revoke ada", Description: codes,
			Action: checked(arguments(1, 1, "a NAME, as ada"), with(a, func(c *cli.Command) tokenOptions { return tokenOptions{Name: c.Args().First()} }, (*session).revokeToken)),
		}),
	}
	return group
}

type tokenOptions struct {
	Name        string
	Read, Write bool
	Workspaces  []string
}

// A tokenRow is one token in `token list --json`; Token is there once, when it is made.
type tokenRow struct {
	Name       string     `json:"name"`
	Write      bool       `json:"write"`
	Workspaces []string   `json:"workspaces"` // folders, or "*"
	Created    time.Time  `json:"created"`
	Revoked    *time.Time `json:"revoked"`
}

func newTokenRow(t app.Token) tokenRow {
	return tokenRow{t.Name, t.Write, t.Workspaces, t.Created, t.Revoked}
}

func (s *session) createToken(ctx context.Context, o tokenOptions) error {
	if o.Read && o.Write {
		return usageError("--read and --write exclude each other", "--write may read as well")
	}
	secret, folders, err := s.CreateToken(ctx, o.Name, o.Write, o.Workspaces)
	if err != nil {
		return err
	}
	return s.print(map[string]any{"name": o.Name, "write": o.Write, "workspaces": folders, "token": secret}, func() {
		s.line("%s", secret)
		s.aside("%s's token, for %s; it is not shown again", o.Name, tokenFor(o.Write, folders))
		s.aside("a serve --http that runs on this machine alone has to be started again")
	})
}

// tokenFor says what a token is for.
func tokenFor(write bool, folders []string) string {
	what := "reading"
	if write {
		what = "reading and writing"
	}
	if slices.Contains(folders, "*") {
		return what + " all workspaces"
	}
	return what + " " + cleanLine(strings.Join(folders, ", "))
}

func (s *session) listTokens(context.Context) error {
	all, err := s.Tokens()
	if err != nil {
		return err
	}
	rows := []tokenRow{}
	for _, t := range all {
		rows = append(rows, newTokenRow(t))
	}
	return s.print(rows, func() {
		if len(rows) == 0 {
			s.line("nobody has a token; \"amalfa token create NAME\" makes one")
			return
		}
		table := [][]string{{"NAME", "FOR", "MADE", "REVOKED"}}
		for _, r := range rows {
			table = append(table, []string{r.Name, tokenFor(r.Write, r.Workspaces), r.Created.Local().Format(time.DateOnly), text(r.Revoked, func(t time.Time) string { return t.Local().Format(time.DateOnly) })})
		}
		s.table(table)
	})
}

func (s *session) revokeToken(ctx context.Context, o tokenOptions) error {
	if err := s.RevokeToken(ctx, o.Name); err != nil {
		return err
	}
	return s.print(map[string]any{"name": o.Name, "revoked": true}, func() { s.line("%s's token does not count any more", o.Name) })
}
