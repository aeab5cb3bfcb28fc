package inference

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/models"
	"amalfa/onnx"
)

// A Sentinel is an error that callers act on: the word that protocols have for
// it and what a person can do about it. Compare with [errors.Is].
type Sentinel struct {
	kind, text, hint string
	retry            time.Duration
}

// NewSentinel returns an error of the kind, as text says it.
func NewSentinel(kind, text, hint string) *Sentinel {
	return &Sentinel{kind: kind, text: text, hint: hint}
}

// passing is a sentinel of what is over in a moment.
func passing(kind, text string) *Sentinel {
	return &Sentinel{kind, text, "try again in a moment", time.Second}
}

func (s *Sentinel) Error() string { return s.text }

// Kind is one word, which does not change.
func (s *Sentinel) Kind() string { return s.kind }

// Hint is what to do where the cause knows nothing better.
func (s *Sentinel) Hint() string { return s.hint }

// RetryAfter is when it may be over, 0 for what does not pass by itself.
func (s *Sentinel) RetryAfter() time.Duration { return s.retry }

// Errors that a caller acts on, of every engine.
var (
	// ErrNoModel reports that the model or ONNX Runtime is not on this machine.
	ErrNoModel = NewSentinel("no_model", "no model", `run "amalfa doctor" to see what is missing`)
	// ErrBroken reports a model that is on disk and cannot be used, or whose answers are no numbers.
	ErrBroken = NewSentinel("broken_model", "the model cannot be used", `run "amalfa models verify"`)
	// ErrUnknownModel reports a model that cannot be asked for by that name:
	// it is not in the catalogue or not on disk, or the name is a path.
	ErrUnknownModel = NewSentinel("unknown_model", "no such model here", `run "amalfa models pull NAME" with a name that "amalfa models list" shows`)
	// ErrBusy reports a full queue. Later the same request may pass.
	ErrBusy = passing("busy", "too many requests are waiting")
	// ErrTooLarge reports a text or a request past the limits of its kind.
	ErrTooLarge = NewSentinel("too_large", "too large", "send smaller requests")
	// ErrClosed reports work that came after Close, or that Close cut short.
	ErrClosed = passing("stopping", "the service is stopping")
)

// An Error is a sentinel with its cause. [errors.Is] finds both.
type Error struct {
	sentinel *Sentinel
	text     string // in the sentinel's place
	cause    error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.text, e.cause) }

// Hint is the cause's, else the sentinel's.
func (e *Error) Hint() string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](e.cause); ok {
		return h.Hint()
	}
	return e.sentinel.hint
}

func (e *Error) Unwrap() []error { return []error{e.sentinel, e.cause} }

// unknownModel is [ErrUnknownModel] because of cause.
func unknownModel(cause error) error { return &Error{ErrUnknownModel, ErrUnknownModel.text, cause} }

// LoadError says what kind of trouble a model is in, [ErrNoModel] or [ErrBroken], in words that name the task: "embedding".
// An ended context, a full memory and nil stay what they are.
func LoadError(task string, err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, ErrBusy):
		return err
	case errors.Is(err, models.ErrMissing), errors.Is(err, models.ErrUnknown), errors.Is(err, onnx.ErrUnsupported):
		return &Error{ErrNoModel, "no " + task + " model", err}
	}
	return RunError(task, err)
}

// RunError is the model's fault: what it was given came from its own tokenizer or was checked.
func RunError(task string, err error) error {
	return &Error{ErrBroken, "the " + task + " model cannot be used", err}
}
