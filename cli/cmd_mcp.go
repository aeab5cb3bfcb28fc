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
	serve := with(a, mcpFlags(svc), (*session).serveMCP)
	verb := func(name, usage string, action cli.ActionFunc) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	refuse := func(_ context.Context, c *cli.Command) error {
		return usageError(svc.Name+" is started by your client, over stdio", `"amalfa setup-mcp" prints the entry for it; "amalfa stop-all --all" ends running ones`)
	}
	group := a.group(cli.Command{Name: svc.Name, Category: categoryServices, Usage: svc.Summary, Flags: mcpSessionFlags(), Description: codes}, serve)
	group.Commands = []*cli.Command{
		a.serveCommand("serve standard input and output (also without a word)", svc),
		verb("status", "count the running ones", with(a, serviceFlags(svc), (*session).status)),
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

func mcpSessionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "profile", Local: true, Usage: "`SET` of tools: standard, full (with your setting mcp.write: also what changes notes), or openai (search and fetch)"},
		&cli.StringSliceFlag{Name: "workspace", Local: true, Usage: "let agents read these workspaces, too, each by its `NAME` or path, or all"},
	}
}

func (a *program) serveCommand(usage string, svc registry.Service) *cli.Command {
	return a.command(cli.Command{
		Name: "serve", Usage: usage, ArgsUsage: "[ADDR]",
		UsageText: "amalfa serve\namalfa serve --http\namalfa serve --http 127.0.0.1:4000",
		Flags:     append(mcpSessionFlags(), &cli.BoolFlag{Name: "http", Usage: "answer over HTTP at ADDR instead (default " + app.DefaultMCPAddress + ")"}),
		Description: "Over HTTP, only programs of this user are answered, or those with the token that\nthe record in .amalfa/runtime holds. An ADDR that other machines reach needs a\ntoken always: AMALFA_MCP_TOKEN, or one that is made and printed. There is no\nencryption: put a proxy with TLS in front of that. Once \"amalfa token create\" has\nmade a token, or mcp.auth.issuer names who does, every request needs one.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 1, ""), func(ctx context.Context, c *cli.Command) error {
			if c.Args().Present() && !c.Bool("http") {
				return arguments(0, 0, "")(ctx, c)
			}
			return with(a, mcpFlags(svc), (*session).serveMCP)(ctx, c)
		}),
	})
}

type mcpOptions struct {
	Service registry.Service
	app.MCPSession
	HTTP    bool
	Address string // over HTTP; "" for the default
}

func mcpFlags(svc registry.Service) func(*cli.Command) mcpOptions {
	return func(c *cli.Command) mcpOptions {
		return mcpOptions{svc, app.MCPSession{Profile: c.String("profile"), Workspaces: c.StringSlice("workspace")}, c.Bool("http"), c.Args().First()}
	}
}

// serveMCP answers one client on standard input and output, until its input
// ends, it hangs up, or it dies; or any number over HTTP.
func (s *session) serveMCP(ctx context.Context, o mcpOptions) error {
	out := s.out
	if !o.HTTP {
		os.Stdout = os.Stderr // nothing but protocol may reach the client
	}
	if o.HTTP {
		return s.ServeMCPOverHTTP(ctx, o.Service, app.MCPOverHTTP{Address: o.Address, MCPSession: o.MCPSession, Listening: s.tellURL, SkipDrain: s.ending.drained()})
	}
	return s.ServeMCP(ctx, o.Service, o.MCPSession, s.in, out)
}

// A servingAnswer is the one line that `serve --http` prints.
type servingAnswer struct {
	URL   string  `json:"url"`
	Token *string `json:"token"`
}

func (a *program) tellURL(url string, token *string) error {
	return a.print(servingAnswer{url, token}, func() {
		a.line("%s", url)
		if token != nil {
			a.line("Authorization: Bearer %s", *token)
		}
		a.aside("Ctrl-C stops it")
	})
}
