package sonar

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// forward sends c once and returns the provider's reply whatever its status, errors too: they are the client's to read, and
// its own retries know best. The call ends when no byte came for Limits.Silence; comments and blank lines are bytes. A
// redirect, and a web page as answer, which tells of a wrong base URL, are Faults. The caller closes the response.
func (p *Provider) forward(ctx context.Context, c call) (*response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watchdog := time.AfterFunc(p.cfg.Limits.Silence, func() { cancel(errStalled) })
	r := &response{ctx: ctx, onLine: func() { watchdog.Reset(p.cfg.Limits.Silence) }}
	r.close = func() {
		watchdog.Stop()
		cancel(nil)
		if r.Response != nil {
			r.Body.Close()
		}
	}
	resp, err := p.send(ctx, c)
	if err != nil {
		r.close()
		return nil, err
	}
	r.Response, r.body = resp, resp.Body
	if resp.StatusCode/100 == 3 || resp.StatusCode/100 == 2 && mediaType(resp) == "text/html" {
		defer r.close()
		return nil, p.replyFault(ctx, resp)
	}
	return r, nil
}

// read is one read of the reply's body, a sign of life.
func (r *response) read(b []byte) (int, error) {
	n, err := r.body.Read(b)
	if n > 0 {
		r.onLine()
	}
	return n, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// ownHeaders are those of a reply that belong to one connection or to the provider's own web site, and not to its answer.
func ownHeaders() []string {
	return []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Content-Length", "Date",
		"Set-Cookie", "Set-Cookie2", "Location", "Refresh", "Alt-Svc", "Strict-Transport-Security", "Clear-Site-Data",
		"X-Content-Type-Options", "Vary", "Content-Security-Policy"}
}

// copyHeaders gives to the headers of our reply, the key taken out of them. Which pages may read the reply is ours to say; and
// a web page in it, such as a gateway's error, runs nothing in a browser, where it would stand under our address.
func (p *Provider) copyHeaders(to, from http.Header) {
	to.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	for name, values := range from {
		if slices.Contains(ownHeaders(), name) || strings.HasPrefix(name, "Access-Control-") ||
			strings.HasPrefix(name, "Cross-Origin-") || strings.HasPrefix(name, "Proxy-") {
			continue
		}
		to[name] = nil
		for _, v := range values {
			to[name] = append(to[name], p.redact(v))
		}
	}
}
