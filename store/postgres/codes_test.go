package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// What an administrator does to a role or its sessions is told in words, with what to do, and when it is over the same handle goes on.
func TestWhatServersRefuse(t *testing.T) {
	srv := pgserver.Shared(t)
	put := store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "text")}}
	for _, c := range []struct {
		what, begin, end string
		locked           bool // another session holds the workspace
		kind             error
		says, hint       string
	}{
		{"no connection is left for the role", "ALTER ROLE %[1]s CONNECTION LIMIT 0", "ALTER ROLE %[1]s CONNECTION LIMIT -1", false, store.ErrBusy, "takes no more connections: too many connections for role", "CONNECTION LIMIT"},
		{"a statement takes too long", "ALTER ROLE %[1]s SET statement_timeout = 50", "ALTER ROLE %[1]s RESET statement_timeout", true, store.ErrBusy, "ended the statement", "statement_timeout"},
		{"the database takes no writes", "ALTER DATABASE %[1]s SET default_transaction_read_only = on", "ALTER DATABASE %[1]s RESET default_transaction_read_only", false, nil, "", ""},
		{"another one holds the workspace", "SELECT 1", "SELECT 1", true, store.ErrBusy, "index is busy", "try again"},
		{"the database lets nobody in", "ALTER DATABASE %[1]s ALLOW_CONNECTIONS false", "ALTER DATABASE %[1]s ALLOW_CONNECTIONS true", false, postgres.ErrUnreachable, "not currently accepting connections", "the server runs"},
		{"the role may not write any more", "", "", false, store.ErrReadOnly, "this role may not do that", "grants it the tables"},
	} {
		t.Run(c.what, func(t *testing.T) {
			url := srv.Database(t)
			name := database(t, url)
			s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here", BusyTimeout: 300 * time.Millisecond})
			check(t, err)
			defer s.Close()
			storetest.Apply(t, s, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
			sql := func(in, statement string) {
				if statement != "" {
					srv.SQL(t, in, strings.ReplaceAll(statement, "%[1]s", name))
				}
			}
			begin, end := func() { sql("postgres", c.begin) }, func() { sql("postgres", c.end) }
			if c.begin == "" {
				begin = func() { sql(name, "REVOKE INSERT, UPDATE ON ALL TABLES IN SCHEMA amalfa FROM %[1]s") }
				end = func() { sql(name, "GRANT ALL ON ALL TABLES IN SCHEMA amalfa TO %[1]s") }
			}
			begin()
			sql("postgres", "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '%[1]s'")
			if c.locked {
				defer hold(t, srv, name)()
			}
			err = s.Apply(t.Context(), put)
			for try := 0; err != nil && strings.Contains(err.Error(), "administrator command") && try < 10; try++ { // of the sessions that were ended
				err = s.Apply(t.Context(), put)
			}
			if c.kind != nil {
				var told *postgres.Error
				if !errors.Is(err, c.kind) || !errors.As(err, &told) || !strings.Contains(told.Error(), c.says) || !strings.Contains(told.Hint(), c.hint) {
					t.Errorf("%v", err)
				}
			} else {
				check(t, err) // a default, which a write does not go by
			}
			end()
			sql("postgres", "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '%[1]s'")
			if !c.locked {
				again(t, s)
				check(t, s.Check(t.Context()))
			}
		})
	}
}

// hold locks every workspace of a database for writing, until it is released.
func hold(t *testing.T, srv *pgserver.Server, name string) (release func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), srv.URL(pgserver.Superuser, srv.Password, name))
	check(t, err)
	_, err = conn.Exec(t.Context(), "BEGIN; SELECT key FROM amalfa.workspaces FOR UPDATE")
	check(t, err)
	return func() { conn.Close(t.Context()) }
}

// Where the administrator has made another isolation the role's default, writers still only take turns.
func TestDefaultIsolation(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	srv.SQL(t, "postgres", "ALTER ROLE "+database(t, url)+" SET default_transaction_isolation = 'serializable'")
	var all sync.WaitGroup
	for writer := range 4 {
		s := open(t, url)
		all.Go(func() {
			for round := range 8 {
				if err := s.Apply(t.Context(), store.Batch{Puts: []store.Put{storetest.Note(fmt.Sprintf("%d/%d.md", writer, round), "", "text")}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := open(t, url)
	check(t, s.Check(t.Context()))
	if st, err := s.Stats(t.Context()); err != nil || st.Notes != 32 {
		t.Errorf("%+v %v", st, err)
	}
}
