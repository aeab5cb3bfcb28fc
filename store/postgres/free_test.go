package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// More begin at once than the server has connections for: each waits until another is done, and all get their answers.
func TestMoreThanThereIsRoomFor(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
	check(t, err)
	storetest.Apply(t, s, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "tide tables")}})
	s.Close()
	srv.SQL(t, "postgres", fmt.Sprintf("ALTER ROLE %s CONNECTION LIMIT 2", database(t, url)))
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here", BusyTimeout: 2 * time.Minute})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			var several sync.WaitGroup // which share what the process has, since it may get no more
			for range 3 {
				several.Go(func() {
					if stats, err := s.Stats(t.Context()); err != nil || stats.Notes != 1 {
						t.Errorf("%d: %+v %v", n, stats, err)
					}
				})
			}
			several.Wait()
		})
	}
	all.Wait()
}
