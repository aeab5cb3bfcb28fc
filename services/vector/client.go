package vector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"amalfa/services"
)

const (
	// requestTexts and requestBytes bound what one request of the client
	// carries: small enough that the first results of a long list come soon
	// and that nobody waits for a whole one, large enough to keep every core
	// busy.
	requestTexts = 256
	requestBytes = 4 << 20
	// maxReply bounds what is read of an answer: 256 vectors of 4,096 numbers
	// of at most 16 characters.
	maxReply = requestTexts*4096*16 + 64<<10
	// busyTries is how often a bulk request is sent again after 429.
	busyTries = 20
)

// Client embeds through the HTTP service. Safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// NewClient returns a client of the service at baseURL, which must be a
// loopback address. A nil hc means a client that knows no proxy, follows no
// redirect and connects to nothing but loopback.
func NewClient(baseURL string, hc *http.Client) *Client {
	if hc == nil {
		hc = loopbackClient()
	}
	return &Client{base: strings.TrimRight(baseURL, "/"), http: hc}
}

func loopbackClient() *http.Client {
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

// Model returns what the service's `/health` says of its model. While the
// model loads it waits, as long as ctx lasts; it returns [ErrNoModel] or
// [ErrBroken] as the service's own answer would.
func (c *Client) Model(ctx context.Context) (Model, error) {
	health, err := c.health(ctx)
	if err == nil && health.Digest == "" {
		// Any embedding waits for the model or says why there is none.
		if _, err = c.Embed(ctx, []string{"model"}, EmbedOptions{}); err == nil {
			health, err = c.health(ctx)
		}
	}
	if err != nil {
		return Model{}, err
	}
	return Model{Name: health.Model, Digest: health.Digest, Dim: health.Dimensions, MaxTokens: health.MaxTokens}, nil
}

type health struct {
	Model      string `json:"model"`
	Digest     string `json:"digest"`
	Dimensions int    `json:"dimensions"`
	MaxTokens  int    `json:"max_tokens"`
}

func (c *Client) health(ctx context.Context) (health, error) {
	var h health
	_, err := c.call(ctx, http.MethodGet, "/health", nil, &h)
	return h, err
}

// Embed does what [Engine.Embed] does, in requests of a bounded size one after
// another; it knows no Scale and no Left. A bulk request that meets a full queue is sent again after the time
// that the service asks for.
func (c *Client) Embed(ctx context.Context, texts []string, o EmbedOptions) ([]Vector, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Scale != AsModel || o.Left {
		return nil, errors.New("the embedding service scales as its model does and cuts at the end")
	}
	vectors := make([]Vector, 0, len(texts))
	for len(texts) > 0 {
		n := portion(texts)
		part, err := c.embedPatiently(ctx, texts[:n], o)
		if err != nil {
			return nil, err
		}
		vectors, texts = append(vectors, part...), texts[n:]
	}
	return vectors, nil
}

// portion returns how many of the texts, at least one, go into a request.
func portion(texts []string) int {
	size := 0
	for i, s := range texts {
		if size += len(s); i > 0 && (i == requestTexts || size > requestBytes) {
			return i
		}
	}
	return len(texts)
}

func (c *Client) embedPatiently(ctx context.Context, texts []string, o EmbedOptions) ([]Vector, error) {
	for try := 1; ; try++ {
		vectors, err := c.embed(ctx, texts, o)
		var e *services.Error
		if !o.Bulk || try == busyTries || !errors.Is(err, ErrBusy) || !errors.As(err, &e) {
			return vectors, err
		}
		timer := time.NewTimer(max(e.RetryAfter, 100*time.Millisecond))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Client) embed(ctx context.Context, texts []string, o EmbedOptions) ([]Vector, error) {
	var reply manyVectors
	header, err := c.call(ctx, http.MethodPost, "/embed", requestOf(texts, o), &reply)
	if err != nil {
		return nil, err
	}
	if len(reply.Vectors) != len(texts) || len(reply.Tokens) != len(texts) || len(reply.Truncated) != len(texts) {
		return nil, fmt.Errorf("embedding service %s sent %d vectors for %d texts", c.base, len(reply.Vectors), len(texts))
	}
	model, err := url.QueryUnescape(header.Get(modelHeader))
	if err != nil {
		return nil, fmt.Errorf("embedding service %s: %w", c.base, err)
	}
	vectors := make([]Vector, len(texts))
	for i, values := range reply.Vectors {
		if len(values) != reply.Dimensions || len(values) == 0 {
			return nil, fmt.Errorf("embedding service %s sent a vector of %d numbers, not %d", c.base, len(values), reply.Dimensions)
		}
		vectors[i] = Vector{Values: values, Tokens: reply.Tokens[i], Truncated: reply.Truncated[i], Model: model, Digest: header.Get(digestHeader)}
	}
	return vectors, nil
}

func requestOf(texts []string, o EmbedOptions) ownRequest {
	r := ownRequest{Texts: &texts, Model: o.Model, InputType: string(o.Input), Long: string(o.Long)}
	if o.Bulk {
		r.Priority = "bulk"
	}
	return r
}

// call sends body as JSON, nil for none, and decodes the answer into reply.
func (c *Client) call(ctx context.Context, method, path string, body, reply any) (http.Header, error) {
	if err := checkLoopback(c.base); err != nil {
		return nil, err
	}
	request, err := newRequest(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask embedding service: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, unwire(services.ReadError(resp))
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(reply); err != nil {
		return nil, fmt.Errorf("read answer of embedding service %s: %w", c.base, err)
	}
	return resp.Header, nil
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

func checkLoopback(base string) error {
	u, err := url.Parse(base)
	if err != nil {
		return fmt.Errorf("embedding service: %w", err)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme != "http" || u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("embedding service %s is not on this machine", base)
	}
	return nil
}
