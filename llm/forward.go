package llm

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Forward sends c once and returns the provider's reply whatever its status, errors too: they are the client's to read, and
// its own retries know best. The call ends when no byte came for Limits.Silence; comments and blank lines are bytes. A
// redirect, and a web page as answer, which tells of a wrong base URL, are Faults. The caller closes the response.
func (p *Provider) Forward(ctx context.Context, c Call) (*Response, error) {
	r := p.watched(ctx)
	resp, err := p.send(r.ctx, c)
	if err != nil {
		r.close()
		return nil, err
	}
	r.Response, r.body = resp, resp.Body
	if resp.StatusCode/100 == 3 || resp.StatusCode/100 == 2 && mediaType(resp) == "text/html" {
		defer r.close()
		return nil, p.replyFault(r.ctx, resp)
	}
	if resp.StatusCode < 500 {
		p.breaker.reset() // it answers
	}
	return r, nil
}

// Close ends the call, also in the middle of the reply.
func (r *Response) Close() { r.close() }

// Whole returns the body, the key taken out of it, when it is shorter than limit bytes. Of a longer one whole is false and all of
// it is still there for Copy. What broke the body off is the error.
func (r *Response) Whole(limit int64) (data []byte, whole bool, err error) {
	data, err = io.ReadAll(io.LimitReader(readerFunc(r.read), limit))
	if err != nil {
		return nil, false, r.p.transportFault(r.ctx, err)
	}
	if int64(len(data)) == limit {
		r.body = io.MultiReader(bytes.NewReader(data), r.body)
		return nil, false, nil
	}
	return []byte(r.p.redact(string(data))), true, nil
}

// Copy passes the body on piece by piece as it comes, the key taken out, and flushes each. It returns nil at its end, a Fault for
// what broke it off, and otherwise what the writer said.
func (r *Response) Copy(w io.Writer, flush func() error) error {
	err := r.p.copyStream(r, w, flush)
	switch err {
	case nil:
		return nil
	case errTooLargeEvent:
		return faultf(KindGarbage, "%s: more than %d bytes", err, r.p.cfg.Limits.Line)
	}
	return r.p.transportFault(r.ctx, err)
}

// read is one read of the reply's body, a sign of life.
func (r *Response) read(b []byte) (int, error) {
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

// CopyHeaders gives to the headers of the reply, the key taken out of them. Which pages may read the reply is ours to say; and
// a web page in it, such as a gateway's error, runs nothing in a browser, where it would stand under our address.
func (r *Response) CopyHeaders(to http.Header) {
	to.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	for name, values := range r.Header {
		if slices.Contains(ownHeaders(), name) || strings.HasPrefix(name, "Access-Control-") ||
			strings.HasPrefix(name, "Cross-Origin-") || strings.HasPrefix(name, "Proxy-") {
			continue
		}
		to[name] = nil
		for _, v := range values {
			to[name] = append(to[name], r.p.redact(v))
		}
	}
}
