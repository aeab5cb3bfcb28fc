package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// recordLimit is far above any record; a larger file is not one.
const recordLimit = 64 << 10

// Record is what the holder writes into its record.
type Record struct {
	PID       int    `json:"pid"`
	StartTime string `json:"startTime"` // tells this process from a later one with its PID
	BootID    string `json:"bootId"`
	Exe       string `json:"exe"`
	Version   string `json:"version"`
	Address   string `json:"address"` // "" until the port is bound
	Workspace string `json:"workspace"`
	Instance  string `json:"instance"`
	Token     string `json:"token"`
}

// names reports whether the process with the record's PID is the one that
// wrote the record.
func (r Record) names() bool {
	if r.PID <= 0 || r.StartTime == "" || r.BootID != bootID() {
		return false
	}
	start, err := startTime(r.PID)
	return err == nil && start == r.StartTime
}

func parseRecord(data []byte) (Record, error) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	pid, err := strconv.Atoi(string(first))
	if err != nil {
		return Record{}, fmt.Errorf("first line of a record: %w", err)
	}
	var r Record
	// Not Unmarshal: a reader may see the tail of a longer record behind a new one.
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&r); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	if r.PID != pid {
		return Record{}, fmt.Errorf("record names two processes, %d and %d", pid, r.PID)
	}
	return r, nil
}

// readRecord gives the zero record for one that is empty or half written.
func readRecord(f *os.File) Record {
	data, err := io.ReadAll(io.NewSectionReader(f, 0, recordLimit))
	if err != nil {
		return Record{}
	}
	r, err := parseRecord(data)
	if err != nil {
		return Record{}
	}
	return r
}

// writeRecord writes in place: the new text in one call, then the new length.
func writeRecord(f *os.File, r Record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	data = fmt.Appendf(nil, "%d\n%s\n", r.PID, data)
	if _, err := f.WriteAt(data, 0); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return f.Truncate(int64(len(data)))
}

// acquire opens and locks the record at path, creating it and its folder. It
// returns [ErrRunning] when another process holds it.
func acquire(path string) (*os.File, error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	for {
		f, err := openRecord(path, true)
		if err != nil {
			return nil, err
		}
		locked, err := lock(f)
		if err == nil && locked && isAt(f, path) {
			return f, nil
		}
		_ = f.Close()
		switch {
		case err != nil:
			return nil, fmt.Errorf("lock %s: %w", path, err)
		case !locked:
			return nil, ErrRunning
		}
		// The last holder removed the file between our open and our lock.
	}
}

// held returns the record at path and whether a process holds it.
func held(path string) (Record, bool, error) {
	for {
		f, err := openRecord(path, false)
		if errors.Is(err, fs.ErrNotExist) {
			return Record{}, false, nil
		}
		if err != nil {
			return Record{}, false, err
		}
		locked, err := isLocked(f)
		rec, current := readRecord(f), isAt(f, path)
		_ = f.Close()
		if err != nil {
			return Record{}, false, fmt.Errorf("look at the lock of %s: %w", path, err)
		}
		if current || !exists(path) {
			return rec, locked && current, nil
		}
	}
}

// lock takes the exclusive lock without waiting. Lookers hold a shared one for
// an instant; only another exclusive one means that it is taken.
func lock(f *os.File) (bool, error) {
	for {
		if ok, err := lockFile(f, true); ok || err != nil {
			return ok, err
		}
		taken, err := isLocked(f)
		if taken || err != nil {
			return false, err
		}
		time.Sleep(time.Millisecond) // a looker's instant; there is nothing to select on
	}
}

// isLocked reports whether another process holds f exclusively.
func isLocked(f *os.File) (bool, error) {
	ok, err := lockFile(f, false)
	if err != nil || !ok {
		return !ok, err
	}
	return false, unlockFile(f)
}

// isAt reports whether path still leads to f.
func isAt(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// drop removes the record that f holds and ends the hold.
func drop(f *os.File, path string) error {
	var err error
	if isAt(f, path) {
		err = os.Remove(path)
	}
	return errors.Join(err, f.Close())
}

// sweep removes what a process left that ended without doing so itself.
func sweep(s Spec, pid int) {
	removeMirror(s.Mirror, pid)
	if !exists(s.Record) {
		return
	}
	if f, err := acquire(s.Record); err == nil {
		_ = drop(f, s.Record) // a stale record does no harm
	}
}

// writeMirror writes the unlocked copy of a record.
func writeMirror(path string, r Record) error {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := openRecord(path, true)
	if err != nil {
		return err
	}
	return errors.Join(writeRecord(f, r), f.Close())
}

// removeMirror removes the copy at path if it names pid.
func removeMirror(path string, pid int) {
	if path == "" {
		return
	}
	f, err := openRecord(path, false)
	if err != nil {
		return
	}
	rec := readRecord(f)
	_ = f.Close()
	if rec.PID == pid {
		_ = os.Remove(path) // a stale copy does no harm
	}
}
