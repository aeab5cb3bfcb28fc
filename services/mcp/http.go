package mcp

import (
	"context"
	"net"
	"net/http"
	"time"

	"amalfa/services"
	"amalfa/services/mcp/stdio"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Path is where the streamable HTTP transport answers.
const Path = "/mcp"

// ServeHTTP answers any number of clients at POST /mcp of srv until ctx ends, then drains as srv does and returns nil. There
// are no sessions: each request says all it needs. srv guards it: Host, Origin, Content-Type and the queue are checked before
// the SDK, which does not look at Origin, sees a request. Notes are private, so srv should be made with SameUser and a Token.
// Streams of changes end as soon as ctx does. ls are closed.
func ServeHTTP(ctx context.Context, srv *services.Server, o Options, drain time.Duration, ls ...net.Listener) error {
	s := New(o)
	defer s.Close()
	s.changes.until = ctx
	srv.Handle("POST "+Path, s.handler())
	srv.SetState(services.Ready, "")
	return srv.Serve(ctx, drain, ls...)
}

func (s *Server) handler() http.Handler {
	return sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.sdk }, &sdk.StreamableHTTPOptions{
		Stateless:                    true, // the SDK speaks 2026-07-28 over HTTP only without sessions
		MaxRequestBodyBytes:          stdio.DefaultMaxLine,
		PropagateRequestCancellation: true,
	})
}
