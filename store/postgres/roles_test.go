package postgres_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// A role sees the workspaces that it made and those it was made a member of, also by statements of its own with a key that it guessed.
func TestRolesSeeTheirOwn(t *testing.T) {
	srv := pgserver.Shared(t)
	at := srv.Database(t)
	u, err := url.Parse(at)
	check(t, err)
	database, owner := strings.Trim(u.Path, "/"), u.User.Username()
	other := owner + "other"
	as := func(role, statements string) string { return srv.SQLAs(t, role, role, database, statements) }
	srv.SQL(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", other, other))
	mine := openAs(t, at, "team")
	storetest.Apply(t, mine, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "of the team")}})
	theirs := srv.URL(other, other, database)
	var told *postgres.Error
	if _, err := postgres.Open(t.Context(), postgres.Options{URL: theirs, Workspace: "own", Machine: "there"}); !errors.As(err, &told) || !strings.Contains(told.Hint(), "GRANT") {
		t.Errorf("a role without any right: %v", err)
	}
	as(owner, fmt.Sprintf("GRANT USAGE ON SCHEMA amalfa TO %s; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA amalfa TO %s", other, other))

	own := openAs(t, theirs, "own")
	storetest.Apply(t, own, store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "of the other")}})
	if _, err := postgres.Open(t.Context(), postgres.Options{URL: theirs, Workspace: "team", Machine: "there"}); !errors.Is(err, postgres.ErrNotYours) {
		t.Errorf("another's workspace: %v", err)
	}
	key := as(owner, "SELECT key FROM amalfa.workspaces WHERE name = 'team'")
	for _, table := range []string{"notes", "chunks", "files", "names", "edges", "passages", "history", "remarks", "segments", "pages", "vectors", "terms"} {
		if n := as(other, "SELECT count(*) FROM amalfa."+table+" WHERE workspace = "+key); n != "0" {
			t.Errorf("%s rows of %s are seen by a guessed key", n, table)
		}
	}
	for _, statement := range []string{
		"UPDATE amalfa.notes SET title = 'x' WHERE workspace = " + key, "DELETE FROM amalfa.chunks WHERE workspace = " + key,
		"UPDATE amalfa.workspaces SET name = 'stolen' WHERE key = " + key, "DELETE FROM amalfa.workspaces WHERE key = " + key,
	} {
		as(other, statement) // of no row
	}
	if _, err := srv.TrySQL(other, other, database, "INSERT INTO amalfa.remarks VALUES ("+key+", 'x', 'y')"); err == nil {
		t.Error("a row was put into another's workspace")
	}
	if _, err := srv.TrySQL(other, other, database, "INSERT INTO amalfa.members (workspace, role, writes) VALUES ("+key+", '"+other+"', true)"); err == nil {
		t.Error("a role made itself a member")
	}
	if n, err := mine.Get(t.Context(), "a.md"); err != nil || n.Title != "A" {
		t.Errorf("%+v %v", n, err)
	}
	check(t, mine.Check(t.Context()))

	// a member who reads, then one who writes, then none
	member := "INSERT INTO amalfa.members (workspace, role, writes) SELECT key, '" + other + "', false FROM amalfa.workspaces WHERE name = 'team'"
	as(owner, member)
	reader := openAs(t, theirs, "team")
	if _, err := reader.Get(t.Context(), "a.md"); err != nil {
		t.Errorf("a member reads: %v", err)
	}
	put := store.Batch{Puts: []store.Put{storetest.Note("c.md", "C", "by the member")}}
	if err := reader.Apply(t.Context(), put); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a member who may not write: %v", err)
	}
	as(owner, "UPDATE amalfa.members SET writes = true WHERE role = '"+other+"'")
	storetest.Apply(t, reader, put)
	as(owner, "DELETE FROM amalfa.members WHERE role = '"+other+"'")
	if _, err := reader.Get(t.Context(), "a.md"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("who is no member any more: %v", err)
	}
	if err := reader.Apply(t.Context(), put); !errors.Is(err, store.ErrReplaced) {
		t.Errorf("who is no member any more writes: %v", err)
	}
}

// A schema that a later version made is read by nobody older, and left as it is.
func TestNewerSchema(t *testing.T) {
	srv := pgserver.Shared(t)
	at := srv.Database(t)
	s := openAs(t, at, "team")
	storetest.Apply(t, s, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	u, err := url.Parse(at)
	check(t, err)
	srv.SQLAs(t, u.User.Username(), u.User.Username(), strings.Trim(u.Path, "/"),
		fmt.Sprintf("INSERT INTO amalfa.versions (version_id, is_applied, tstamp) VALUES (%d, true, now())", postgres.SchemaVersion+1))
	for _, readOnly := range []bool{false, true} {
		_, err := postgres.Open(t.Context(), postgres.Options{URL: at, Workspace: "team", Machine: "here", ReadOnly: readOnly})
		if !errors.Is(err, store.ErrNewer) {
			t.Errorf("read only %v: %v", readOnly, err)
		}
	}
	if err := s.Apply(t.Context(), store.Batch{Deletes: []string{"a.md"}}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("who had it open writes: %v", err)
	}
	if _, err := s.DataVersion(t.Context()); !errors.Is(err, store.ErrNewer) {
		t.Errorf("who had it open: %v", err)
	}
}

func openAs(t *testing.T, url, workspace string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: workspace, Machine: "here"})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}
