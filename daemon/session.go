package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"amalfa/lifecycle"
)

// Session returns the spec of one process of a service that its clients start:
// its records are those of s, with a dash and the PID before the suffix. Where
// processes are numbered by themselves, as in a container, the number of that
// namespace follows: two containers with one folder both have a process 1.
func (s Spec) Session(pid int) Spec {
	name := fmt.Sprintf("-%d%s.pid", pid, dashed(pidNamespace()))
	s.Record = strings.TrimSuffix(s.Record, ".pid") + name
	if s.Fallback != "" {
		s.Fallback = strings.TrimSuffix(s.Fallback, ".pid") + name
	}
	return s
}

func dashed(namespace string) string {
	if namespace == "" {
		return ""
	}
	return "-" + namespace
}

// sessionOf reads the name of a session's record at path, of the service whose
// record is service; ok is false for another file.
func sessionOf(path, service string) (pid int, namespace string, ok bool) {
	name, isRecord := strings.CutSuffix(path, ".pid")
	rest, isOurs := strings.CutPrefix(name, strings.TrimSuffix(service, ".pid")+"-")
	number, namespace, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return pid, namespace, isRecord && isOurs && err == nil
}

// Sessions returns the records of the live processes of a service that its
// clients start, and removes those of processes that were killed. Processes of
// another container have no number here, and are left out.
func Sessions(ctx context.Context, s Spec) ([]Record, error) {
	pids, err := s.sessions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	live := []Record{}
	for _, pid := range pids {
		rec, locked, err := s.Session(pid).held()
		switch {
		case err != nil:
			return nil, err
		case !locked:
			sweep(ctx, s.Session(pid), rec.PID)
		case rec.names():
			live = append(live, rec)
		}
	}
	return live, nil
}

// sessions are the PIDs that records of sessions have here. A record of another
// container goes when nobody holds it: none of its processes may ever look.
func (s Spec) sessions(ctx context.Context) (pids []int, err error) {
	for _, service := range s.locked() {
		files, err := os.ReadDir(filepath.Dir(service))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, f := range files {
			path := filepath.Join(filepath.Dir(service), f.Name())
			switch pid, namespace, ok := sessionOf(path, service); {
			case ok && namespace != pidNamespace():
				sweep(ctx, Spec{Record: path}, 0)
			case ok && !slices.Contains(pids, pid):
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
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
