package sonar

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"amalfa/services"
)

// A Client asks a running sonar service. Safe for concurrent use.
type Client struct {
	base, token string
	hc          *http.Client
}

// NewClient returns a client for the service at baseURL ("http://127.0.0.1:3012"), which the caller has found to be
// the user's own: token is the one of its record. With nil for hc it makes a client that uses no proxy and follows no
// redirect.
func NewClient(baseURL, token string, hc *http.Client) *Client {
	if hc == nil {
		hc = newHTTPClient(Config{Limits: Limits{}.withDefaults()})
	}
	return &Client{base: strings.TrimRight(baseURL, "/"), token: token, hc: hc}
}

// Close drops idle connections.
func (c *Client) Close() { c.hc.CloseIdleConnections() }

// Health is what GET /health says of sonar. Reason says why State is degraded; Remote that questions and passages
// leave this machine.
type Health struct {
	State    string `json:"state"`
	Reason   string `json:"reason"`
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Ollama   bool   `json:"ollama"`
	Remote   bool   `json:"remote"`
}

// Health asks how the service is. Errors of the service are *services.Error.
func (c *Client) Health(ctx context.Context) (Health, error) {
	var h Health
	resp, err := c.send(ctx, http.MethodGet, "/health", nil)
	if err != nil {
		return h, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReply)).Decode(&h); err != nil {
		return h, fmt.Errorf("read health of sonar: %w", err)
	}
	return h, nil
}

// maxReply bounds what a client reads of one reply, in bytes.
const maxReply = 32 << 20

// Chat asks a question; with onDelta the answer is streamed to it, and its error ends the call and is returned.
// Errors of the service are *services.Error, also those that come in the middle of a stream.
func (c *Client) Chat(ctx context.Context, q Question, onDelta func(string) error) (Answer, error) {
	q.Stream = onDelta != nil
	resp, err := c.send(ctx, http.MethodPost, "/chat", mustJSON(q))
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	if q.Stream {
		return readAnswer(resp.Body, onDelta)
	}
	var a Answer
	if err := json.NewDecoder(&cappedReader{resp.Body, maxReply}).Decode(&a); err != nil {
		return Answer{}, fmt.Errorf("read answer of sonar: %w", err)
	}
	return a, nil
}

func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask sonar: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.hc.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask sonar: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, services.ReadError(resp)
	}
	return resp, nil
}

// errTruncated reports a stream of sonar's that ended without its last event, as when the service was killed.
var errTruncated = errors.New("sonar broke off in the middle of the answer")

func readAnswer(body io.Reader, onDelta func(string) error) (Answer, error) {
	events := newEventReader(&cappedReader{body, maxReply}, maxReply, func() {})
	for {
		data, err := events.next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Answer{}, errTruncated
		}
		if err != nil {
			return Answer{}, fmt.Errorf("read answer of sonar: %w", err)
		}
		a, done, err := readEvent(data, onDelta)
		if done || err != nil {
			return a, err
		}
	}
}

func readEvent(data []byte, onDelta func(string) error) (a Answer, done bool, err error) {
	var e struct {
		Delta *string
		Error *struct{ Kind, Message, Hint string }
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return a, false, fmt.Errorf("read answer of sonar: %w", err)
	}
	switch {
	case e.Error != nil:
		return a, false, &services.Error{Kind: e.Error.Kind, Message: e.Error.Message, Hint: e.Error.Hint}
	case e.Delta != nil:
		return a, false, onDelta(*e.Delta)
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, false, fmt.Errorf("read answer of sonar: %w", err)
	}
	return a, true, nil
}
