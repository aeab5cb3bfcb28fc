package sqlite

import (
	"context"
	"errors"
	"os"
	"testing"

	"amalfa/store"
)

// A handle opens no connection to another index that came to lie at its path, and says that it is not the one any more.
func TestReplacedIndex(t *testing.T) {
	ctx := context.Background()
	for name, replace := range map[string]func(t *testing.T, path string){
		"by another": func(t *testing.T, path string) { check(t, os.Rename(fresh(t).Path(), path)) },
		"by none":    func(*testing.T, string) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "A", "high water")}})
			if s.Replaced() {
				t.Error("replaced from the beginning")
			}
			for _, end := range []string{"", "-wal", "-shm"} {
				check(t, os.Rename(s.Path()+end, s.Path()+".aside"+end))
			}
			replace(t, s.Path())
			if !s.Replaced() {
				t.Error("not replaced")
			}
			inUse, err := s.db.Conn(ctx) // the one that is open already
			check(t, err)
			defer inUse.Close()
			var n int
			if err := inUse.QueryRowContext(ctx, "SELECT count(*) FROM notes").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d notes, %v", n, err)
			}
			if _, err := s.Stats(ctx); !errors.Is(err, store.ErrReplaced) {
				t.Errorf("a new connection: %v", err)
			}
		})
	}
}
