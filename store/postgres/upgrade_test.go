package postgres

import (
	"io/fs"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"amalfa/testdata/pgserver"
)

// A database of each earlier schema comes up to date with what is in it, and is then as a new one: the same policies on the same tables.
func TestEarlierSchemas(t *testing.T) {
	srv := pgserver.Shared(t)
	fresh := srv.Database(t)
	policies := func(url string) string {
		s := openTeam(t, url)
		all, err := value[string](s.pool.Query(t.Context(), `SELECT string_agg(concat_ws(' ', tablename, policyname, cmd, qual, with_check), E'\n' ORDER BY tablename, policyname)
			FROM pg_policies WHERE schemaname = 'amalfa'`))
		if err != nil || all == "" {
			t.Fatalf("%q %v", all, err)
		}
		return all
	}
	want := policies(fresh)
	for version := int64(1); version < SchemaVersion; version++ {
		t.Run(strconv.FormatInt(version, 10), func(t *testing.T) {
			url := srv.Database(t)
			migrateTo(t, url, version, "INSERT INTO amalfa.workspaces (name, stamp) VALUES ('team', 'kept')")
			if got := policies(url); got != want {
				t.Errorf("policies of schema %d brought up to date:\n%s\nwant\n%s", version, got, want)
			}
			if s := openTeam(t, url); s.Stamp() != "kept" {
				t.Fatalf("what was in it is %q", s.Stamp())
			}
		})
	}
}

// openTeam opens a workspace until the test ends.
func openTeam(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: url, Workspace: "team", Machine: "here"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// migrateTo makes a database of an earlier schema, and does something in it.
func migrateTo(t *testing.T, url string, version int64, statement string) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	files, err := fs.Sub(scripts, "schema")
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string) {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE SCHEMA amalfa")
	exec("CREATE EXTENSION IF NOT EXISTS vector")
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	exec(statement)
}
