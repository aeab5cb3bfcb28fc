package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"amalfa/lifecycle"
)

// Inspect says what is true of the service now. It takes a second at most: the
// time that `/health` may need. A record that is not ours to read is an error.
func Inspect(ctx context.Context, s Spec) (Status, error) { return InspectWithin(ctx, s, probeDelay) }

// InspectWithin is [Inspect] that gives `/health` so long.
func InspectWithin(ctx context.Context, s Spec, limit time.Duration) (Status, error) {
	st, err := s.inspect(ctx, limit)
	if err == nil && !s.Service.Stdio {
		st.remember(s)
	}
	return st, err
}

// inspect says what is true of the service now, whatever was before.
func (s Spec) inspect(ctx context.Context, limit time.Duration) (Status, error) {
	if s.Service.Stdio {
		return inspectSessions(ctx, s)
	}
	for try := 1; ; try++ {
		st, broken, err := s.look(ctx, limit)
		if !broken || try == lookTries || ctx.Err() != nil {
			return st, err
		}
		select { // its sockets may be gone a moment before its lock
		case <-time.After(pollDelay):
		case <-ctx.Done():
		}
	}
}

// remember adds what is known of the service's deaths. One that was given up has failed.
func (st *Status) remember(s Spec) {
	r := s.deaths()
	if len(r.Deaths) == 0 {
		return
	}
	last := r.Deaths[len(r.Deaths)-1]
	if time.Since(last.Time) < deathShown && last.Time.After(r.Since) {
		st.Crash = &last
	}
	if st.State != lifecycle.Stopped || r.GaveUp == "" {
		return
	}
	st.State = lifecycle.Failed
	st.Error = fmt.Sprintf("%s; run %q, and see %s", r.GaveUp, "amalfa "+s.Service.Name+" start", last.Report)
}

// deathShown is how long people are told of a death, where no one starts the service before.
const deathShown = 24 * time.Hour

// lookTries is how often a service is looked at that cannot be asked, half a second in all: it may be ending, which takes a
// busy machine a while, and another one may follow.
const lookTries = 20

// look is one look. It reports whether the service could not be asked, which
// is so of one that hangs only after the limit, and of one that ends at once.
func (s Spec) look(ctx context.Context, limit time.Duration) (st Status, broken bool, err error) {
	st = Status{Service: s.Service, State: lifecycle.Stopped}
	rec, locked, err := s.held()
	if err != nil || !locked {
		st.Error = rec.lastWords()
		return st, false, err
	}
	st.State = lifecycle.Starting
	if !rec.names() {
		return st, false, nil // the holder has not written its name yet, or ends
	}
	st.describe(rec)
	switch {
	case rec.isElsewhere(s):
		st.State, st.Error = lifecycle.Stopping, "it works for another folder, which was at "+rec.Workspace
	case rec.Instance == "":
	case s.Service.Port == 0:
		st.checkRunning(rec.State.Known())
	default:
		err := st.probe(ctx, limit, rec.State.Known())
		broken = err != nil && !errors.Is(err, errSilent)
	}
	return st, broken, nil
}

// describe fills in what the record and the system say.
func (st *Status) describe(rec Record) {
	st.PID, st.Address, st.Instance, st.Token = rec.PID, rec.Address, rec.Instance, rec.Token
	st.Version, st.Workspace = rec.Version, rec.Workspace
	st.Replaced = rec.Program != "" && FileID(rec.Exe) != rec.Program
	if rec.State.Known() {
		st.State, st.Error = rec.State, rec.Reason
	}
	p := &process.Process{Pid: int32(rec.PID)}
	if ms, err := p.CreateTime(); err == nil {
		st.Started = time.UnixMilli(ms)
	}
	if mem, err := p.MemoryInfo(); err == nil {
		st.RSS = int64(mem.RSS)
	}
}

// checkRunning believes the record of a service without a port, unless a
// signal has stopped its process. One that records no state cannot be asked.
func (st *Status) checkRunning(recorded bool) {
	status, err := (&process.Process{Pid: int32(st.PID)}).Status()
	st.Trusted = err == nil && !slices.Contains(status, process.Stop)
	switch {
	case !st.Trusted:
		st.State, st.Error = lifecycle.Failed, fmt.Sprintf("pid %d was stopped by a signal and does nothing", st.PID)
	case !recorded:
		st.State = lifecycle.Ready
	}
}
