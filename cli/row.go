package cli

import (
	"context"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"
)

// A serverRow is one service in `servers --json` and in `NAME status --json`; design.md section 7 fixes its shape.
type serverRow struct {
	Service       string  `json:"service"`
	Command       string  `json:"command"`
	Port          *int    `json:"port"`
	State         string  `json:"state"`
	PID           *int    `json:"pid"`
	UptimeSeconds *int64  `json:"uptimeSeconds"`
	RSSBytes      *int64  `json:"rssBytes"`
	Model         *string `json:"model"`
	Version       *string `json:"version"`
	Workspace     *string `json:"workspace"`
	Scope         string  `json:"scope"`
	Requests      *int64  `json:"requests"`
	Sessions      *int    `json:"sessions"`
	Error         *string `json:"error"`
	Crash         *string `json:"crash"` // the report of the last time that it died, within a day

	Server *string `json:"server"` // the host that is asked in the place of the service, by embeddings.url or reranker.url

	IndexLag *indexLag   `json:"indexLag"` // of the watcher, where there is an index
	Vectors  *vectorsRow `json:"vectors"`  // of the watcher while vectors are made, by whom ever

	died   string // what Crash says, for people; "" where it did not
	behind string // what IndexLag says, for people; "" where it is not
}

// row looks at one service.
func (s *session) row(ctx context.Context, svc registry.Service) (serverRow, error) {
	if svc.Stdio {
		return s.sessionsRow(ctx, svc)
	}
	st, err := s.Inspect(ctx, svc)
	if err != nil {
		return serverRow{}, err
	}
	r := newRow(st)
	if svc.Name == "watcher" {
		r.addFreshness(ctx, s)
	}
	r.addServer(s)
	if r.Error == nil {
		r.Error = ptr(s.Outdated(svc, st))
	}
	if old := s.OldProgram(svc, st); old != "" {
		r.Error = ptr(strings.TrimSuffix(old+"; "+text(r.Error, self), "; -"))
	}
	if r.Crash != nil {
		r.died = "it died and was started again: " + s.Relative(*r.Crash)
	}
	if port, err := s.Port(svc); r.Port != nil && st.Port == 0 && err == nil && port != 0 {
		r.Port = &port // where it would listen
	}
	return r, nil
}

// addServer shows in the rows of the services of models who is asked in their place. Settings that cannot be used are for `doctor`.
func (r *serverRow) addServer(s *session) {
	find := map[string]func() (*app.ModelServer, error){"vector": s.EmbeddingServer, "reranker": s.RerankingServer}[r.Service]
	if find == nil {
		return
	}
	if at, err := find(); err == nil && at != nil {
		r.Server = &at.Host
	}
}

func newRow(st daemon.Status) serverRow {
	r := serverRow{
		Service: st.Service.Name, Command: "amalfa " + st.Service.Name,
		State: string(st.State), Scope: string(st.Service.Scope),
		Model: ptr(st.Model), Version: ptr(st.Version), Workspace: ptr(st.Workspace), Error: ptr(st.Error),
	}
	if st.Service.Port != 0 {
		port := st.Port
		if port == 0 {
			port = st.Service.Port
		}
		r.Port = &port
	}
	if st.PID > 0 {
		up := int64(time.Since(st.Started).Seconds())
		r.PID, r.RSSBytes, r.UptimeSeconds = ptr(st.PID), ptr(st.RSS), &up
	}
	if st.Trusted && st.Service.Port != 0 {
		r.Requests = &st.Requests
	}
	if st.Crash != nil {
		r.Crash = ptr(st.Crash.Report)
	}
	return r
}

// sessionsRow shows all processes of a stdio service in one row.
func (s *session) sessionsRow(ctx context.Context, svc registry.Service) (serverRow, error) {
	live, err := s.Sessions(ctx, svc)
	if err != nil {
		return serverRow{}, err
	}
	n := len(live)
	r := serverRow{
		Service: svc.Name, Command: "amalfa " + svc.Name, State: string(lifecycle.Stopped),
		Scope: string(svc.Scope), Sessions: &n,
	}
	if n > 0 {
		r.State, r.PID, r.Version, r.Workspace = string(lifecycle.Ready), &live[0].PID, ptr(live[0].Version), ptr(live[0].Workspace)
	}
	return r, nil
}

// ptr makes absent values null.
func ptr[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func text[T any](p *T, show func(T) string) string {
	if p == nil {
		return "-"
	}
	return show(*p)
}

func self(s string) string { return s }

func duration(seconds int64) string {
	return (time.Duration(seconds) * time.Second).String()
}
