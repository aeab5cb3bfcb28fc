package sonar

import (
	"bytes"
	"context"
	"errors"
	"io"
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

// readAll returns the rest of the reply, at most limit bytes of it.
func (r *response) readAll(limit int64) ([]byte, error) {
	return io.ReadAll(capped(readerFunc(r.read), limit))
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

// errTooLargeEvent ends a stream whose next event would not end.
var errTooLargeEvent = errors.New("one event is too large")

// copyStream passes on each piece of the reply as soon as it came, the key taken out. Of an event, only the count of its bytes
// is kept. It returns nil at the reply's end.
func (p *Provider) copyStream(r *response, w io.Writer, flush func() error) error {
	buf := make([]byte, 32<<10)
	out := redactor{key: []byte(p.cfg.Key)}
	var size eventSize
	for {
		n, err := r.read(buf)
		if size.add(buf[:n]) > p.cfg.Limits.Line {
			return errTooLargeEvent
		}
		if piece := out.next(buf[:n], err != nil); len(piece) > 0 {
			if _, err := w.Write(piece); err != nil {
				return err
			}
			if err := flush(); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// eventSize counts the bytes since the last empty line, with any of the three line ends.
type eventSize struct {
	n       int
	atStart bool // nothing but a line end came since the last line end
	cr      bool // the last byte was a CR, so an LF belongs to it
}

// add counts b and returns the size of the largest event in it so far.
func (e *eventSize) add(b []byte) int {
	most := 0
	for len(b) > 0 {
		i := bytes.IndexAny(b, "\r\n")
		if i < 0 {
			e.n, e.atStart, e.cr = e.n+len(b), false, false
			break
		}
		if i > 0 {
			e.atStart, e.cr = false, false
		}
		e.n += i + 1
		most = max(most, e.n)
		if b[i] == '\r' || !e.cr {
			if e.atStart {
				e.n = 0
			}
			e.atStart = true
		}
		e.cr = b[i] == '\r'
		b = b[i+1:]
	}
	return max(most, e.n)
}

// A redactor takes the key out of a stream. It holds back only bytes that may be the key's beginning.
type redactor struct{ key, held []byte }

// next returns what may go out after piece came; it is valid until piece changes.
func (r *redactor) next(piece []byte, last bool) []byte {
	if len(r.key) < minKey {
		return piece
	}
	if len(r.held) > 0 {
		piece = slices.Concat(r.held, piece)
	}
	if bytes.Contains(piece, r.key) {
		piece = bytes.ReplaceAll(piece, r.key, []byte("[key]"))
	}
	r.held = nil
	for n := min(len(r.key)-1, len(piece)); n > 0 && !last; n-- {
		if bytes.HasSuffix(piece, r.key[:n]) {
			r.held = slices.Clone(piece[len(piece)-n:])
			return piece[:len(piece)-n]
		}
	}
	return piece
}
