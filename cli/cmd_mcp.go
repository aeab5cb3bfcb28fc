package cli

import (
	"context"
	"os"

	"amalfa/app"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

// stdioCommands makes the commands of a service that its client starts: bare
// `amalfa mcp`, `amalfa mcp serve` and `amalfa serve` are the same thing.
func (a *program) stdioCommands(svc registry.Service) []*cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	serve := func(ctx context.Context, c *cli.Command) error { return a.serveMCP(ctx, c, svc) }
	verb := func(name, usage string, action cli.ActionFunc) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	refuse := func(_ context.Context, c *cli.Command) error {
		return usageError(svc.Name+" is started by your client, over stdio", `"amalfa setup-mcp" prints the entry for it; "amalfa stop-all --all" ends running ones`)
	}
	group := a.group(cli.Command{Name: svc.Name, Category: categoryServices, Usage: svc.Summary, Flags: []cli.Flag{profileFlag()}, Description: codes}, serve)
	group.Commands = []*cli.Command{
		a.serveCommand("serve standard input and output (also without a word)", svc),
		verb("status", "count the running ones", func(ctx context.Context, c *cli.Command) error { return a.status(ctx, c, svc) }),
	}
	for _, name := range []string{"start", "stop", "restart"} {
		cmd := verb(name, "not for "+svc.Name+": its client starts and ends it", refuse)
		cmd.Hidden = true
		group.Commands = append(group.Commands, cmd)
	}
	top := a.serveCommand("the same as \"amalfa mcp\": what an agent's client starts", svc)
	top.Category = categoryServices
	return []*cli.Command{group, top}
}

func profileFlag() cli.Flag {
	return &cli.StringFlag{Name: "profile", Local: true, Usage: "`SET` of tools: standard, full (with your setting mcp.write: also what changes notes), or openai (search and fetch)"}
}

func (a *program) serveCommand(usage string, svc registry.Service) *cli.Command {
	return a.command(cli.Command{
		Name: "serve", Usage: usage, ArgsUsage: "[ADDR]",
		UsageText: "amalfa serve\namalfa serve --http\namalfa serve --http 127.0.0.1:4000",
		Flags:     []cli.Flag{profileFlag(), &cli.BoolFlag{Name: "http", Usage: "answer over HTTP at ADDR instead (default " + app.DefaultMCPAddress + ")"}},
		Description: "Over HTTP, only programs of this user are answered, or those with the token that\nthe record in .amalfa/runtime holds. An ADDR that other machines reach needs a\ntoken always: AMALFA_MCP_TOKEN, or one that is made and printed. There is no\nencryption: put a proxy with TLS in front of that.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 1, ""), func(ctx context.Context, c *cli.Command) error {
			switch {
			case c.Bool("http"):
				return a.serveMCPOverHTTP(ctx, c, svc)
			case c.Args().Present():
				return arguments(0, 0, "")(ctx, c)
			}
			return a.serveMCP(ctx, c, svc)
		}),
	})
}

// serveMCP answers one client on standard input and output, until its input
// ends, it hangs up, or it dies.
func (a *program) serveMCP(ctx context.Context, c *cli.Command, svc registry.Service) error {
	out := os.Stdout
	os.Stdout = os.Stderr // nothing but protocol may reach the client
	s, err := a.open(c)
	if err != nil {
		return err
	}
	return s.ServeMCP(ctx, svc, c.String("profile"), a.in, out)
}

// A servingAnswer is the one line that `serve --http` prints.
type servingAnswer struct {
	URL   string  `json:"url"`
	Token *string `json:"token"`
}

func (a *program) serveMCPOverHTTP(ctx context.Context, c *cli.Command, svc registry.Service) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	return s.ServeMCPOverHTTP(ctx, svc, app.MCPOverHTTP{
		Address: c.Args().First(), Profile: c.String("profile"),
		Listening: func(url string, token *string) error {
			return a.print(c, servingAnswer{url, token}, func() {
				a.line("%s", url)
				if token != nil {
					a.line("Authorization: Bearer %s", *token)
				}
				a.note("Ctrl-C stops it")
			})
		},
	})
}
