package sonar

import (
	"context"
	"net/http"

	"amalfa/lifecycle"
	"amalfa/llm"
	"amalfa/notes"
	"amalfa/services"
)

// A Standing is what GET /provider finds out just then: whether there is a model to ask, where it is, and what of the notes it
// is given. Kind, Reason and Hint say why State is degraded.
type Standing struct {
	State    string `json:"state"`
	Kind     string `json:"kind,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Provider string `json:"provider"`
	Host     string `json:"host"`
	Model    string `json:"model"`
	Remote   bool   `json:"remote"` // questions and passages leave this machine
	Notes    int    `json:"notes"`  // that answers rest on
	NoNotes  string `json:"no_notes,omitempty"`
	Breaker  string `json:"breaker"` // whether calls go out: "closed", or why not
}

// Err is nil while there is a model to ask.
func (s Standing) Err() error {
	if s.State == string(lifecycle.Ready) {
		return nil
	}
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: s.Kind, Message: s.Reason, Advice: s.Hint}
}

// standing looks at the provider now, and not at what the last probe said: people ask after they have changed something. With
// ?known it asks nobody.
func (c *chat) standing(w http.ResponseWriter, r *http.Request) {
	st := c.monitor.status()
	if !r.URL.Query().Has("known") {
		st = c.monitor.probe(r.Context())
	}
	p := c.monitor.provider()
	s := Standing{State: string(lifecycle.Ready), Provider: p.Name(), Host: p.Host(), Model: st.model, Breaker: p.Breaker()}
	_, s.Remote = p.Destination(st.model)
	if e := st.err; e != nil {
		s.State, s.Kind, s.Reason, s.Hint = string(lifecycle.Degraded), e.Kind, e.Message, e.Advice
	}
	s.Notes, s.NoNotes = c.countNotes(r.Context())
	services.WriteJSON(w, http.StatusOK, s)
}

const noIndex = "this workspace has no index; run amalfa init"

// countNotes returns how many notes answers may rest on, or why none.
func (c *chat) countNotes(ctx context.Context) (int, string) {
	if c.notes == nil {
		return 0, noIndex
	}
	n, err := c.notes(ctx)
	if err != nil {
		return 0, notes.Clip(err.Error(), llm.MaxQuote)
	}
	return n, ""
}

// Standing asks how the service stands now.
func (c *Client) Standing(ctx context.Context) (s Standing, err error) {
	_, err = c.caller.Call(ctx, http.MethodGet, "/provider", nil, &s)
	return s, err
}

// Known is Standing as the service knows it, without a question to the provider.
func (c *Client) Known(ctx context.Context) (s Standing, err error) {
	_, err = c.caller.Call(ctx, http.MethodGet, "/provider?known", nil, &s)
	return s, err
}
