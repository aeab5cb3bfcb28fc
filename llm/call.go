package llm

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"
)

// A Call is one request to the provider.
type Call struct {
	Method, Path string // the path below the base URL
	Query        string
	Body         []byte // JSON
	Stream       bool   // it asks for a stream
	limit        int64  // bytes of the reply
	probe        bool   // no second try, and its failure does not count for the circuit breaker
	once         bool   // no second try: somebody waits, who has another way
}

var (
	errStalled      = errors.New("stalled")
	errTotalTimeout = errors.New("took too long")
	errNoEndMark    = errors.New("ended without a mark") // a stream's end; the caller knows whether it was complete
)

// A Response is an open reply. Its watchdog ends the call when nothing comes; onLine postpones that.
type Response struct {
	*http.Response
	p      *Provider
	body   io.Reader
	onLine func()
	ctx    context.Context
	close  func()
}

// open sends c and returns the reply once its headers came with a status of 2xx. The caller closes it.
func (p *Provider) open(ctx context.Context, c Call) (*Response, error) {
	done, err := p.allow(c)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeoutCause(ctx, p.cfg.Limits.Total, errTotalTimeout)
	r := p.watched(ctx)
	end := r.close
	r.close = func() { stop(); end() }
	resp, err := p.retry(r.ctx, c)
	if done(err); err != nil {
		r.close()
		return nil, err
	}
	r.Response, r.body = resp, capped(resp.Body, c.limit)
	return r, nil
}

// watched begins a call that ends when nothing comes for Limits.Silence.
func (p *Provider) watched(ctx context.Context) *Response {
	ctx, cancel := context.WithCancelCause(ctx)
	watchdog := time.AfterFunc(p.cfg.Limits.Silence, func() { cancel(errStalled) })
	r := &Response{p: p, ctx: ctx, onLine: func() { watchdog.Reset(p.cfg.Limits.Silence) }}
	r.close = func() {
		watchdog.Stop()
		cancel(nil)
		if r.Response != nil {
			r.Body.Close()
		}
	}
	return r
}

// allow asks the circuit breaker, and returns what the call reports its error to. A probe always may go out: it is how one
// finds out that the provider is back.
func (p *Provider) allow(c Call) (done func(error), err error) {
	if !c.probe {
		return p.breaker.allow()
	}
	return func(err error) {
		if isAlive(err) {
			p.breaker.reset()
		}
	}, nil
}

// try sends the request once. The reply it returns has a status of 2xx and is not a web page.
func (p *Provider) try(ctx context.Context, c Call) (*http.Response, error) {
	resp, err := p.send(ctx, c)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 && mediaType(resp) != "text/html" {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, p.replyFault(ctx, resp)
}

// send sends the request once and returns whatever reply came.
func (p *Provider) send(ctx context.Context, c Call) (*http.Response, error) {
	to := p.base.JoinPath(c.Path)
	to.RawQuery = c.Query
	req, err := http.NewRequestWithContext(ctx, c.Method, to.String(), bytes.NewReader(c.Body))
	if err != nil {
		return nil, faultf(KindDown, "%s", p.quote(err.Error()))
	}
	p.setHeaders(req, c)
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, p.transportFault(ctx, err)
	}
	return resp, nil
}

// setHeaders gives the request only what is ours: nothing of any client's request comes this far.
func (p *Provider) setHeaders(req *http.Request, c Call) {
	req.Header.Set("User-Agent", p.cfg.UserAgent)
	req.Header.Set("Accept", "application/json")
	if c.Stream {
		req.Header.Set("Accept", "text/event-stream, application/x-ndjson, application/json")
	}
	if c.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.cfg.Key != "" {
		req.Header.Set("Authorization", "Bearer "+string(p.cfg.Key))
	}
	if p.cfg.Org != "" {
		req.Header.Set("OpenAI-Organization", p.cfg.Org)
	}
	if p.cfg.Project != "" {
		req.Header.Set("OpenAI-Project", p.cfg.Project)
	}
	p.setPresetHeaders(req, c.Path)
}

func mediaType(resp *http.Response) string {
	t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return t
}

// transportFault turns a transport's error into a Fault, or into the caller's own error when the caller gave up.
func (p *Provider) transportFault(ctx context.Context, err error) error {
	l := p.cfg.Limits
	switch cause := context.Cause(ctx); {
	case cause == errStalled:
		return faultf(KindTimeout, "the provider sent nothing for %s%s", l.Silence, p.cfg.longer())
	case cause == errTotalTimeout:
		return faultf(KindTimeout, "the provider was not done after %s", l.Total)
	case errors.Is(cause, context.DeadlineExceeded):
		return faultf(KindTimeout, "the provider was not done in the time given")
	case cause != nil:
		return cause
	case errors.As(err, new(*http.MaxBytesError)):
		return faultf(KindGarbage, "the answer is too large")
	case errors.Is(err, errLineTooLong):
		return faultf(KindGarbage, "%s", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return faultf(KindDown, "the connection was cut in the middle of the answer")
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	f := faultf(KindDown, "%s", p.quote(err.Error()))
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	f.retry = !badCertificate
	return f
}

// maxHeaderBytes bounds a provider's response headers.
const maxHeaderBytes = 64 << 10

// newTransport verifies certificates, asks for no compression (a small body could unpack to a huge one) and uses a
// proxy only for hosts that are not loopback, whatever the given function says.
func newTransport(c Config) *http.Transport {
	return &http.Transport{
		Proxy:                  proxyFor(c.Proxy),
		DialContext:            (&net.Dialer{Timeout: c.Limits.Connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    c.Limits.Connect,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    128, // as many streams as clients keep open at once
		ReadBufferSize:         pieceBytes,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

func proxyFor(ask func(*url.URL) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if ask == nil || isLoopback(r.URL.Hostname()) {
			return nil, nil
		}
		return ask(r.URL)
	}
}

// newHTTPClient follows no redirect: the answer to one is the redirect itself, which the caller turns into a Fault.
func newHTTPClient(c Config) *http.Client {
	return &http.Client{
		Transport:     newTransport(c),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
