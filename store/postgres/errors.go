package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"amalfa/store"
)

// Kinds of errors that only a server has.
var (
	ErrNoExtension = errors.New("the database lacks pgvector")
	ErrRefused     = errors.New("the server refuses")
	ErrUnreachable = errors.New("the database server cannot be reached")
	ErrNotYours    = errors.New("this role may not see the workspace")
	ErrAddress     = errors.New("the address of the database is not usable")
	ErrTooOld      = errors.New("the server is too old")
)

// Error is an error of a server, with what to do about it. It never holds a password.
type Error struct {
	Op     string
	Server string
	Kind   error
	Err    error
	hint   string
}

func (e *Error) Error() string {
	return strings.TrimSpace(e.Op+" "+e.Server) + ": " + e.Kind.Error() + ": " + said(e.Err)
}

func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// Hint says what to do.
func (e *Error) Hint() string { return e.hint }

// wrap names the operation and the server, and puts the sentinel that belongs to PostgreSQL's code into the chain.
func (s *Store) wrap(op string, err error) error {
	var own *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return err
	}
	if a, ok := answerTo(err); ok {
		return &Error{Op: op, Server: s.server, Kind: a.kind, Err: err, hint: a.hint}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s %s: %w: a row that belongs to others is missing", op, s.server, store.ErrCorrupt)
	}
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} { // and not a word of what else was cut off by it
		if errors.Is(err, end) {
			err = end
		}
	}
	return fmt.Errorf("%s %s: %w", op, s.server, err)
}

// answerTo finds what an error means; ok is false where it is none of a server or of the way to it.
func answerTo(err error) (a answer, ok bool) {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	connecting := errors.As(err, &connect)
	switch {
	case errors.As(err, &pg):
		return answerToCode(pg, connecting)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && !connecting:
		return a, false
	case connecting:
		return answer{ErrUnreachable, connectHint(err)}, true
	case errors.As(err, &network), pgconn.SafeToRetry(err), strings.Contains(err.Error(), "unexpected EOF"), errors.Is(err, pgconn.ErrConnClosed):
		return answer{ErrUnreachable, hintUnreachable}, true
	}
	return a, false
}
