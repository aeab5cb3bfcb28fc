package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// A migration per version, and no other: SchemaVersion and the list move together.
func TestMigrationsMatchTheVersion(t *testing.T) {
	if n := len(migrations()); n != SchemaVersion {
		t.Errorf("%d migrations lead to version %d", n, SchemaVersion)
	}
}

func TestOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	stamps := make([]string, 8)
	var wg sync.WaitGroup
	for i := range stamps {
		wg.Go(func() {
			s, err := Open(context.Background(), path, Options{})
			if err != nil {
				stamps[i] = fmt.Sprint(err)
				return
			}
			defer s.Close()
			stamps[i] = s.Stamp()
		})
	}
	wg.Wait()
	for _, stamp := range stamps {
		if stamp != stamps[0] {
			t.Errorf("stamps differ: %q", stamps)
		}
	}
}
