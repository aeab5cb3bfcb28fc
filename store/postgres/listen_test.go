package postgres_test

import (
	"context"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// A listener hears of its workspace's writes, by any handle, of no other workspace's, and again after the server was away.
func TestListen(t *testing.T) {
	srv := pgserver.Own(t)
	at := srv.Database(t)
	here, there, other := openAs(t, at, "team"), openAs(t, at, "team"), openAs(t, at, "other")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	changed := here.Listen(ctx)
	hear := func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatalf("nothing was heard %s", what)
		}
	}
	hear("at first")
	storetest.Apply(t, there, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	hear("of a write")
	storetest.Apply(t, other, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	storetest.Apply(t, there, store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "text")}}) // comes after the other one's
	hear("of a write after another workspace's")
	select {
	case <-changed:
		t.Error("another workspace's write was told")
	case <-time.After(100 * time.Millisecond):
	}
	check(t, srv.Stop("immediate"))
	check(t, srv.Restart())
	hear("after the server was away")
	again(t, there)
	hear("of a write after the server was away")
}
