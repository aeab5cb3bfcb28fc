package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"amalfa/lifecycle"
)

// sessionName is the name of a session's record, after that of its service.
const sessionName = "-%d.pid"

// Session returns the spec of one process of a service that its clients start:
// its records are those of s, with a dash and the PID before the suffix.
func (s Spec) Session(pid int) Spec {
	name := fmt.Sprintf(sessionName, pid)
	s.Record = strings.TrimSuffix(s.Record, ".pid") + name
	if s.Fallback != "" {
		s.Fallback = strings.TrimSuffix(s.Fallback, ".pid") + name
	}
	return s
}

// Sessions returns the records of the live processes of a service that its
// clients start, and removes those of processes that were killed.
func Sessions(ctx context.Context, s Spec) ([]Record, error) {
	seen, live := map[int]bool{}, []Record{}
	for _, path := range s.locked() {
		files, err := os.ReadDir(filepath.Dir(path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		for _, f := range files {
			pid, form := 0, strings.TrimSuffix(filepath.Base(path), ".pid")+sessionName
			if n, _ := fmt.Sscanf(f.Name(), form, &pid); n == 0 || seen[pid] {
				continue
			}
			seen[pid] = true
			rec, locked, err := s.Session(pid).held()
			if err != nil {
				return nil, err
			}
			if !locked {
				sweep(ctx, s.Session(pid), rec.PID)
			} else if rec.names() {
				live = append(live, rec)
			}
		}
	}
	return live, nil
}

// inspectSessions sums the processes up: the details are those of the first.
func inspectSessions(ctx context.Context, s Spec) (Status, error) {
	st := Status{Service: s.Service, State: lifecycle.Stopped}
	live, err := Sessions(ctx, s)
	if err != nil || len(live) == 0 {
		return st, err
	}
	st.describe(live[0])
	st.State, st.Trusted, st.Sessions = lifecycle.Ready, true, len(live)
	return st, nil
}
