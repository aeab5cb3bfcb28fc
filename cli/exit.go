package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/models"
	"amalfa/onnx"
	"amalfa/services"
	"amalfa/store"
)

// Exit codes of every command.
const (
	codeDone        = 0
	codeFailed      = 1
	codeUsage       = 2
	codeNotRunning  = 3
	codeMissing     = 4
	codeUnusable    = 5
	codeInterrupted = 130
)

// codeMeaning is how the help pages name the codes; it does not change.
var codeMeaning = map[int]string{
	codeDone: "done", codeFailed: "failed", codeUsage: "wrong usage",
	codeNotRunning: "service not running", codeMissing: "model or native library missing",
	codeUnusable: "settings or index unusable", codeInterrupted: "interrupted",
}

// A usageError is a command line that means nothing.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// A hinted error carries what to do about it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

func withHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &hinted{err, hint}
}

// errNotRunning reports that a service is stopped; status says so and exits 3.
var errNotRunning = errors.New("service is not running")

// A codedError is an error whose exit code another process chose.
type codedError struct {
	error
	code int
}

func (e *codedError) Unwrap() error { return e.error }

// errQuiet ends a command with a code after it has said all there is to say.
type errQuiet int

func (e errQuiet) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// A verdict is how an error is told: exit code, kind in JSON, and a hint.
type verdict struct {
	code int
	kind string
	hint string
}

func judge(err error) verdict {
	if v, ok := judgeByType(err); ok {
		return v
	}
	for _, row := range []struct {
		is   error
		then verdict
	}{
		{context.Canceled, verdict{codeInterrupted, "interrupted", ""}},
		{errNotRunning, verdict{codeNotRunning, "not_running", ""}},
		{models.ErrMissing, verdict{codeMissing, "no_model", `run "amalfa doctor" to see what is missing`}},
		{onnx.ErrUnsupported, verdict{codeMissing, "no_runtime", "this program was built without a C compiler: install one and build again; keyword search works"}},
		{config.ErrSettings, verdict{codeUnusable, "settings", "correct the file or remove it"}},
		{config.ErrUnsafe, verdict{codeUnusable, "unsafe", ""}},
		{store.ErrNoIndex, verdict{codeUnusable, "no_index", `run "amalfa init" first`}},
		{store.ErrCorrupt, verdict{codeUnusable, "corrupt_index", `run "amalfa init --force" to build it again; notes are not touched`}},
		{store.ErrNewer, verdict{codeUnusable, "newer_index", "a newer amalfa made this index: use that one"}},
		{store.ErrBusy, verdict{codeFailed, "busy", "try again when the other amalfa has finished"}},
		{store.ErrFull, verdict{codeFailed, "disk_full", "free some space and run the same command again: what was finished is kept"}},
		{store.ErrReadOnly, verdict{codeUnusable, "read_only", "make the folder writable, or work on a copy with --root"}},
	} {
		if errors.Is(err, row.is) {
			return row.then
		}
	}
	return verdict{codeFailed, "failed", ""}
}

// judgeByType tells errors that carry their own details.
func judgeByType(err error) (verdict, bool) {
	var use *usageError
	var taken *daemon.PortTakenError
	var remote *services.Error
	var coded *codedError
	var missing *models.MissingError
	switch {
	case errors.As(err, &missing):
		return verdict{codeMissing, "no_model", missing.Hint()}, true
	case errors.As(err, &coded):
		return verdict{coded.code, "failed", `run "amalfa doctor" to see what is missing`}, true
	case errors.As(err, &use):
		return verdict{codeUsage, "usage", use.hint}, true
	case errors.As(err, &taken):
		return verdict{codeFailed, "port_taken", "free it, or choose another with --port"}, true
	case errors.As(err, &remote) && remote.Kind == "no_model":
		return verdict{codeMissing, remote.Kind, remote.Hint}, true
	case errors.As(err, &remote):
		return verdict{codeFailed, remote.Kind, remote.Hint}, true
	}
	return verdict{}, false
}

// report tells the user what went wrong, and returns the exit code.
func (a *app) report(args []string, err error) int {
	var quiet errQuiet
	if errors.As(err, &quiet) {
		return int(quiet)
	}
	v := judge(err)
	var h *hinted
	if errors.As(err, &h) {
		v.hint = h.hint
	}
	if slices.Contains(args, "--json") {
		printJSONError(a.err, v, err)
		return v.code
	}
	fmt.Fprintln(a.err, a.prefix(v)+strings.TrimRight(err.Error(), "\n"))
	if v.hint != "" {
		fmt.Fprintln(a.err, "hint: "+v.hint)
	}
	return v.code
}

func printJSONError(w io.Writer, v verdict, err error) {
	body := map[string]any{"kind": v.kind, "message": err.Error(), "hint": v.hint}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": body}) // standard error gone: nothing left to tell
}

// prefix names the command in front of a message that does not name it itself.
func (a *app) prefix(v verdict) string {
	switch {
	case v.code == codeUsage:
		return ""
	case a.running == "":
		return "amalfa: "
	}
	return a.running + ": "
}

// interrupted marks an error that came of Ctrl-C.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", context.Canceled, err)
}
