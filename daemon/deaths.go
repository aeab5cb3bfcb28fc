package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"amalfa/lifecycle"
)

const (
	// startLimit and startWindow are systemd's words for how often a service may die before it is left alone: so often within
	// so long. The numbers are those of its documentation's example for a service that must not take the machine with it.
	startLimit  = 5
	startWindow = time.Minute
	// longLife is what a process must have lived for its end to be no part of a series; Docker has the same 10 s.
	longLife = 10 * time.Second
	// firstBackOff is doubled with each death of a series. The first is followed at once.
	firstBackOff = time.Second
	// deathsKept bounds what is remembered of the past.
	deathsKept = 20
)

// A Death is the end of a process that did not end by itself and that nobody asked to end.
type Death struct {
	Time   time.Time     `json:"time"` // when it was noticed
	PID    int           `json:"pid"`
	Lived  time.Duration `json:"lived"`  // nanoseconds, 0 where that is not known
	How    string        `json:"how"`    // "signal: killed"
	Report string        `json:"report"` // the file with its last words, "" where none could be written
}

// deathRecord is the file beside a service's record. It is written under the record's lock.
type deathRecord struct {
	Deaths []Death `json:"deaths"` // oldest first
	// Since is when a person started the service last: what was before does not count against it.
	Since time.Time `json:"since"`
	// GaveUp is why it is not started again; "" = it is.
	GaveUp string `json:"gaveUp"`
}

func (s Spec) deathsPath() string { return s.beside(".deaths.json") }

// beside is a file next to the record, with another ending.
func (s Spec) beside(ending string) string { return strings.TrimSuffix(s.Record, ".pid") + ending }

// Deaths are those of the service that are remembered, oldest first.
func Deaths(s Spec) []Death { return s.deaths().Deaths }

// Died reports whether the process with that PID is remembered to have died.
func Died(s Spec, pid int) bool {
	return slices.ContainsFunc(Deaths(s), func(d Death) bool { return d.PID == pid })
}

// deaths is empty where nothing is remembered, or nothing that can be read.
func (s Spec) deaths() (r deathRecord) {
	f, err := openPlain(s.deathsPath(), os.O_RDONLY)
	if err != nil {
		return deathRecord{}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, recordLimit))
	if err != nil || json.Unmarshal(data, &r) != nil {
		return deathRecord{}
	}
	return r
}

func (s Spec) writeDeaths(r deathRecord) error {
	r.Deaths = r.Deaths[max(0, len(r.Deaths)-deathsKept):]
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return replaceFile(s.deathsPath(), data)
}

// replaceFile writes a file of ours whole, so that a reader sees the one before or this one. A link that somebody put there
// is replaced and not followed.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// backOff says how long to wait before the service is started again, or why it is not.
func (r deathRecord) backOff(now time.Time) (wait time.Duration, gaveUp string) {
	n := 0
	for _, d := range r.Deaths {
		if age := now.Sub(d.Time); age >= 0 && age < startWindow && !d.Time.Before(r.Since) {
			n++
		}
	}
	last := r.Deaths[len(r.Deaths)-1]
	switch {
	case n > startLimit:
		return 0, fmt.Sprintf("it died %d times within %s, the last time by %s, and is not started again", n, startWindow, last.How)
	case n <= 1 || last.Lived >= longLife:
		return 0, ""
	}
	return firstBackOff << (n - 2), ""
}

// Forgive lets a service that died too often be started again as if it never had: a person has asked for it.
func Forgive(s Spec) error {
	r := s.deaths()
	if len(r.Deaths) == 0 {
		return nil
	}
	r.Since, r.GaveUp = time.Now(), ""
	return s.writeDeaths(r)
}

// buryIn is bury for a record that is locked now, whatever is in it. What it
// cannot write down is lost; nothing else depends on that.
func (s Spec) buryIn(record *os.File, path string) {
	if path == s.Record {
		_, _, _ = s.bury(readRecord(record), "")
	}
}

// bury writes down that the process of a record has died, and reports whether it did: one that was told to end, or that the
// machine took with it, has not. The caller holds the record's lock. how is "" where nobody knows.
func (s Spec) bury(rec Record, how string) (Death, bool, error) {
	if rec.PID <= 0 || rec.BootID != bootID() || rec.State == lifecycle.Stopping || rec.State == lifecycle.Stopped || s.wasToldToEnd(rec) {
		return Death{}, false, nil
	}
	if rec.Log != "" && rec.Workspace != s.Workspace {
		s.Log = rec.Log // of the workspace that started it
	}
	d := Death{Time: time.Now(), PID: rec.PID}
	if rec.Began > 0 {
		d.Lived = max(0, d.Time.Sub(time.UnixMilli(rec.Began)))
	}
	words := lastWords(s.Log)
	if d.How = how; how == "" {
		d.How = howBy(words)
	}
	var err error
	d.Report, err = s.writeCrashReport(rec, d, words)
	r := s.deaths()
	r.Deaths = append(r.Deaths, d)
	return d, true, errors.Join(err, s.writeDeaths(r))
}
