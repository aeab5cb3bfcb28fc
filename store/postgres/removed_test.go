package postgres_test

import (
	"errors"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/store/text"
	"amalfa/testdata/pgserver"
)

// A workspace is removed while a handle is open, alone or with all that is in the schema, and another one takes its place: the handle finds
// nothing of that one, says that it is not the one any more, and whoever listens is told.
func TestRemovedWorkspace(t *testing.T) {
	for what, removal := range map[string]string{
		"the workspace": "DELETE FROM amalfa.workspaces",
		"the schema":    "DROP SCHEMA amalfa CASCADE",
	} {
		t.Run(what, func(t *testing.T) {
			srv := pgserver.Shared(t)
			url := srv.Database(t)
			old := open(t, url)
			b := store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}}
			storetest.Apply(t, old, b)
			words := func(s *postgres.Store) int {
				found, err := s.Keyword(t.Context(), text.Phrase("text"), 5)
				if err != nil && !errors.Is(err, store.ErrNoIndex) {
					t.Error(err)
				}
				return len(found)
			}
			changed := old.ListenAsking(t.Context(), patience/1000)
			heard(t, changed, "at first")
			if words(old) != 1 || old.Replaced() {
				t.Error("replaced from the beginning")
			}
			for _, err := srv.TrySQL(pgserver.Superuser, srv.Password, database(t, url), removal); err != nil; { // it may meet who listens
				_, err = srv.TrySQL(pgserver.Superuser, srv.Password, database(t, url), removal)
			}
			another := openAs(t, url, "another")
			storetest.Apply(t, another, b)
			again := open(t, url)
			storetest.Apply(t, again, b)
			if n := words(old); n != 0 {
				t.Errorf("the old handle finds %d notes of another workspace", n)
			}
			if all, err := old.List(t.Context(), "", "", 0); err != nil || len(all) != 0 {
				t.Errorf("the old handle lists %v, %v", all, err)
			}
			if err := old.Apply(t.Context(), b); !errors.Is(err, store.ErrReplaced) || !old.Replaced() {
				t.Errorf("a write: %v", err)
			}
			if _, err := old.DataVersion(t.Context()); !errors.Is(err, store.ErrReplaced) {
				t.Errorf("its version: %v", err)
			}
			for there := true; there; {
				select {
				case _, there = <-changed:
				case <-t.Context().Done():
					t.Fatal("who listens is not told")
				}
			}
			if words(again) != 1 || words(another) != 1 || again.Replaced() {
				t.Error("the new one is not whole")
			}
		})
	}
}

// A role that may read a workspace, and write it no more, has the same workspace open as before.
func TestMayNotWriteAnyMore(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	owner := open(t, url)
	name := database(t, url)
	srv.SQL(t, "postgres", "CREATE ROLE "+name+"_b LOGIN PASSWORD '"+name+"'")
	srv.SQL(t, name, `GRANT USAGE ON SCHEMA amalfa TO `+name+`_b; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA amalfa TO `+name+`_b;
		INSERT INTO amalfa.members (workspace, role, writes) SELECT key, '`+name+`_b', true FROM amalfa.workspaces`)
	b := store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}}
	storetest.Apply(t, owner, b)
	member := open(t, srv.URL(name+"_b", name, name))
	storetest.Apply(t, member, store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "text")}})
	srv.SQL(t, name, "UPDATE amalfa.members SET writes = false")
	if err := member.Apply(t.Context(), b); !errors.Is(err, store.ErrReadOnly) || member.Replaced() {
		t.Errorf("a write: %v, replaced: %v", err, member.Replaced())
	}
	srv.SQL(t, name, "DELETE FROM amalfa.members")
	if err := member.Apply(t.Context(), b); !errors.Is(err, store.ErrReplaced) || !member.Replaced() {
		t.Errorf("a write to what it may not see: %v, replaced: %v", err, member.Replaced())
	}
}
