package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"amalfa/store"
)

// An answer is what an error of a server means to callers, and what a person does about it.
type answer struct {
	kind error
	hint string
}

// A kind is a sentinel of the store in a server's words.
type kind struct {
	text string
	is   error
}

func (k *kind) Error() string { return k.text }
func (k *kind) Unwrap() error { return k.is }

// What a server says that the store has a sentinel for. Who waits for store.ErrBusy or store.ErrFull to pass tries these again, too.
var (
	errServerDisk   = &kind{"the disk of the database server is full", store.ErrFull}
	errServerShared = &kind{"the database server has too little shared memory", store.ErrBusy}
	errServerMemory = &kind{"the database server is out of memory", store.ErrBusy}
	errConnections  = &kind{"the database server takes no more connections", store.ErrBusy}
	errEnded        = &kind{"the database server ended the statement", store.ErrBusy}
	errInTheWay     = &kind{"another transaction is in the way", store.ErrBusy}
	errNoWrites     = &kind{"the database takes no writes", store.ErrReadOnly}
	errOlder        = &kind{"an older amalfa made the tables", store.ErrReadOnly}
	errPool         = &kind{errPoolMode.Error(), ErrRefused}
	errNoRight      = &kind{"this role may not do that", store.ErrReadOnly}
)

const (
	hintUnreachable = "see that the server runs and that the address is right; what was answered before stays as it was"
	hintRefused     = "see to the user and the password, which belongs into the file that PGPASSFILE names (~/.pgpass)"
	hintBusy        = "try again"
	hintCorrupt     = "have the administrator look at schema amalfa of that database"
)

// answers are by code of PostgreSQL, or by its first two characters. https://www.postgresql.org/docs/current/errcodes-appendix.html
var answers = map[string]answer{
	diskFull:      {errServerDisk, "make room on the disk of the database server and try again: nothing of this was written, and what was written before is kept"},
	"53200":       {errServerMemory, "try again when it has less to do; its administrator sees to work_mem and max_locks_per_transaction"},
	noConnection:  {errConnections, "try again; its administrator sees to max_connections and to the role's CONNECTION LIMIT, of which each process here takes up to 4"},
	lockTimeout:   {store.ErrBusy, "try again when the other one has finished"},
	serialization: {errInTheWay, hintBusy},
	deadlock:      {errInTheWay, hintBusy},
	"57014":       {errEnded, "an administrator ended it, or the role's statement_timeout, which may be too short: ALTER ROLE name SET statement_timeout = 0"},
	"25P03":       {errEnded, "this process was asleep within a write, of which nothing was kept: try again"},
	"25P04":       {errEnded, "the role's transaction_timeout is too short for it: ALTER ROLE name SET transaction_timeout = 0"},
	"25006":       {errNoWrites, "it is a replica, or was made read-only: name the primary, or several hosts with target_session_attrs=read-write"},
	"26000":       {errPool, hintPoolMode}, // a prepared statement that is not there, or is already: another session has it
	"42P05":       {errPool, hintPoolMode},
	notOwner:      {errNoRight, "the owner of schema amalfa makes this role a member of the workspace, and grants it the tables (docs/team.md)"},
	noTable:       {store.ErrCorrupt, hintCorrupt}, // a table or column that is not as we made it
	"42703":       {store.ErrCorrupt, hintCorrupt},
	"42704":       {store.ErrCorrupt, hintCorrupt},
	"XX001":       {store.ErrCorrupt, hintCorrupt},
	"XX002":       {store.ErrCorrupt, hintCorrupt},
	"3D":          {ErrRefused, "see to the name of the database, or make it: CREATE DATABASE name OWNER role"},
	"28":          {ErrRefused, hintRefused},
	"57":          {ErrUnreachable, hintUnreachable},
	"08":          {ErrUnreachable, hintUnreachable},
}

// connecting are the answers that differ before there is a session.
var connecting = map[string]answer{
	notOwner: {ErrRefused, "its owner runs: GRANT CONNECT ON DATABASE name TO role"},
	"42704":  {ErrAddress, "leave out the parameter that the server does not know"},
	"22023":  {ErrAddress, "see to the parameters of the address"},
	"55000":  {ErrUnreachable, hintUnreachable}, // ALLOW_CONNECTIONS false
	"57P03":  {ErrUnreachable, "the server starts, or is being shut down: try again"},
}

// Codes of PostgreSQL.
const (
	brokenProtocol = "08P01"
	notOwner       = "42501"
	diskFull       = "53100"
	noConnection   = "53300"
	lockTimeout    = "55P03"
	serialization  = "40001"
	deadlock       = "40P01"
	duplicate      = "23505"
	noTable        = "42P01"
	noSchema       = "3F000"
	thereIsSchema  = "42P06"
)

// codeOf is the code of a server's error, or "".
func codeOf(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// ofSharedMemory tells a want of the memory that processes share from that of a disk, which has the same code. Where in the server an error
// was raised is not translated, while its text is.
func ofSharedMemory(pg *pgconn.PgError) bool { return pg.Code == diskFull && pg.File == "dsm_impl.c" }

func answerToCode(pg *pgconn.PgError, beforeSession bool) (a answer, ok bool) {
	switch {
	case ofSharedMemory(pg):
		return answer{errServerShared, "a container has 64 MB: give it more (docker run --shm-size=1g), or set max_parallel_workers_per_gather = 0"}, true
	case beforeSession && pg.Routine == "ClientAuthentication" && pg.Code == "28000":
		return answer{ErrRefused, "its administrator adds a line for this user and machine to pg_hba.conf; where it says that no encryption is used, sslmode=require may do"}, true
	case beforeSession && pg.Code == brokenProtocol:
		return poolAnswer(pg), true
	case beforeSession:
		if a, ok = connecting[pg.Code]; ok {
			return a, true
		}
	}
	if a, ok = answers[pg.Code]; !ok {
		a, ok = answers[pg.Code[:min(2, len(pg.Code))]]
	}
	return a, ok
}
