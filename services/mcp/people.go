package mcp

import (
	"context"
	"net/http"
	"sync"

	"amalfa/services/access"

	"github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// A grant is what somebody may do. Who may do the same shares a server.
type grant struct{ write, all bool }

// people are those who ask a service that other machines reach. Safe for concurrent use.
type people struct {
	o       Options
	streams context.Context // of changes; they end with it

	mu      sync.Mutex
	servers map[grant]*Server
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
		return p.server(grant{who.Write, who.All}).sdk
	}))
}

// server offers what a grant allows: tools that write, and other workspaces than the one that is served.
func (p *people) server(g grant) *Server {
	o := p.o
	g.write, g.all = g.write && o.Write, g.all && len(o.Others) > 0
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.servers[g]
	if s == nil {
		if o.Write = g.write; !g.all {
			o.Others = nil
		}
		s = New(o)
		s.changes.streams = p.streams
		p.servers[g] = s
	}
	return s
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
