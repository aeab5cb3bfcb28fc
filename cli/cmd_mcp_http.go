package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/mcp"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

// defaultHTTP is where `serve --http` listens: behind the ports of the other services.
const defaultHTTP = "127.0.0.1:3015"

// serveMCPOverHTTP answers any number of clients until it is told to stop.
func (a *app) serveMCPOverHTTP(ctx context.Context, c *cli.Command, svc registry.Service) error {
	at, err := httpAddress(c.Args().First())
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE)
	s, err := a.open(c)
	if err != nil {
		return err
	}
	m, err := s.mcpServer(c)
	if err != nil {
		return err
	}
	defer m.Close()
	ctx, drain, stop := daemon.Signals(context.WithoutCancel(ctx))
	defer stop()
	record, err := s.announceSession(svc)
	if err != nil {
		return err
	}
	defer record.Close()
	if !at.Addr().IsLoopback() {
		return s.serveWide(ctx, c, at, m)
	}
	ls, err := daemon.Listen(ctx, daemon.ListenOptions{Service: svc, Port: int(at.Port()), Explicit: true})
	if err != nil {
		return err
	}
	instance, token := rand.Text(), rand.Text()
	srv := services.New(services.Info{Service: svc.Name, Instance: instance, Version: programVersion(), Workspace: s.ws.Root},
		services.Options{Log: zap.NewNop(), Origins: s.settings.Origins, Token: token, SameUser: true})
	context.AfterFunc(drain, srv.Cut)
	if err := record.publish(ls[0].Addr().String(), instance, token); err != nil {
		return err
	}
	if err := s.tellURL(c, ls[0].Addr(), nil); err != nil {
		return err
	}
	return mcp.ServeHTTP(ctx, srv, m.options, drainTime, ls...)
}

// serveWide answers other machines too, which have to bring a token.
func (s *session) serveWide(ctx context.Context, c *cli.Command, at netip.AddrPort, m *mcpServer) error {
	token, made := s.env.Getenv("AMALFA_MCP_TOKEN"), (*string)(nil)
	if token == "" {
		token = rand.Text()
		made = &token
	}
	network := "tcp"
	if at.Addr().Is4() {
		network = "tcp4" // 0.0.0.0 is not [::]
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, network, at.String())
	if err != nil {
		return err
	}
	if err := s.tellURL(c, ln.Addr(), made); err != nil {
		return err
	}
	return mcp.ServeWide(ctx, m.options, token, drainTime, ln)
}

// A servingAnswer is the one line that `serve --http` prints.
type servingAnswer struct {
	URL   string  `json:"url"`
	Token *string `json:"token"`
}

func (s *session) tellURL(c *cli.Command, at net.Addr, token *string) error {
	ans := servingAnswer{URL: "http://" + at.String() + mcp.Path, Token: token}
	return s.print(c, ans, func() {
		s.line("%s", ans.URL)
		if token != nil {
			s.line("Authorization: Bearer %s", *token)
		}
		s.note("Ctrl-C stops it")
	})
}

// httpAddress reads ADDR: an address with a port, or a port of this machine alone.
func httpAddress(text string) (netip.AddrPort, error) {
	if text == "" {
		text = defaultHTTP
	}
	if _, err := strconv.Atoi(text); err == nil {
		text = "127.0.0.1:" + text
	}
	if port, ok := strings.CutPrefix(text, "localhost:"); ok {
		text = "127.0.0.1:" + port
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		return at, &usageError{fmt.Sprintf("ADDR is an address and a port, not %q", text), "for example 127.0.0.1:4000, or 0.0.0.0:4000 for other machines too"}
	}
	return at, nil
}
