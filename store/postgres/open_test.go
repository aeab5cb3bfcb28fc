package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

func TestMain(m *testing.M) {
	if url := os.Getenv("AMALFA_WRITER"); url != "" { // a process of TestTwentyProcesses
		writeForever(url, os.Getenv("AMALFA_WRITER_NAME"))
		return
	}
	pgserver.Main(m)
}

// open opens a workspace of a fresh database.
func open(t *testing.T, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestManyBegin has many processes' worth of handles make the schema and the workspace at once.
func TestManyBegin(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	var all sync.WaitGroup
	stamps := make([]string, 8)
	for i := range stamps {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
			if err != nil {
				t.Error(err)
				return
			}
			stamps[i] = s.Stamp()
			s.Close()
		})
	}
	all.Wait()
	for _, stamp := range stamps {
		if stamp == "" || stamp != stamps[0] {
			t.Errorf("stamps %q", stamps)
		}
	}
}

func TestReaderMakesNothing(t *testing.T) {
	url := pgserver.Shared(t).Database(t)
	o := postgres.Options{URL: url, Workspace: "team", Machine: "here", ReadOnly: true}
	if _, err := postgres.Open(t.Context(), o); !errors.Is(err, store.ErrNoIndex) {
		t.Errorf("of no schema: %v", err)
	}
	open(t, url)
	o.Workspace = "other"
	if _, err := postgres.Open(t.Context(), o); !errors.Is(err, store.ErrNoIndex) {
		t.Errorf("of no workspace: %v", err)
	}
}

func TestServerWithoutExtension(t *testing.T) {
	plain := pgserver.Plain(t)
	_, err := postgres.Open(t.Context(), postgres.Options{URL: plain.URL(pgserver.Superuser, plain.Password, "postgres"), Workspace: "team", Machine: "here"})
	var own *postgres.Error
	if !errors.Is(err, postgres.ErrNoExtension) || !errors.As(err, &own) || !strings.Contains(own.Hint(), "CREATE EXTENSION vector") {
		t.Errorf("%v", err)
	}
}

func TestStore(t *testing.T) { suite(t, pgserver.Shared(t).Database(t)) }

// suite asks the store's own tests of a database.
func suite(t *testing.T, url string) {
	t.Helper()
	var n atomic.Int64
	storetest.Run(t, func(t testing.TB) func() store.Store {
		o := postgres.Options{URL: url, Workspace: fmt.Sprint("team ", n.Add(1)), Machine: "here"}
		return func() store.Store {
			s, err := postgres.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}
	})
}
