package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"amalfa/onnx"
	"amalfa/store/postgres"
)

// ErrNoRuntime reports a program that was built without what runs models.
var ErrNoRuntime = onnx.ErrUnsupported

// What is wrong with a team's database.
var (
	ErrDatabaseAddress     = postgres.ErrAddress
	ErrDatabaseRefused     = postgres.ErrRefused
	ErrDatabaseUnreachable = postgres.ErrUnreachable
	ErrDatabaseNotYours    = postgres.ErrNotYours
	ErrDatabaseNoExtension = postgres.ErrNoExtension
	ErrDatabaseTooOld      = postgres.ErrTooOld
)

// A UsageError is a wish that means nothing, such as a port that is no number.
type UsageError struct{ Message, Advice string }

func (e *UsageError) Error() string { return e.Message }

// Hint says in one line what to do about it.
func (e *UsageError) Hint() string { return e.Advice }

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Unwrap() error { return e.error }

// Hint says in one line what to do about it.
func (e *hinted) Hint() string { return e.hint }

// WithHint adds to an error what to do about it; nil stays nil.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &hinted{err, hint}
}

// Denied is the path of a file or folder that the system does not let this user open or change, where that is what an error says.
func Denied(err error) (path string, ok bool) {
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errReadOnly) {
		return "", false
	}
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		return at.Path, true
	case errors.As(err, &link):
		return link.New, true
	}
	return "", false
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// Count is a number with what it counts: "1 note", "2 notes".
func Count(n int, what string) string {
	return fmt.Sprintf("%d %s", n, Plural(n, what))
}

// Plural is the word for n of what.
func Plural(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}
