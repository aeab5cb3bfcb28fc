package people

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// A Write is one that a person has made: what of, never its contents.
type Write struct {
	Time      time.Time `json:"time"`
	Who       string    `json:"who"`
	From      string    `json:"from"`      // the address
	Machine   string    `json:"machine"`   // that was asked
	Workspace string    `json:"workspace"` // its folder, in a database its shared name
	Tool      string    `json:"tool"`
	Note      string    `json:"note"`
}

const (
	// maxLog is the size at which audit.jsonl becomes audit.jsonl.1, and keptLogs how many of those are kept: some 600,000 writes.
	maxLog   = 10 << 20
	keptLogs = 9
)

// A log is a line of JSON for each write, in files of 0600 that are rotated by size.
type log struct {
	path string
	max  int64
	kept int
}

func (l log) numbered(n int) string {
	if n == 0 {
		return l.path
	}
	return fmt.Sprintf("%s.%d", l.path, n)
}

// Record implements Store.
func (f *Folder) Record(ctx context.Context, w Write) error { return f.log.add(ctx, w) }

// Writes implements Store.
func (f *Folder) Writes(_ context.Context, who string, limit int) ([]Write, error) {
	return f.log.newest(who, limit)
}

// add adds a write in one piece, whichever processes write there.
func (l log) add(ctx context.Context, w Write) error {
	line, err := json.Marshal(w)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	unlock, err := lock(ctx, l.path)
	if err != nil {
		return err
	}
	defer unlock()
	if info, err := os.Stat(l.path); err == nil && info.Size() > 0 && info.Size()+int64(len(line)) > l.max {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600) // #nosec G304 -- our state folder
	if err != nil {
		return err
	}
	if isCut(f) {
		line = append([]byte{'\n'}, line...)
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Close())
}

// isCut tells that a full disk kept the last line from its end.
func isCut(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// rotate moves each file one number up, over the oldest.
func (l log) rotate() error {
	for n := l.kept; n > 0; n-- {
		if err := os.Rename(l.numbered(n-1), l.numbered(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// newest reads files until limit writes are found.
func (l log) newest(who string, limit int) (out []Write, err error) {
	for n := 0; n <= l.kept && len(out) < limit; n++ {
		found, err := readLog(l.numbered(n), who)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
		slices.Reverse(found)
		out = append(out, found...)
	}
	return out[:min(len(out), limit)], nil
}

// readLog leaves out lines that are none, as the half of one that a full disk cut off.
func readLog(path, who string) (out []Write, err error) {
	f, err := os.Open(path) // #nosec G304 -- our state folder
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var w Write
		if json.Unmarshal(lines.Bytes(), &w) == nil && (who == "" || w.Who == who) {
			out = append(out, w)
		}
	}
	return out, lines.Err()
}
