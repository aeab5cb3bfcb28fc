package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"amalfa/lifecycle"
)

// Inspect says what is true of the service now. It takes a second at most: the
// time that `/health` may need. A record that is not ours to read is an error.
func Inspect(ctx context.Context, s Spec) (Status, error) {
	st := Status{Service: s.Service, State: lifecycle.Stopped}
	if s.Service.Stdio {
		return inspectSessions(st, filepath.Dir(s.Record))
	}
	rec, locked, err := held(s.Record)
	if err != nil || !locked {
		return st, err
	}
	st.State = lifecycle.Starting
	if !rec.names() {
		return st, nil // the holder has not written its name yet
	}
	st.describe(rec)
	switch {
	case rec.Instance == "":
	case s.Service.Port == 0:
		st.readStateFile(s.StateFile)
	default:
		st.probe(ctx)
	}
	return st, nil
}

// describe fills in what the record and the system say.
func (st *Status) describe(rec Record) {
	st.PID, st.Address, st.Instance, st.Token = rec.PID, rec.Address, rec.Instance, rec.Token
	st.Version, st.Workspace = rec.Version, rec.Workspace
	p, err := process.NewProcess(int32(rec.PID))
	if err != nil {
		return
	}
	if ms, err := p.CreateTime(); err == nil {
		st.Started = time.UnixMilli(ms)
	}
	if mem, err := p.MemoryInfo(); err == nil {
		st.RSS = int64(mem.RSS)
	}
}

// readStateFile takes the state from the file that a service without a port
// keeps. One that an earlier process wrote says nothing about this one.
func (st *Status) readStateFile(path string) {
	st.Trusted, st.State = true, lifecycle.Ready
	if path == "" {
		return
	}
	var file struct {
		State  lifecycle.State `json:"state"`
		Reason string          `json:"reason"`
		PID    int             `json:"pid"`
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil || file.State == "" || (file.PID != 0 && file.PID != st.PID) {
		st.State = lifecycle.Starting
		return
	}
	st.State, st.Error = file.State, file.Reason
}

// Sessions returns the records of the live processes that clients started with
// the runtime folder dir, and removes those of processes that were killed.
func Sessions(dir string) ([]Record, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "mcp-*.pid"))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	live := []Record{}
	for _, path := range paths {
		rec, locked, err := held(path)
		switch {
		case err != nil:
			return nil, err
		case !locked:
			sweep(Spec{Record: path}, rec.PID)
		case rec.names():
			live = append(live, rec)
		}
	}
	return live, nil
}

// inspectSessions sums the processes up: the details are those of the first.
func inspectSessions(st Status, dir string) (Status, error) {
	live, err := Sessions(dir)
	if err != nil || len(live) == 0 {
		return st, err
	}
	st.describe(live[0])
	st.State, st.Trusted, st.Sessions = lifecycle.Ready, true, len(live)
	return st, nil
}
