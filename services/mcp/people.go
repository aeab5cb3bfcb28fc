package mcp

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"amalfa/services/access"

	"github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// people are those who ask a service that other machines reach. Who may do the same shares a server. Safe for concurrent use.
type people struct {
	o       Options
	streams context.Context // of changes; they end with it

	mu      sync.Mutex
	servers map[string]*Server // by what they offer
}

// handler answers requests that have passed a door.
func (p *people) handler() http.Handler {
	tell := func(_ context.Context, _ string, r *http.Request) (*auth.TokenInfo, error) {
		who := access.Who(r.Context())
		return &auth.TokenInfo{UserID: who.Name, Extra: map[string]any{"from": who.From}}, nil
	}
	named := auth.RequireBearerToken(tell, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true}) // the door has checked it
	return named(streamable(func(r *http.Request) *sdk.Server {
		who := access.Who(r.Context())
		return p.server(who.Write, who.Opens).sdk
	}))
}

// server offers what somebody may: tools that write, and those of the workspaces, in their order, that are open to them.
func (p *people) server(write bool, opens []bool) *Server {
	key := fmt.Sprint(write, opens)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.servers[key]
	if s == nil {
		s = New(p.o.only(write, opens))
		s.changes.streams = p.streams
		p.servers[key] = s
	}
	return s
}

// only is what is left of some options: the first workspace that is open and those beside it. Only one workspace can be written.
func (o Options) only(write bool, opens []bool) Options {
	var open []Options
	for i, one := range append([]Options{o}, o.Others...) {
		if opens[i] {
			one.Write, one.Profile, one.Others, one.Names = i == 0 && write && o.Write, o.Profile, nil, nil
			open = append(open, one)
		}
	}
	first := open[0]
	if len(open) == 1 {
		return first
	}
	for _, one := range open {
		first.Names = append(first.Names, one.Name)
	}
	first.Others = open[1:]
	return first
}

func (p *people) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.servers {
		s.Close()
	}
}

// audit tells of a write of a person.
func (s *Server) audit(req *sdk.CallToolRequest, note string) error {
	if s.o.Audit == nil || req.Extra == nil || req.Extra.TokenInfo == nil || req.Extra.TokenInfo.UserID == "" {
		return nil
	}
	from, _ := req.Extra.TokenInfo.Extra["from"].(string)
	return s.o.Audit(req.Extra.TokenInfo.UserID, from, req.Params.Name, note)
}
