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
	errAddress     = errors.New("the address of the database is not one")
	errTooOld      = errors.New("the server is too old")
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
	return strings.TrimSpace(e.Op+" "+e.Server) + ": " + fmt.Sprintf("%v: %v", e.Kind, e.Err)
}

func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// Hint says what to do.
func (e *Error) Hint() string { return e.hint }

// kinds maps codes of PostgreSQL, or their first two characters, to errors on which callers act.
var kinds = map[string]error{
	"53100": store.ErrFull, "53200": store.ErrBusy, "53300": store.ErrBusy,
	"55P03": store.ErrBusy, "40001": store.ErrBusy, "40P01": store.ErrBusy, "57014": store.ErrBusy,
	"25006": store.ErrReadOnly, "42501": store.ErrReadOnly,
	"42P01": store.ErrCorrupt, "42703": store.ErrCorrupt, "42704": store.ErrCorrupt, // a table or column that is not as we made it
	"XX001": store.ErrCorrupt, "XX002": store.ErrCorrupt,
	"28": ErrRefused, "3D": ErrRefused,
	"57": ErrUnreachable, "08": ErrUnreachable,
}

var hints = map[error]string{
	ErrUnreachable:   "see that the server runs and that the address is right; what was answered before stays as it was",
	ErrRefused:       "see to the user, the database and the password, which belongs into the file that PGPASSFILE names (~/.pgpass)",
	store.ErrBusy:    "try again; the server's max_connections may be too few for all that ask",
	store.ErrFull:    "make room on the disk of the database server",
	store.ErrCorrupt: "have the administrator look at schema amalfa of that database",
}

// wrap names the operation and the server, and puts the sentinel that belongs to PostgreSQL's code into the chain.
func (s *Store) wrap(op string, err error) error {
	var own *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return err
	}
	kind := kindOf(err)
	switch {
	case kind != nil:
		return &Error{Op: op, Server: s.server, Kind: kind, Err: err, hint: hints[kind]}
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%s %s: %w: a row that belongs to others is missing", op, s.server, store.ErrCorrupt)
	}
	return fmt.Errorf("%s %s: %w", op, s.server, err)
}

func kindOf(err error) error {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &pg):
		if kind := kinds[pg.Code]; kind != nil {
			return kind
		}
		return kinds[pg.Code[:min(2, len(pg.Code))]]
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &connect):
		return nil
	case errors.As(err, &connect), errors.As(err, &network), pgconn.SafeToRetry(err), strings.Contains(err.Error(), "unexpected EOF"),
		strings.Contains(err.Error(), "conn closed"):
		return ErrUnreachable
	}
	return nil
}
