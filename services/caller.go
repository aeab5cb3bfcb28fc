package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Caller is the client's end of a service on this machine. Safe for concurrent use.
type Caller struct {
	base, what, token string
	http              *http.Client
	limit             int64
}

// NewCaller returns a caller of the service at baseURL, which must be a loopback address; what names the service in errors,
// and limit bounds what is read of an answer, in bytes. A nil hc means [LoopbackClient].
func NewCaller(what, baseURL string, hc *http.Client, limit int64) *Caller {
	if hc == nil {
		hc = LoopbackClient()
	}
	return &Caller{base: strings.TrimRight(baseURL, "/"), what: what, http: hc, limit: limit}
}

// LoopbackClient returns a client that knows no proxy, follows no redirect and connects to nothing but loopback.
func LoopbackClient() *http.Client {
	dialer := &net.Dialer{Timeout: 2 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !ap.Addr().Unmap().IsLoopback() {
			return fmt.Errorf("%s is not on this machine", address)
		}
		return nil
	}}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Base returns the address without a slash at its end.
func (c *Caller) Base() string { return c.base }

// WithToken returns a caller whose requests prove by a bearer token that they come from the service's user.
func (c *Caller) WithToken(token string) *Caller {
	with := *c
	with.token = token
	return &with
}

// Close drops idle connections.
func (c *Caller) Close() { c.http.CloseIdleConnections() }

// Call sends body as JSON, nil for none, and decodes the answer into reply. An
// answer other than 200 is the [Error] that the service wrote.
func (c *Caller) Call(ctx context.Context, method, path string, body, reply any) (http.Header, error) {
	resp, err := c.Open(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, c.limit)).Decode(reply); err != nil {
		return nil, fmt.Errorf("read answer of %s %s: %w", c.what, c.base, err)
	}
	return resp.Header, nil
}

// Open is Call for an answer that is streamed: the caller reads and closes it, and bounds what it reads.
func (c *Caller) Open(ctx context.Context, method, path string, body any) (*http.Response, error) {
	if err := c.checkLoopback(); err != nil {
		return nil, err
	}
	request, err := newRequest(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.what, err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, ReadError(resp)
	}
	return resp, nil
}

func newRequest(ctx context.Context, method, url string, body any) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, method, url, nil)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(data))
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, err
}

func (c *Caller) checkLoopback() error {
	u, err := url.Parse(c.base)
	if err != nil {
		return fmt.Errorf("%s: %w", c.what, err)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme != "http" || u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s %s is not on this machine", c.what, c.base)
	}
	return nil
}
