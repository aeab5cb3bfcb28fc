package models

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrMissing reports a model or library that is not on this machine; *MissingError says what and where.
var ErrMissing = errors.New("not on this machine")

// ErrUnknown reports a name that is neither in the catalogue nor a folder.
var ErrUnknown = errors.New("unknown model")

// ErrUnpinned reports a file whose bytes nobody vouches for: it is not pinned, and it would come from another
// place than the public hub.
var ErrUnpinned = errors.New("no pinned checksum")

// A MissingError says what is missing, where it was looked for, and how to get it.
type MissingError struct {
	What   string   // "model BAAI/bge-small-en-v1.5 (full)", "ONNX Runtime for linux/amd64"
	Files  []string // names of the files that are needed
	Looked []string // folders and files that were looked at, in order
	Put    string   // where files placed by hand are found
	Fetch  string   // command that fetches it, "" when nothing can
	Cause  error    // why what is there cannot be used, or why it was not fetched; nil for neither
}

func (e *MissingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is %v", e.What, ErrMissing)
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	if len(e.Files) > 0 {
		fmt.Fprintf(&b, "; needed: %s", strings.Join(e.Files, ", "))
	}
	if len(e.Looked) > 0 {
		fmt.Fprintf(&b, "; looked in: %s", strings.Join(e.Looked, ", "))
	}
	return b.String()
}

// Hint says in one line what to do about it.
func (e *MissingError) Hint() string {
	var ways []string
	if e.Fetch != "" {
		ways = append(ways, fmt.Sprintf("run %q with network access", e.Fetch))
	}
	files := "put " + and(e.Files)
	switch {
	case e.Put != "":
		ways = append(ways, files+" into "+e.Put)
	case len(e.Files) > 0:
		ways = append(ways, files+" into a folder and name that instead of the model")
	}
	return strings.Join(ways, ", or ")
}

// and joins names as a sentence does.
func and(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// Unwrap makes errors.Is(err, ErrMissing) true, and keeps the cause reachable.
func (e *MissingError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrMissing}
	}
	return []error{ErrMissing, e.Cause}
}

// lines are several errors told in one line.
type lines []error

// oneLine joins errors for a message of one line; it is nil for none.
func oneLine(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return lines(errs)
}

func (l lines) Error() string {
	out := make([]string, len(l))
	for i, err := range l {
		out[i] = err.Error()
	}
	return strings.Join(out, "; ")
}

// Unwrap keeps each of them reachable.
func (l lines) Unwrap() []error { return l }

// diskError says so, with the path, when a disk is full, whatever the write was for.
func diskError(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("disk full at %s: %w", path, err)
	}
	return err
}

// plainName accepts the name of a file directly inside a folder, on every system.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && filepath.IsLocal(name) &&
		!strings.ContainsAny(name, "/\\:\x00") && len(name) <= 255
}

// isSum accepts the lower-case hex of a SHA-256.
func isSum(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func baseName(p string) string { return path.Base(p) }
