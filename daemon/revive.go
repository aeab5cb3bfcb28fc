package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"amalfa/lifecycle"
)

// A Fallen is a service whose process has died, and that shall be started again.
type Fallen struct {
	Death
	Record Record // as the process left it
	spec   Spec
}

// Args are the words after the program's name that the process was started with.
func (f Fallen) Args() []string { return strings.Split(f.Record.Args, "\x00") }

// AwaitDeath waits until the process that holds the service's record has ended; it sleeps in the kernel until the lock is free.
// A record that nobody holds and that names a process is of one that died before anybody waited for it. It returns nil at once
// where there is neither, and nil in the end where the process ended as it was told or by itself. Of several who wait for the
// same process one is told of its death. Where it has died, that is written down by then.
func AwaitDeath(ctx context.Context, s Spec) (*Fallen, error) {
	record, err := awaitLock(s.Record)
	if err != nil || record == nil {
		return nil, err
	}
	defer record.Close()
	rec := readRecord(record)
	if ctx.Err() != nil || !isAt(record, s.Record) {
		return nil, ctx.Err()
	}
	if s.wasToldToEnd(rec) { // and did not: it was killed
		err := s.dropRecords(record, rec.PID)
		_ = os.Remove(s.stopPath())
		return nil, err
	}
	death, died, err := s.bury(rec, "")
	if !died {
		return nil, err
	}
	_ = s.intend(rec)
	return &Fallen{Death: death, Record: rec, spec: s}, errors.Join(err, s.dropRecords(record, rec.PID))
}

// Pending returns the death after which another process was about to be started when whoever was to do that ended, nil for none.
// One of another run of the machine, and one whose service has a process since, is none.
func Pending(s Spec) *Fallen {
	rec := s.intended()
	f := &Fallen{Death: Death{Time: time.Now(), PID: rec.PID}, Record: rec, spec: s}
	if !rec.isDead() || f.IsOvertaken() {
		return nil
	}
	for _, d := range Deaths(s) {
		if d.PID == rec.PID {
			f.Death = d
		}
	}
	return f
}

// dropRecords removes what the process with that PID left. The caller holds its record.
func (s Spec) dropRecords(record *os.File, pid int) error {
	removeMirror(s.Mirror, pid)
	if isAt(record, s.Record) {
		return os.Remove(s.Record)
	}
	return nil
}

// awaitLock returns the record once its lock is free, and nil where nobody holds it and no process was there. One that is
// empty is about to be locked by who starts the service: to lock it even for an instant would stand in that one's way.
func awaitLock(path string) (*os.File, error) {
	f, err := openPlain(path, os.O_RDWR)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	held, err := isLocked(f)
	if err == nil && (held || readRecord(f).isDead()) {
		if err = waitForLock(f); err == nil {
			return f, nil
		}
	}
	return nil, errors.Join(err, f.Close())
}

// BackOff is how long to wait before the service is started again, by how often it has died of late; why is not empty where
// it is given up, which `servers` then shows.
func (f *Fallen) BackOff() (wait time.Duration, why string, err error) {
	r := f.spec.deaths()
	if len(r.Deaths) == 0 { // somebody removed the file
		r.Deaths = []Death{f.Death}
	}
	wait, r.GaveUp = r.backOff(time.Now())
	if r.GaveUp != "" {
		f.spec.callOff()
		err = f.spec.writeDeaths(r)
	}
	return wait, r.GaveUp, err
}

// Revive starts the service in the place of the process that died, with s as that was started, and waits until it is ready
// or degraded, for wait at most. again says that nothing runs and that it shall be tried once more; it is false also where
// nobody wants that: somebody stopped the service meanwhile, or started it. What became of that one is for AwaitDeath to
// tell. A process that ends before it is ready is another death, which f is about then.
func (f *Fallen) Revive(ctx context.Context, s Spec, wait time.Duration) (again bool, err error) {
	record, err := acquire(ctx, s.Record)
	if errors.Is(err, ErrRunning) {
		f.settle()
		return false, nil
	}
	if err == nil && readRecord(record).PID != 0 { // of another process, which has died too
		f.settle()
		return false, record.Close()
	}
	if err == nil && !f.isWanted() {
		return false, drop(record, s.Record)
	}
	if err == nil {
		ctx, cancel := context.WithTimeoutCause(ctx, wait, errLimit)
		defer cancel()
		_, err = launch(ctx, s, record)
	}
	if err == nil || Held(s.Record) { // one that runs and says what it lacks is for people to look at
		f.settle()
		return false, err
	}
	f.failed(err)
	return f.isWanted(), err
}

// IsOvertaken reports whether the service has another process since, or had one that died too.
func (f *Fallen) IsOvertaken() bool {
	rec, locked, err := held(f.spec.Record)
	return err == nil && (locked || rec.PID != 0)
}

// settle removes the mark of a death that is dealt with, and not that of a later one.
func (f *Fallen) settle() {
	if f.isWanted() {
		f.spec.callOff()
	}
}

func (f *Fallen) isWanted() bool { return f.spec.intended().name() == f.Record.name() }

// failed notes that the process which should have taken the place of another ended too, or was never there.
func (f *Fallen) failed(cause error) {
	r := f.spec.deaths()
	if n := len(r.Deaths); n > 0 && r.Deaths[n-1].Time.After(f.Time) {
		f.Death = r.Deaths[n-1] // launch has seen it die
		return
	}
	var ended *ExitError
	words := []string{cause.Error()}
	f.Death = Death{Time: time.Now(), How: clip(cause.Error())}
	if errors.As(cause, &ended) {
		f.How, words = ended.Reason, ended.Log
	}
	f.Report, _ = f.spec.writeCrashReport(Record{State: lifecycle.Starting, Version: f.spec.Version, Exe: f.spec.Exe}, f.Death, words)
	r.Deaths = append(r.Deaths, f.Death)
	_ = f.spec.writeDeaths(r)
}
