package postgres_test

import (
	"context"
	"strings"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// Through a pool that gives each of its clients a session of the server everything is as without one, changes that are told included.
func TestPool(t *testing.T) {
	srv := pgserver.Shared(t)
	at := srv.Database(t)
	pooled := srv.Pooler(t, at)
	suite(t, pooled)
	here, there := openAs(t, pooled, "team"), openAs(t, pooled, "team")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	changed := here.Listen(ctx)
	heard(t, changed, "at first")
	storetest.Apply(t, there, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	heard(t, changed, "of a write")
}

// A pool that gives each transaction or statement another session is told from it, with room for many and for one.
func TestPoolsThatShare(t *testing.T) {
	srv := pgserver.Shared(t)
	at := srv.Database(t)
	for _, mode := range []string{"transaction", "statement"} {
		for _, size := range []string{"20", "1"} {
			url := srv.Pooler(t, at, "pool_mode = "+mode, "default_pool_size = "+size)
			for range 3 { // the second finds sessions that the first has used
				err := refusal(t, mode, url, postgres.ErrRefused)
				if !strings.HasSuffix(err.Error(), "a pool before it gives each transaction another session") || !strings.Contains(err.Hint(), "session mode") {
					t.Errorf("%s, %s: %v (%s)", mode, size, err, err.Hint())
				}
			}
		}
	}
}

// What a pool itself refuses is told with what to do there. Its own code for all of it is that of a broken protocol.
func TestRefusalsOfAPool(t *testing.T) {
	srv := pgserver.Shared(t)
	at := srv.Pooler(t, srv.Database(t))
	_, rest, _ := strings.Cut(at, "@")
	for _, c := range []struct{ what, url, says, hint string }{
		{"a wrong password", "postgres://" + database(t, at) + ":s3cret@" + rest, "the server refuses: SASL authentication failed", "as the pool knows them"},
		{"nobody", "postgres://nobody:s3cret@" + rest, "the server refuses: SASL authentication failed", "as the pool knows them"},
		{"no such database", at + "x", `x" does not exist`, "as the pool knows them"},
		{"a parameter", at + "?statement_timeout=0", "the server refuses: unsupported startup parameter: statement_timeout", "ignore_startup_parameters"},
	} {
		if err := refusal(t, c.what, c.url, postgres.ErrRefused); !strings.HasSuffix(err.Error(), c.says) || !strings.Contains(err.Hint(), c.hint) {
			t.Errorf("%s: %v (%s)", c.what, err, err.Hint())
		}
	}
	full := srv.Pooler(t, srv.Database(t), "max_client_conn = 0")
	if err := refusal(t, "no room", full, store.ErrBusy); !strings.HasSuffix(err.Error(), "no more connections allowed (max_client_conn)") {
		t.Error(err)
	}
}
