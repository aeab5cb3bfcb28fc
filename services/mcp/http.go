package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"amalfa/lifecycle"
	"amalfa/services"
	"amalfa/services/access"
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
	s.changes.streams = ctx
	srv.HandleAs("POST "+Path, s.handler(), services.Dialect{Name: "Model Context Protocol", WriteError: services.WriteError})
	srv.SetState(lifecycle.Ready, "")
	return srv.Serve(ctx, drain, ls...)
}

func (s *Server) handler() http.Handler {
	return streamable(func(*http.Request) *sdk.Server { return s.sdk })
}

func streamable(server func(*http.Request) *sdk.Server) http.Handler {
	return readParams(sdk.NewStreamableHTTPHandler(server, &sdk.StreamableHTTPOptions{
		Stateless:                    true, // the SDK speaks 2026-07-28 over HTTP only without sessions
		MaxRequestBodyBytes:          stdio.DefaultMaxLine,
		PropagateRequestCancellation: true,
		DisableLocalhostProtection:   true, // both guards here are stricter
	}))
}

// readParams gives the SDK the parameters of a request in the form that the protocol wants, as the other transport does.
func readParams(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, stdio.DefaultMaxLine+1))
		if err != nil {
			services.WriteError(w, &services.Error{Status: http.StatusBadRequest, Kind: "body", Message: "the body could not be read"})
			return
		}
		if len(body) <= stdio.DefaultMaxLine { // the SDK refuses a longer one
			var refused *stdio.Refusal
			if body, refused = stdio.ReadParams(body); refused != nil {
				w.Header().Set("Content-Type", "application/json")
				if refused.Malformed {
					w.WriteHeader(http.StatusBadRequest)
				}
				_, _ = w.Write(refused.Answer) // who does not read it has gone
				return
			}
		}
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
		r.ContentLength = -1
		next.ServeHTTP(w, r)
	})
}

// MinToken is the shortest token of the owner that ServeWide takes, in bytes: nobody guesses that over a network.
const MinToken = 16

// ServeWide is ServeHTTP for a listener that other machines reach. Every request has to pass the door; what a person may not write or
// read is not among their tools. There is no encryption: put a proxy with TLS in front. The drain ends early with skip. ln is closed.
func ServeWide(ctx, skip context.Context, o Options, door *access.Door, drain time.Duration, ln net.Listener) error {
	if door.Token != "" && len(door.Token) < MinToken {
		return errors.Join(fmt.Errorf("serve mcp on %s: the token is shorter than %d bytes", ln.Addr(), MinToken), ln.Close())
	}
	people := &people{o: o, streams: ctx, servers: map[string]*Server{}}
	defer people.close()
	mux := http.NewServeMux()
	mux.Handle("POST "+Path, people.handler())
	srv := &http.Server{Handler: door.Guard(mux), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	stopped := make(chan error, 1)
	unhook := context.AfterFunc(ctx, func() {
		dctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		defer context.AfterFunc(skip, cancel)()
		stopped <- srv.Shutdown(dctx)
	})
	defer unhook()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve mcp on %s: %w", ln.Addr(), err)
	}
	if err := <-stopped; err != nil {
		_ = srv.Close() // what still runs has had its time
	}
	return nil
}
