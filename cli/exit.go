package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"amalfa/app"
	"amalfa/config"
	"amalfa/daemon"
	"amalfa/models"
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

// usageError reports a command line that means nothing.
func usageError(message, hint string) error {
	return &app.UsageError{Message: message, Advice: hint}
}

// errNotRunning reports that a service is stopped; status says so and exits 3.
var errNotRunning = errors.New("service is not running")

// errQuiet ends a command with a code after it has said all there is to say.
type errQuiet int

func (e errQuiet) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// errFailed is an error that ends its command with codeFailed, whatever code it has elsewhere.
type errFailed struct{ error }

// Unwrap returns the error itself.
func (e errFailed) Unwrap() error { return e.error }

// An exitStatus is how an error is told: exit code, kind in JSON, and a hint.
type exitStatus struct {
	code int
	kind string
	hint string
}

// classify finds the exit status of an error. A hint that the error carries itself goes before that of its kind.
func classify(err error) exitStatus {
	s := statusOf(err)
	s.hint = cmp.Or(services.Hint(err), s.hint, hintDenied(err))
	return s
}

// hintDenied says what to do about a file or folder that the system does not let this user open or change.
func hintDenied(err error) string {
	path, denied := app.Denied(err)
	if !denied {
		return ""
	}
	if dir := config.DirOf(path); dir != "" {
		return "amalfa keeps its index in " + dir + ": make all in it yours and writable, or work on a copy with --root"
	}
	return "see who owns it and who may change it: ls -ld " + path
}

func statusOf(err error) exitStatus {
	if f, ok := errors.AsType[errFailed](err); ok {
		s := statusOf(f.error)
		s.code = codeFailed
		return s
	}
	if s, ok := statusByType(err); ok {
		return s
	}
	for _, row := range []struct {
		is   error
		then exitStatus
	}{
		{context.Canceled, exitStatus{codeInterrupted, "interrupted", ""}},
		{errNotRunning, exitStatus{codeNotRunning, "not_running", ""}},
		{daemon.ErrRunning, exitStatus{codeFailed, "running", `"amalfa servers" shows it; stop it first to run it in the foreground`}},
		{models.ErrMissing, exitStatus{codeMissing, "no_model", hintDoctor}},
		{models.ErrUnknown, exitStatus{codeMissing, "no_model", `"amalfa models list" has all`}},
		{app.ErrNoRuntime, exitStatus{codeMissing, "no_runtime", ""}},
		{config.ErrSettings, exitStatus{codeUnusable, "settings", "correct the file or remove it"}},
		{config.ErrNoFolder, exitStatus{codeFailed, "no_folder", "change to a folder that exists, or name one with --root"}},
		{config.ErrUnsafe, exitStatus{codeUnusable, "unsafe", ""}},
		{app.ErrDatabaseAddress, exitStatus{codeUnusable, "settings", ""}},
		{app.ErrDatabaseRefused, exitStatus{codeUnusable, "database_refused", ""}},
		{app.ErrDatabaseNotYours, exitStatus{codeUnusable, "database_refused", ""}},
		{app.ErrDatabaseNoExtension, exitStatus{codeUnusable, "database_unusable", ""}},
		{app.ErrDatabaseTooOld, exitStatus{codeUnusable, "database_unusable", ""}},
		{app.ErrDatabaseUnreachable, exitStatus{codeFailed, "database_unreachable", ""}},
		{store.ErrNoIndex, exitStatus{codeUnusable, "no_index", `run "amalfa init" first`}},
		{store.ErrCorrupt, exitStatus{codeUnusable, "corrupt_index", `run "amalfa init" to build it again from the notes, which are not touched`}},
		{store.ErrNewer, exitStatus{codeUnusable, "newer_index", "use the newer amalfa, and restart what an older one still serves; the index was left as it is"}},
		{store.ErrBusy, exitStatus{codeFailed, "busy", "try again when the other amalfa has finished"}},
		{store.ErrReplaced, exitStatus{codeFailed, "replaced", "run the same command again"}},
		{store.ErrFull, exitStatus{codeFailed, "disk_full", "free some space and run the same command again: what was finished is kept"}},
		{store.ErrReadOnly, exitStatus{codeUnusable, "read_only", "make the folder writable, or work on a copy with --root"}},
	} {
		if errors.Is(err, row.is) {
			return row.then
		}
	}
	return exitStatus{codeFailed, "failed", ""}
}

const hintDoctor = `run "amalfa doctor" to see what is missing`

// statusByType knows errors that carry their own details.
func statusByType(err error) (exitStatus, bool) {
	var use *app.UsageError
	var taken *daemon.PortTakenError
	var remote *services.Error
	var died *daemon.ExitError
	var missing *models.MissingError
	switch {
	case errors.As(err, &missing):
		return exitStatus{codeMissing, "no_model", ""}, true
	case errors.As(err, &died) && died.Code == codeMissing: // a service of ours: its code is one of these
		return exitStatus{codeMissing, "failed", hintDoctor}, true
	case errors.As(err, &use):
		return exitStatus{codeUsage, "usage", ""}, true
	case errors.As(err, &taken):
		return exitStatus{codeFailed, "port_taken", "free it, or choose another with --port"}, true
	case errors.As(err, &remote):
		code := codeFailed
		if remote.Kind == "no_model" || remote.Kind == "no_provider" {
			code = codeMissing
		}
		return exitStatus{code, remote.Kind, ""}, true
	}
	return exitStatus{}, false
}

// A stoppedError ends a command that was interrupted, and says how far it came.
type stoppedError struct{ line string }

func (e stoppedError) Error() string { return "stopped: " + e.line }
func (e stoppedError) Unwrap() error { return context.Canceled }

// messageOf is an error's text. That somebody pressed Ctrl-C, Go calls a context that was canceled.
func messageOf(err error) string {
	var stopped stoppedError
	if errors.Is(err, context.Canceled) && !errors.As(err, &stopped) {
		what := strings.TrimPrefix(err.Error(), context.Canceled.Error()+": ")
		if strings.HasSuffix(what, context.Canceled.Error()) {
			return "interrupted"
		}
		return "interrupted: " + what
	}
	return strings.TrimRight(err.Error(), "\n")
}

// report tells the user what went wrong, and returns the exit code.
func (a *program) report(err error) int {
	var quiet errQuiet
	if errors.As(err, &quiet) {
		return int(quiet)
	}
	s := classify(err)
	if a.json {
		printJSONError(a.err, s, messageOf(err))
		return s.code
	}
	fmt.Fprintln(a.err, a.prefix(s)+messageOf(err))
	if s.hint != "" {
		fmt.Fprintln(a.err, "hint: "+foldedHint(s.hint))
	}
	return s.code
}

// foldedHint breaks a hint that is a paragraph; a short one holds commands to copy, and stays on its line.
func foldedHint(hint string) string {
	if len(hint) <= 2*pageWidth {
		return hint
	}
	return strings.Join(wrapped(hint, pageWidth-len("hint: ")), "\n      ")
}

func printJSONError(w io.Writer, s exitStatus, message string) {
	body := map[string]any{"kind": s.kind, "message": message, "hint": s.hint}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": body}) // standard error gone: nothing left to tell
}

// prefix names the command in front of a message that does not name it itself.
func (a *program) prefix(s exitStatus) string {
	switch {
	case s.code == codeUsage:
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
