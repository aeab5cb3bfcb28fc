package vector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

const (
	// requestTexts and requestBytes bound what one request of the client carries: small enough that the first results of a
	// long list come soon and that nobody waits for a whole one, large enough to keep every core busy.
	requestTexts = 256
	requestBytes = 4 << 20
	// maxReply bounds what is read of an answer: 256 vectors of 4,096 numbers of at most 16 characters.
	maxReply = requestTexts*4096*16 + 64<<10
	// busyTries is how often a bulk request is sent again after 429.
	busyTries = 20
)

// Client embeds through the HTTP service. Safe for concurrent use.
type Client struct {
	caller *services.Caller
}

// NewClient returns a client of the service at baseURL, which must be a
// loopback address. A nil hc means [services.LoopbackClient].
func NewClient(baseURL string, hc *http.Client) *Client {
	return &Client{services.NewCaller("embedding service", baseURL, hc, maxReply)}
}

// Embed does what [embed.Engine.Embed] does, in requests of a bounded size one after another; it knows no Scale and no Left.
// A bulk request that meets a full queue is sent again after the time that the service asks for.
func (c *Client) Embed(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if o.Scale != embed.AsModel || o.Left {
		return nil, errors.New("the embedding service scales as its model does and cuts at the end")
	}
	vectors := make([]embed.Vector, 0, len(texts))
	for len(texts) > 0 {
		n := portion(texts)
		part, err := c.embedWithRetry(ctx, texts[:n], o)
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

func (c *Client) embedWithRetry(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error) {
	for try := 1; ; try++ {
		vectors, err := c.embed(ctx, texts, o)
		var e *services.Error
		if !o.Bulk || try == busyTries || !errors.Is(err, inference.ErrBusy) || !errors.As(err, &e) {
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

func (c *Client) embed(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error) {
	var reply manyVectors
	header, err := c.call(ctx, http.MethodPost, "/embed", requestOf(texts, o), &reply)
	if err != nil {
		return nil, err
	}
	if len(reply.Vectors) != len(texts) || len(reply.Tokens) != len(texts) || len(reply.Truncated) != len(texts) {
		return nil, fmt.Errorf("embedding service %s sent %d vectors for %d texts", c.caller.Base(), len(reply.Vectors), len(texts))
	}
	model, err := url.QueryUnescape(header.Get(modelHeader))
	if err != nil {
		return nil, fmt.Errorf("embedding service %s: %w", c.caller.Base(), err)
	}
	vectors := make([]embed.Vector, len(texts))
	for i, values := range reply.Vectors {
		if len(values) != reply.Dimensions || len(values) == 0 {
			return nil, fmt.Errorf("embedding service %s sent a vector of %d numbers, not %d", c.caller.Base(), len(values), reply.Dimensions)
		}
		vectors[i] = embed.Vector{Values: values, Tokens: reply.Tokens[i], Truncated: reply.Truncated[i], Model: model, Digest: header.Get(digestHeader)}
	}
	return vectors, nil
}

func requestOf(texts []string, o embed.Options) ownRequest {
	r := ownRequest{Texts: &texts, Model: o.Model, InputType: string(o.Input), Long: string(o.Long)}
	if o.Bulk {
		r.Priority = "bulk"
	}
	return r
}

// call is the caller's Call, with the service's errors as those of this package.
func (c *Client) call(ctx context.Context, method, path string, body, reply any) (http.Header, error) {
	header, err := c.caller.Call(ctx, method, path, body, reply)
	return header, kinds.Decode(err)
}
