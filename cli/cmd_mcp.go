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
	group := a.group(cli.Command{Name: svc.Name, Category: categoryServices, Usage: svc.Summary, Description: codes}, serve)
	group.Commands = []*cli.Command{
		verb("serve", "serve standard input and output (also without a word)", serve),
		verb("status", "count the running ones", func(ctx context.Context, c *cli.Command) error { return a.status(ctx, c, svc) }),
	}
	for _, name := range []string{"start", "stop", "restart"} {
		cmd := verb(name, "not for "+svc.Name+": its client starts and ends it", refuse)
		cmd.Hidden = true
		group.Commands = append(group.Commands, cmd)
	}
	top := verb("serve", "the same as \"amalfa mcp\": what an agent's client starts", serve)
	top.Category = categoryServices
	return []*cli.Command{group, top}
}

// serveMCP answers one client on standard input and output, until its input
// ends, it hangs up, or it dies.
func (a *app) serveMCP(ctx context.Context, c *cli.Command, svc registry.Service) error {
	out := os.Stdout
	os.Stdout = os.Stderr // nothing but protocol may reach the client
	s, err := a.open(c)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	release, err := s.announceSession(svc)
	if err != nil {
		return err
	}
	defer release()
	emb := s.embedder(false)
	defer emb.Close()
	err = mcp.Serve(stdio.WatchParent(ctx), a.in, out, s.mcpOptions(emb))
	if ctx.Err() != nil {
		return nil // told to stop
	}
	return err
}

// announceSession takes this process's own record, so that `servers` counts it.
// In a workspace that cannot be written there is none.
func (s *session) announceSession(svc registry.Service) (release func(), err error) {
	if s.ws.Ensure() != nil {
		return func() {}, nil
	}
	sp := s.spec(svc)
	sp.Record = s.ws.SessionRecord(os.Getpid())
	child, err := daemon.Adopt(sp)
	if err != nil {
		return nil, fmt.Errorf("announce this session: %w", err)
	}
	return func() { _ = child.Close() }, nil // a record left behind is swept by the next look
}

func (s *session) mcpOptions(emb *embedder) mcp.Options {
	pad := s.settings.Scratchpad
	o := mcp.Options{
		Version: programVersion(), Root: s.ws.Root, Index: s.ws.DB(), Embedder: emb, Log: zap.NewNop(),
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
	if pad.Enabled {
		o.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: s.ws.Scratchpad(), MaxBytes: int64(pad.MaxCacheBytes), MaxAge: pad.MaxAge})
		o.ScratchpadAbove = pad.ThresholdBytes
	}
	return o
}
