package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"amalfa/lifecycle"
	"amalfa/registry"
)

const (
	// recordLimit is far above any record; a larger file is not one.
	recordLimit = 64 << 10
	// reasonLimit bounds the bytes of a reason in a record.
	reasonLimit = 4 << 10
	// tornReads is how often a record is read again that is being written, which takes a microsecond.
	tornReads = 100
)

// Record is what the holder writes into its record.
type Record struct {
	PID       int             `json:"pid"`
	StartTime string          `json:"startTime"` // tells this process from a later one with its PID
	BootID    string          `json:"bootId"`
	Exe       string          `json:"exe"`
	Version   string          `json:"version"`
	Address   string          `json:"address"` // "" until the port is bound
	Workspace string          `json:"workspace"`
	Folder    string          `json:"folder"` // which folder Workspace was when the process began, "" = not known
	Instance  string          `json:"instance"`
	Token     string          `json:"token"`
	Began     int64           `json:"began"`     // when the process took the record, milliseconds since 1970
	Args      string          `json:"args"`      // after the program's name, as the process was started, with zero bytes between
	Program   string          `json:"program"`   // which file Exe was when the process began, "" = not known
	Log       string          `json:"log"`       // where it writes its log
	HandsOver bool            `json:"handsOver"` // it lets another process take its place, see [Replace]
	State     lifecycle.State `json:"state"`     // "" in a mirror, and in records of programs that kept it elsewhere
	Reason    string          `json:"reason"`    // of the state
}

// names reports whether the process with the record's PID is the one that wrote the record.
func (r Record) names() bool {
	if r.PID <= 0 || r.StartTime == "" || r.BootID != bootID() {
		return false
	}
	start, err := startTime(r.PID)
	return err == nil && start == r.StartTime
}

// isDead reports whether the record was written in this run of the machine, by a process that has ended.
func (r Record) isDead() bool { return r.PID > 0 && r.BootID == bootID() && !r.names() }

// isElsewhere reports whether the process works for another folder than the one that is the workspace of s now: that was
// moved here, or has taken the place of the process's own. It is about to notice, and to end.
func (r Record) isElsewhere(s Spec) bool {
	return s.Service.Scope == registry.Workspace && r.Folder != "" && (r.Workspace != s.Workspace || r.Folder != FileID(s.Workspace))
}

// lastWords is what ended the process that left the record, "" for nothing unusual.
func (r Record) lastWords() string {
	if r.State == lifecycle.Stopped || r.State == lifecycle.Failed {
		return r.Reason
	}
	return ""
}

// sumKey begins the checksum at the end of a record's JSON. No string of JSON
// holds these bytes, since a quote inside one is escaped.
const sumKey = `,"sum":"`

// text is the record as it lies on disk: {…,"sum":"xxxxxxxx"}, the CRC-32 (IEEE) of what precedes it in the JSON.
func (r Record) text() ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	open := data[:len(data)-1]
	return fmt.Appendf(nil, "%d\n%s%s%08x\"}\n", r.PID, open, sumKey, crc32.ChecksumIEEE(open)), nil
}

func parseRecord(data []byte) (Record, error) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	pid, err := strconv.Atoi(string(first))
	if err != nil {
		return Record{}, fmt.Errorf("first line of a record: %w", err)
	}
	var r struct {
		Record
		Sum string `json:"sum"`
	}
	// Not Unmarshal: a reader may see the tail of a longer record behind a new one.
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&r); err != nil {
		return Record{}, fmt.Errorf("decode record: %w", err)
	}
	open, _, _ := bytes.Cut(rest, []byte(sumKey))
	unsigned := r.Sum == "" && r.State == "" // of a program that knew neither
	if !unsigned && r.Sum != fmt.Sprintf("%08x", crc32.ChecksumIEEE(open)) {
		return Record{}, errors.New("record is half written")
	}
	if r.PID != pid {
		return Record{}, fmt.Errorf("record names two processes, %d and %d", pid, r.PID)
	}
	return r.Record, nil
}

// readRecord gives the zero record for one that is empty or stays half written.
func readRecord(f *os.File) Record {
	for range tornReads {
		data, err := io.ReadAll(io.NewSectionReader(f, 0, recordLimit))
		if err != nil || len(data) == 0 {
			return Record{}
		}
		if r, err := parseRecord(data); err == nil {
			return r
		}
	}
	return Record{}
}

// writeRecord writes in place: the new text in one call, then the new length.
func writeRecord(f *os.File, r Record) error {
	data, err := r.text()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(data, 0); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return f.Truncate(int64(len(data)))
}

// writeMirror writes the unlocked copy of a record. It leaves out the state, which only the locked record knows.
func writeMirror(path string, r Record) error {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := openRecord(path, true)
	if err != nil {
		return err
	}
	r.State, r.Reason = "", ""
	return errors.Join(writeRecord(f, r), f.Close())
}

// removeMirror removes the copy at path if it names pid.
func removeMirror(path string, pid int) {
	if rec, _, err := held(path); err == nil && rec.PID == pid {
		_ = os.Remove(path) // a stale copy does no harm
	}
}
