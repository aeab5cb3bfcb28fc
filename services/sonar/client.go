package sonar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"amalfa/llm"
	"amalfa/services"
)

// A Client asks a running sonar service. Safe for concurrent use.
type Client struct{ caller *services.Caller }

// NewClient returns a client for the service at baseURL ("http://127.0.0.1:3012"), which the caller has found to be
// the user's own: token is the one of its record.
func NewClient(baseURL, token string) *Client {
	return &Client{services.NewCaller("sonar", baseURL, nil, maxReply).WithToken(token)}
}

// Close drops idle connections.
func (c *Client) Close() { c.caller.Close() }

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
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	_, err = c.caller.Call(ctx, http.MethodGet, "/health", nil, &h)
	return h, err
}

// maxReply bounds what a client reads of one reply, in bytes.
const maxReply = 32 << 20

// Chat asks a question; with onDelta the answer is streamed to it, and its error ends the call and is returned.
// Errors of the service are *services.Error, also those that come in the middle of a stream.
func (c *Client) Chat(ctx context.Context, q Question, onDelta func(string) error) (a Answer, err error) {
	if q.Stream = onDelta != nil; !q.Stream {
		_, err = c.caller.Call(ctx, http.MethodPost, "/chat", q, &a)
		return a, err
	}
	resp, err := c.caller.Open(ctx, http.MethodPost, "/chat", q)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	return readAnswer(resp.Body, onDelta)
}

// errTruncated reports a stream of sonar's that ended without its last event, as when the service was killed.
var errTruncated = errors.New("sonar broke off in the middle of the answer")

func readAnswer(body io.ReadCloser, onDelta func(string) error) (Answer, error) {
	events := llm.NewEventReader(http.MaxBytesReader(nil, body, maxReply), maxReply, func() {})
	for {
		data, err := events.Next()
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
		return a, false, &services.Error{Kind: e.Error.Kind, Message: e.Error.Message, Advice: e.Error.Hint}
	case e.Delta != nil:
		return a, false, onDelta(*e.Delta)
	}
	if err := json.Unmarshal(data, &a); err != nil {
		return a, false, fmt.Errorf("read answer of sonar: %w", err)
	}
	return a, true, nil
}
