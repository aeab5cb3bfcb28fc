package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/services"
	"amalfa/services/access"
	"amalfa/services/mcp"

	"go.uber.org/zap"
)

// DefaultMCPAddress is where `serve --http` listens: behind the ports of the other services.
const DefaultMCPAddress = "127.0.0.1:3015"

// MCPOverHTTP says where clients are answered over HTTP, and with what.
type MCPOverHTTP struct {
	Address string // an address with a port, or a port of this machine alone; "" is DefaultMCPAddress
	MCPSession
	// Listening is told once where it listens. The token is nil where the program or the record has it already.
	Listening func(url string, token *string) error
	SkipDrain context.Context // ends when it shall not finish what it has begun
}

// ServeMCPOverHTTP answers any number of clients until it is told to stop.
func (w *Workspace) ServeMCPOverHTTP(ctx context.Context, svc registry.Service, o MCPOverHTTP) error {
	at, err := httpAddress(o.Address)
	if err != nil {
		return err
	}
	m, err := w.mcpSession(ctx, o.MCPSession)
	if err != nil {
		return err
	}
	defer m.Close()
	who, err := w.people(ctx)
	if err != nil {
		return err
	}
	defer who.Close()
	door, team, err := w.door(ctx, who, m.served)
	if err != nil {
		return err
	}
	if given := door.Token; given != "" && len(given) < mcp.MinToken && (team || !at.Addr().IsLoopback()) {
		return &UsageError{fmt.Sprintf("AMALFA_MCP_TOKEN has %d bytes; other machines must bring at least %d", len(door.Token), mcp.MinToken),
			"unset it, and a token is made and printed"}
	}
	record, err := w.announceSession(ctx, svc)
	if err != nil {
		return err
	}
	defer record.Close()
	defer w.watchWithAgents(ctx, &m.options)()
	m.options.Audit = w.auditTo(who, m.served[0])
	if team || !at.Addr().IsLoopback() {
		return w.serveWide(ctx, at, door, team, m, o)
	}
	ls, err := daemon.Listen(ctx, daemon.ListenOptions{Port: int(at.Port())})
	if err != nil {
		return err
	}
	instance, token := rand.Text(), rand.Text()
	srv := services.New(services.Info{Service: svc.Name, Instance: instance, Version: Version(), Workspace: w.Folder.Root},
		services.Options{Log: zap.NewNop(), Origins: w.Settings.Origins, Hosts: w.Settings.Hosts, Token: token, SameUser: true})
	srv.Gauges(w.indexGauges)
	context.AfterFunc(o.SkipDrain, srv.Abort)
	if err := record.publish(ls[0].Addr().String(), instance, token); err != nil {
		return err
	}
	if err := o.Listening(mcpURL(ls[0].Addr()), nil); err != nil {
		return err
	}
	return mcp.ServeHTTP(ctx, srv, m.options, lifecycle.Drain, ls...)
}

// serveWide answers other machines too, and people by their tokens: every request has to bring one. Where nobody has one, one is made.
func (w *Workspace) serveWide(ctx context.Context, at netip.AddrPort, door *access.Door, team bool, m *mcpServer, o MCPOverHTTP) error {
	var made *string
	if door.Token == "" && !team {
		door.Token = rand.Text()
		made = &door.Token
	}
	network := "tcp"
	if at.Addr().Is4() {
		network = "tcp4" // 0.0.0.0 is not [::]
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, network, at.String())
	if err != nil {
		return err
	}
	if err := o.Listening(mcpURL(ln.Addr()), made); err != nil {
		return err
	}
	return mcp.ServeWide(ctx, o.SkipDrain, m.options, door, lifecycle.Drain, ln)
}

func mcpURL(at net.Addr) string { return "http://" + at.String() + mcp.Path }

// httpAddress reads an address with a port, or a port of this machine alone.
func httpAddress(text string) (netip.AddrPort, error) {
	if text == "" {
		text = DefaultMCPAddress
	}
	if _, err := strconv.Atoi(text); err == nil {
		text = "127.0.0.1:" + text
	}
	if port, ok := strings.CutPrefix(text, "localhost:"); ok {
		text = "127.0.0.1:" + port
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		return at, &UsageError{fmt.Sprintf("ADDR is an address and a port, not %q", text), "for example 127.0.0.1:4000, or 0.0.0.0:4000 for other machines too"}
	}
	return at, nil
}
