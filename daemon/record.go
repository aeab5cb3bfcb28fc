package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
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
