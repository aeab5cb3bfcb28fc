package sonar

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"amalfa/services"
)

// A SessionList is GET /chat/sessions.
type SessionList struct {
	Sessions []SessionInfo `json:"sessions"`
}

// A SessionText is GET /chat/sessions/{id}.
type SessionText struct {
	ID        string     `json:"id"`
	Exchanges []Exchange `json:"exchanges"`
}

type sessionRemoved struct {
	ID      string `json:"id"`
	Removed bool   `json:"removed"`
}

// archives serves the conversations that are kept; none are where archive is nil.
type archives struct{ archive *Archive }

func (a archives) list(w http.ResponseWriter, _ *http.Request) {
	list := []SessionInfo{}
	var err error
	if a.archive != nil {
		list, err = a.archive.List()
	}
	reply(w, SessionList{list}, err)
}

func (a archives) show(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if a.archive == nil {
		reply(w, nil, ErrNoSession)
		return
	}
	all, err := a.archive.Show(id)
	reply(w, SessionText{id, all}, err)
}

func (a archives) remove(w http.ResponseWriter, r *http.Request) {
	err := ErrNoSession
	if a.archive != nil {
		err = a.archive.Remove(r.PathValue("id"))
	}
	reply(w, sessionRemoved{r.PathValue("id"), true}, err)
}

func reply(w http.ResponseWriter, v any, err error) {
	if errors.Is(err, ErrNoSession) {
		err = &services.Error{Status: http.StatusNotFound, Kind: "not_found", Message: err.Error(), Advice: "GET /chat/sessions lists those that are kept"}
	}
	if err != nil {
		services.WriteError(w, err)
		return
	}
	services.WriteJSON(w, http.StatusOK, v)
}

// Sessions lists the conversations that are kept.
func (c *Client) Sessions(ctx context.Context) (l SessionList, err error) {
	_, err = c.caller.Call(ctx, http.MethodGet, "/chat/sessions", nil, &l)
	return l, err
}

// RemoveSession removes one.
func (c *Client) RemoveSession(ctx context.Context, id string) error {
	_, err := c.caller.Call(ctx, http.MethodDelete, "/chat/sessions/"+url.PathEscape(id), nil, &struct{}{})
	return err
}
