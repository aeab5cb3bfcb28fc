package services

import (
	"context"
	"crypto/subtle"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// guard decides whether a request may reach any route at all. Loopback is open to every program of the machine and, through
// the browser, to every web page: a page is known by Origin and Sec-Fetch-Site, a name that was rebound to 127.0.0.1 by
// Host, and a form by its content type ([Server.checkBody]).
func (s *Server) guard(r *http.Request) error {
	if err := s.checkHost(r); err != nil {
		return err
	}
	if !s.allowsOrigin(r) {
		return forbidden("origin", "web pages may not call this service")
	}
	if s.isPreflight(r) {
		return nil
	}
	return s.checkUser(r)
}

func forbidden(kind, message string) *Error {
	return &Error{Status: http.StatusForbidden, Kind: kind, Message: message}
}

// checkHost wants Host to name this machine, and no other name that a web page could have bound to it: localhost, a loopback
// address, or a name of the user's list. Its port says nothing: it is left out where it is the scheme's own, and another one
// where it was forwarded.
func (s *Server) checkHost(r *http.Request) error {
	if r.URL.Host != "" || r.URL.Scheme != "" {
		return badRequest("the request line must hold a path, not a URL", "")
	}
	name, ok := hostName(r.Host)
	if !ok || !isLoopback(name) && !s.isListedHost(name) {
		e := forbidden("host", "the Host header must be localhost or a loopback address")
		e.Advice = "other names are listed in the setting http.hosts"
		return e
	}
	return nil
}

// isListedHost takes a name of the list with a port for the name alone, and an IPv6 address with or without its brackets.
func (s *Server) isListedHost(name string) bool {
	return slices.ContainsFunc(s.o.Hosts, func(host string) bool {
		if ip, err := netip.ParseAddr(host); err == nil {
			return ip.String() == strings.ToLower(name)
		}
		listed, ok := hostName(host)
		return ok && strings.EqualFold(listed, name)
	})
}

// hostName takes the port off, if there is one, and the brackets of an IPv6 address.
func hostName(hostport string) (name string, ok bool) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, ok = strings.CutPrefix(hostport, "[")
		if ok {
			host, ok = strings.CutSuffix(host, "]")
			return host, ok && strings.Contains(host, ":")
		}
		return host, host != "" && !strings.Contains(host, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return host, err == nil && n > 0 && port[0] != '0'
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback() && ip.Zone() == "" && !ip.Is4In6()
}

// allowsOrigin accepts requests that carry no trace of a browser, those of the
// service's own page, and those of an origin that the user listed.
func (s *Server) allowsOrigin(r *http.Request) bool {
	h := r.Header
	if origins, ok := h["Origin"]; ok {
		return s.listedOrigin(h) != "" || s.o.Pages && slices.Equal(origins, []string{"http://" + strings.ToLower(r.Host)})
	}
	for _, site := range h["Sec-Fetch-Site"] {
		if site != "none" && site != "same-origin" {
			return false
		}
	}
	return true
}

// checkUser keeps other users of the machine out where SameUser asks for it.
func (s *Server) checkUser(r *http.Request) error {
	if !s.o.SameUser || r.URL.Path == "/health" || s.hasToken(r.Header) {
		return nil
	}
	ours, known := peerUser(r.Context())
	if ours || !known && s.o.Admit != nil && s.o.Admit(r) {
		return nil
	}
	return &Error{Status: http.StatusUnauthorized, Kind: "unauthorized", Message: "this service answers only the user who started it",
		Advice: "send Authorization: Bearer with the token of the service's record"}
}

func (s *Server) hasToken(h http.Header) bool {
	token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	return ok && s.o.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.o.Token)) == 1
}

// checkBody refuses bodies that a form could send, that hide their size, or that are too large, before any of them is read.
func (s *Server) checkBody(r *http.Request) error {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if !isJSON(r.Header["Content-Type"]) {
			return &Error{Status: http.StatusUnsupportedMediaType, Kind: "media_type", Message: "the body must be application/json",
				Advice: "send Content-Type: application/json"}
		}
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return &Error{Status: http.StatusUnsupportedMediaType, Kind: "media_type", Message: "compressed bodies are not taken"}
	}
	if r.ContentLength > s.o.MaxBody {
		return errTooLarge(s.o.MaxBody)
	}
	return nil
}

// isJSON leaves a parameter that nobody can read aside: the kind alone keeps forms out, and JSON is UTF-8 whatever is said of it.
func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(values[0])
	if kind != "application/json" || err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	charset, given := params["charset"]
	return !given || slices.Contains([]string{"utf-8", "utf8", "us-ascii", "ascii"}, strings.ToLower(charset))
}

type peerKey struct{}

// A peer is the process at the other end of a connection.
type peer struct {
	ours  bool // it is our user's
	known bool // the kernel says whose it is
}

// withPeer gives each connection the question who is at its other end, which
// is asked at most once and only where SameUser wants to know.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	who := sync.OnceValue(func() (p peer) {
		client, ok1 := conn.RemoteAddr().(*net.TCPAddr)
		server, ok2 := conn.LocalAddr().(*net.TCPAddr)
		if ok1 && ok2 {
			p.ours, p.known = isOwnSocket(client.AddrPort(), server.AddrPort())
		}
		return p
	})
	return context.WithValue(ctx, peerKey{}, who)
}

func peerUser(ctx context.Context) (ours, known bool) {
	who, ok := ctx.Value(peerKey{}).(func() peer)
	if !ok {
		return false, false
	}
	p := who()
	return p.ours, p.known
}
