package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A pool between here and the server, such as PgBouncer, answers in the server's place. It has to give a session of ours one and the same
// session of the server: settings, prepared statements, locks and LISTEN are a session's.
const (
	hintPool          = "a pool between here and the server says so: see to the user, the password and the database as the pool knows them, to its limits, and to its log"
	hintPoolMode      = "have the pool in session mode (pool_mode = session), or name the server's own port"
	hintPoolParameter = "leave the parameter out of the address, or have the pool ignore it (ignore_startup_parameters)"
)

var errPoolMode = errors.New("a pool before it gives each transaction another session")

// poolWait is how long a look at a pool may take: one that is full makes its clients wait for minutes.
const poolWait = 3 * time.Second

// backendPID is the key under which a connection keeps the number of the server's process that it was given first.
const backendPID = "amalfa.backend"

// settle sets what a session of ours has. A pool refuses these with the start of a session.
func settle(ctx context.Context, conn *pgconn.PgConn, busy time.Duration) error {
	const asleep = time.Minute // a machine that went to sleep in a write keeps nobody waiting
	pid, err := backend(ctx, conn, fmt.Sprintf("SET search_path = amalfa, public, extensions; SET lock_timeout = %d; SET idle_in_transaction_session_timeout = %d;",
		busy.Milliseconds(), asleep.Milliseconds()))
	conn.CustomData()[backendPID] = pid
	return err
}

// backend is the number of the server's process behind a connection, after other statements.
func backend(ctx context.Context, conn *pgconn.PgConn, first string) (uint32, error) {
	results, err := conn.Exec(ctx, first+"SELECT pg_backend_pid()").ReadAll()
	if err != nil {
		return 0, err
	}
	last := results[len(results)-1]
	pid, err := strconv.ParseUint(string(last.Rows[0][0]), 10, 32)
	return uint32(pid), err
}

// checkPool refuses a pool that is not in session mode. That there is one shows by the number of the server's process, which the start of a
// session tells: of a pool it is another.
func (s *Store) checkPool(ctx context.Context) error {
	own, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.wrap("connect to", err)
	}
	defer own.Release()
	conn := own.Conn().PgConn()
	if conn.CustomData()[backendPID] == conn.PID() || !s.shares(ctx, conn) {
		return nil
	}
	return &Error{Op: "connect to", Server: s.server, Kind: ErrRefused, Err: errPoolMode, hint: hintPoolMode}
}

// shares reports that a session and another are given the same process of the server in turns: the other gets that of the first, or the first
// gets another while the other holds one. A pool that has no room for two tells nothing; it is then found by its errors.
func (s *Store) shares(ctx context.Context, conn *pgconn.PgConn) bool {
	ctx, stop := context.WithTimeout(ctx, poolWait)
	defer stop()
	before, err := backend(ctx, conn, "")
	if err != nil {
		return false
	}
	config := s.pool.Config().ConnConfig.Config.Copy() // not one of s.pool: what is wrong with it is forgotten
	config.AfterConnect = nil
	other, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return false
	}
	defer other.Close(context.WithoutCancel(ctx))
	held, err := backend(ctx, other, "BEGIN;")
	if err != nil {
		return codeOf(err) == brokenProtocol // each statement, even: it takes no transactions
	}
	if held == before {
		return true
	}
	after, err := backend(ctx, conn, "")
	return err == nil && after != before
}

// poolAnswer is what an error with the code of a broken protocol means, which is what a pool says of everything before a session begins.
func poolAnswer(pg *pgconn.PgError) answer {
	switch {
	case strings.Contains(pg.Message, "no more connections"):
		return answer{errConnections, hintPool}
	case strings.Contains(pg.Message, "startup parameter"):
		return answer{ErrRefused, hintPoolParameter}
	case strings.Contains(pg.Message, "authentication"), strings.Contains(pg.Message, "no such"), strings.Contains(pg.Message, "does not exist"):
		return answer{ErrRefused, hintPool}
	}
	return answer{ErrUnreachable, hintPool}
}
