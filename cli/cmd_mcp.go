package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services/mcp"
	"amalfa/services/mcp/scratchpad"
	"amalfa/services/mcp/stdio"
	"amalfa/store"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

// stdioCommands makes the commands of a service that its client starts: bare
// `amalfa mcp`, `amalfa mcp serve` and `amalfa serve` are the same thing.
func (a *app) stdioCommands(svc registry.Service) []*cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	serve := func(ctx context.Context, c *cli.Command) error { return a.serveMCP(ctx, c, svc) }
	verb := func(name, usage string, action cli.ActionFunc) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	refuse := func(_ context.Context, c *cli.Command) error {
		return &usageError{svc.Name + " is started by your client, over stdio", `"amalfa setup-mcp" prints the entry for it; "amalfa stop-all --all" ends running ones`}
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

func (a *app) serveCommand(usage string, svc registry.Service) *cli.Command {
	return a.command(cli.Command{
		Name: "serve", Usage: usage, ArgsUsage: "[ADDR]",
		UsageText: "amalfa serve\namalfa serve --http\namalfa serve --http 127.0.0.1:4000",
		Flags:     []cli.Flag{profileFlag(), &cli.BoolFlag{Name: "http", Usage: "answer over HTTP at ADDR instead (default " + defaultHTTP + ")"}},
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
func (a *app) serveMCP(ctx context.Context, c *cli.Command, svc registry.Service) error {
	out := os.Stdout
	os.Stdout = os.Stderr          // nothing but protocol may reach the client
	signal.Ignore(syscall.SIGPIPE) // a client that is gone ends a write, not this process
	s, err := a.open(c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	child, err := s.announceSession(svc)
	if err != nil {
		return err
	}
	defer child.Close()
	m, err := s.mcpServer(c)
	if err != nil {
		return err
	}
	defer m.Close()
	err = mcp.Serve(stdio.WatchParent(ctx), a.in, out, m.options)
	if ctx.Err() != nil {
		return nil // told to stop
	}
	return err
}

// announceSession takes this process's own record, so that `servers` counts it.
// In a workspace that cannot be written there is none.
func (s *session) announceSession(svc registry.Service) (*mcpRecord, error) {
	if s.ws.Ensure() != nil {
		return &mcpRecord{}, nil
	}
	sp := s.spec(svc)
	sp.Record = s.ws.SessionRecord(os.Getpid())
	child, err := daemon.Adopt(sp)
	if err != nil {
		return nil, fmt.Errorf("announce this session: %w", err)
	}
	return &mcpRecord{child}, nil
}

// An mcpRecord is the record of this process, or none.
type mcpRecord struct{ child *daemon.Child }

// Close removes the record; one that is left behind is swept by the next look.
func (r *mcpRecord) Close() {
	if r.child != nil {
		_ = r.child.Close()
	}
}

func (r *mcpRecord) publish(address, instance, token string) error {
	if r.child == nil {
		return nil
	}
	return r.child.Publish(address, instance, token)
}

// An mcpServer is what the tools work with. Nothing of it is loaded before a tool needs it.
type mcpServer struct {
	options mcp.Options
	emb     *embedder
	counter *lazyCounter
}

func (m *mcpServer) Close() error {
	m.counter.Close()
	return m.emb.Close()
}

func (s *session) mcpServer(c *cli.Command) (*mcpServer, error) {
	profile, err := mcp.ParseProfile(c.String("profile"))
	if err != nil {
		return nil, &usageError{err.Error(), "leave --profile out for the ten tools that read"}
	}
	pad := s.settings.Scratchpad
	m := &mcpServer{emb: s.embedder(false), counter: &lazyCounter{load: s.countTokens}}
	m.options = mcp.Options{
		Version: programVersion(), Root: s.ws.Root, Index: s.ws.DB(), Embedder: m.emb, Rerank: s.readyRerank(), Log: zap.NewNop(),
		Profile: profile, Write: s.settings.MCP.Write, Count: m.counter.count,
		Open: func(ctx context.Context) (store.Store, error) { return s.readIndex(ctx) },
		Lag: func(ctx context.Context) (int, error) {
			st, err := s.readIndex(ctx)
			if err != nil {
				return 0, err
			}
			n, err := s.lag(ctx, st)
			return n, errors.Join(err, st.Close())
		},
	}
	if profile == mcp.Full && !s.settings.MCP.Write {
		s.note("note: the tools that change notes stay away: set mcp.write in your own settings to have them")
	}
	if pad.Enabled {
		m.options.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: s.ws.Scratchpad(), MaxBytes: int64(pad.MaxCacheBytes), MaxAge: pad.MaxAge})
		m.options.ScratchpadAbove = pad.ThresholdBytes
	}
	return m, nil
}

func (s *session) countTokens() (func(string) int, error) {
	tok, _, err := s.tokenizer()
	if err != nil {
		return nil, err
	}
	return tok.Count, nil
}
