package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"amalfa/daemon"
	"amalfa/ingest"
	"amalfa/lifecycle"
	"amalfa/models"
	"amalfa/registry"
	"amalfa/services/dashboard"
	"amalfa/store"
)

// services are all of the registry, as they are now. What cannot be looked at says so in its row.
func (b board) services(ctx context.Context) []dashboard.Service {
	rows := make([]dashboard.Service, len(registry.Services()))
	var looks sync.WaitGroup
	for i, svc := range registry.Services() {
		looks.Go(func() { rows[i] = b.service(ctx, svc) })
	}
	looks.Wait()
	return rows
}

func (b board) service(ctx context.Context, svc registry.Service) dashboard.Service {
	row := dashboard.Service{Name: svc.Name, Summary: svc.Summary, State: string(lifecycle.Stopped), Startable: !svc.Stdio && !svc.Pages, Log: []string{}}
	if svc.Stdio {
		live, err := b.Sessions(ctx, svc)
		if row.Sessions = len(live); len(live) > 0 {
			row.State = string(lifecycle.Ready)
		}
		if err != nil {
			row.Reason = err.Error()
		}
		return row
	}
	st, err := b.Inspect(ctx, svc)
	if err != nil {
		row.State, row.Reason = string(lifecycle.Failed), err.Error()
		return row
	}
	row.State, row.Reason, row.PID, row.Address = string(st.State), cmp.Or(st.Error, b.Outdated(svc, st)), st.PID, st.Address
	row.Version, row.Model, row.Memory, row.Requests = st.Version, st.Model, st.RSS, st.Requests
	if st.PID > 0 {
		row.Uptime = int64(time.Since(st.Started).Seconds())
	}
	if st.Latency > 0 {
		row.LatencyMS = &st.Latency
	}
	row.Log = append(row.Log, daemon.LogTail(b.LogFile(svc))...)
	row.LastError = lastError(row.Log)
	return row
}

// lastError is the last line of a log that tells of one.
func lastError(lines []string) string {
	for _, line := range slices.Backward(lines) {
		if strings.Contains(line, `"level":"error"`) || strings.Contains(line, "\tERROR\t") || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return line
		}
	}
	return ""
}

// Bounds of what is told of an index.
const (
	coverageExamples = 3
	mostToday        = 50
)

func (b board) facts(ctx context.Context) (f dashboard.Facts, err error) {
	st, err := b.ReadIndex(ctx)
	if err != nil {
		return f, err
	}
	defer st.Close()
	n, err := st.Stats(ctx)
	if err != nil {
		return f, err
	}
	f = dashboard.Facts{Notes: n.Notes, Passages: n.Chunks, Links: n.Links, Tags: n.Tags, Broken: n.Broken, Bytes: n.Bytes, Model: n.Model.Name,
		Vectors: dashboard.Share{Of: n.Chunks}, Coverage: []dashboard.Coverage{}, History: []dashboard.Moment{}, Today: []dashboard.Happening{}}
	if n.Model.Digest != "" {
		if f.Vectors.Have, err = st.CountVectors(ctx, n.Model.Digest); err != nil {
			return f, err
		}
	}
	lag, err := b.LagWithin(ctx, st, lagTime)
	if err != nil {
		return f, err
	}
	f.Lag = dashboard.IndexLag{Files: lag.Files, AtLeast: lag.AtLeast}
	if f.Coverage, err = coverageOf(ctx, st); err != nil {
		return f, err
	}
	shots, err := Snapshots(ctx, st)
	for _, s := range shots {
		f.History = append(f.History, dashboard.Moment{Time: s.Time, Notes: s.Notes, Links: s.Links})
	}
	if err != nil {
		return f, err
	}
	f.Today, err = today(ctx, st)
	return f, err
}

func coverageOf(ctx context.Context, st store.Store) ([]dashboard.Coverage, error) {
	all, err := st.Files(ctx)
	if err != nil {
		return nil, err
	}
	refused, err := ingest.Refused(ctx, st)
	if err != nil {
		return nil, err
	}
	out := []dashboard.Coverage{}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		f := all[id]
		reason := CoverageReason(f, refused[id])
		i := slices.IndexFunc(out, func(c dashboard.Coverage) bool { return c.State == f.State && c.Reason == reason })
		if i < 0 {
			out, i = append(out, dashboard.Coverage{State: f.State, Reason: reason, Examples: []string{}}), len(out)
		}
		out[i].Files++
		if len(out[i].Examples) < coverageExamples && (f.State != store.Indexed || reason != "") {
			out[i].Examples = append(out[i].Examples, id)
		}
	}
	slices.SortStableFunc(out, func(a, b dashboard.Coverage) int { return cmp.Compare(b.Files, a.Files) })
	return out, nil
}

// today is what the index heard of since midnight, newest first.
func today(ctx context.Context, st store.Store) ([]dashboard.Happening, error) {
	out := []dashboard.Happening{}
	newest, err := st.Changes(ctx, math.MaxInt64, 0)
	if err != nil {
		return out, err
	}
	history, err := st.Changes(ctx, max(0, newest.Cursor-mostToday), mostToday)
	y, m, d := time.Now().Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.Local)
	for _, e := range slices.Backward(history.Events) {
		if at := time.UnixMilli(e.Time); at.After(midnight) {
			out = append(out, dashboard.Happening{Time: at, Event: e.Event, Path: e.Path, From: e.OldPath, Elsewhere: e.Elsewhere})
		}
	}
	return out, err
}

func (b board) models() []dashboard.Model {
	out := []dashboard.Model{}
	for _, m := range b.Locator(nil).List() {
		size := m.Model.Size(m.Precision)
		if m.Path != "" {
			size = m.Bytes
		}
		pull := "amalfa models pull " + m.Model.Name
		if m.Precision != models.Full {
			pull += fmt.Sprintf(" --precision %s", m.Precision)
		}
		out = append(out, dashboard.Model{Name: m.Model.Name, Kind: cmp.Or(m.Model.Kind, "embedding"), Precision: m.Precision, Bytes: size, Digest: m.Model.Digest(m.Precision), Here: m.Path != "", BuiltIn: m.Embedded, Pull: pull})
	}
	return out
}

func (b board) tasks() ([]dashboard.Task, error) {
	all, err := b.Tasks()
	out := []dashboard.Task{}
	for _, t := range all {
		out = append(out, dashboard.Task{ID: t.ID, Type: t.Type, State: t.State, Since: t.Since})
	}
	return out, err
}
