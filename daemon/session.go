package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"amalfa/lifecycle"
)

// Session returns the spec of one process of a service that its clients start:
// its records are those of s, with a dash and the PID before the suffix.
func (s Spec) Session(pid int) Spec {
	s.Record = sessionPrefix(s.Record) + strconv.Itoa(pid) + suffix
	if s.Fallback != "" {
		s.Fallback = sessionPrefix(s.Fallback) + strconv.Itoa(pid) + suffix
	}
	return s
}

// suffix ends the name of a record.
const suffix = ".pid"

func sessionPrefix(record string) string { return strings.TrimSuffix(record, suffix) + "-" }

// Sessions returns the records of the live processes of a service that its
// clients start, and removes those of processes that were killed.
func Sessions(ctx context.Context, s Spec) ([]Record, error) {
	pids := map[int]bool{}
	live := []Record{}
	for _, path := range s.locked() {
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		for _, e := range entries {
			pid, ok := strings.CutPrefix(e.Name(), filepath.Base(sessionPrefix(path)))
			n, err := strconv.Atoi(strings.TrimSuffix(pid, suffix))
			if !ok || err != nil || pids[n] {
				continue
			}
			pids[n] = true
			if live, err = addSession(ctx, live, s.Session(n)); err != nil {
				return nil, err
			}
		}
	}
	return live, nil
}

func addSession(ctx context.Context, live []Record, s Spec) ([]Record, error) {
	rec, locked, err := s.held()
	switch {
	case err != nil:
		return nil, err
	case !locked:
		sweep(ctx, s, rec.PID)
	case rec.names():
		live = append(live, rec)
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
