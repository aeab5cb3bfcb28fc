package daemon

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

const (
	logLines   = 20       // what is shown of a child that died
	logTailMax = 64 << 10 // bytes that are looked at for them
)

// LogOptions tunes a log file. The zero value keeps 4 files of 10 MiB.
type LogOptions struct {
	MaxBytes int64 // size at which the file is rotated, default 10 MiB
	Keep     int   // rotated files that are kept, default 3
	// Redirect makes standard output and error of this process follow the file
	// through each rotation, so that a panic is never written to an old one.
	Redirect bool
}

// Log appends to a file and rotates it by size. One process writes it at a
// time: the holder of the service's record. Safe for concurrent use.
//
// It is our own because the rotating writers we looked at reopen a file
// without O_APPEND and would overwrite what the runtime prints of a panic.
type Log struct {
	path string
	o    LogOptions

	mu   sync.Mutex
	file *os.File
}

// OpenLog opens or creates the log at path with mode 0600, in a folder of 0700.
func OpenLog(path string, o LogOptions) (*Log, error) {
	o.MaxBytes, o.Keep = cmp.Or(o.MaxBytes, 10<<20), cmp.Or(o.Keep, 3)
	l := &Log{path: path, o: o}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

// openLog opens the file for appending and returns its size.
func openLog(path string) (*os.File, int64, error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, 0, err
	}
	f, err := openPlain(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, 0, fmt.Errorf("open log: %w", err)
	}
	fi, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("open log: %w", err)
	}
	return f, fi.Size(), nil
}

// open makes the file at path the one that is written to.
func (l *Log) open() error {
	f, _, err := openLog(l.path)
	if err != nil {
		return err
	}
	if l.o.Redirect {
		if err := redirect(f); err != nil {
			_ = f.Close()
			return fmt.Errorf("redirect output to %s: %w", l.path, err)
		}
	}
	if l.file != nil {
		_ = l.file.Close() // every write to it has returned
	}
	l.file = f
	return nil
}

// Write appends p, whole and in one file.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The size is asked for each time, since the runtime writes there too.
	switch fi, err := l.file.Stat(); {
	case err != nil:
	case isDeleted(fi) && Exists(filepath.Dir(l.path)):
		_ = l.open() // the folder was replaced: nobody reads what goes to the old file
	case fi.Size() > 0 && fi.Size()+int64(len(p)) > l.o.MaxBytes:
		l.rotate()
	}
	return l.file.Write(p)
}

// rotate moves the files one number up. Whatever fails, lines go on to the
// file that is open: a log too long is better than lines lost.
func (l *Log) rotate() {
	_ = os.Remove(l.numbered(l.o.Keep))
	for n := l.o.Keep - 1; n >= 1; n-- {
		_ = os.Rename(l.numbered(n), l.numbered(n+1))
	}
	if os.Rename(l.path, l.numbered(1)) == nil {
		_ = l.open()
	}
}

func (l *Log) numbered(n int) string { return fmt.Sprintf("%s.%d", l.path, n) }

// Sync does nothing: a log line is not worth a wait for the disk. It is there for loggers that ask for it.
func (l *Log) Sync() error { return nil }

// Close closes the file. Standard output and error stay where they are.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}

// LogTail returns the last lines of a log, 20 at most; none where it cannot be read.
func LogTail(path string) []string { return logTail(path, 0) }

// logTail returns the last lines that were written after offset start.
func logTail(path string, start int64) []string {
	lines := tailLines(path, start)
	return lines[max(0, len(lines)-logLines):]
}

// tailLines returns what was written after offset start, of the last 64 KiB.
func tailLines(path string, start int64) []string {
	f, err := openPlain(path, os.O_RDONLY)
	if err != nil {
		return nil
	}
	defer f.Close()
	if fi, err := f.Stat(); err == nil {
		start = max(start, fi.Size()-logTailMax)
	}
	data, err := io.ReadAll(io.NewSectionReader(f, start, logTailMax))
	if err != nil || len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
}
