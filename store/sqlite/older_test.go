package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/text"
)

// olderIndex copies an index that `amalfa init` of an older layout made; see testdata/older at the top.
func olderIndex(t *testing.T, version int) string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("../../testdata/older/layout-%d.db", version))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "amalfa.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const olderModel = "172b992e42fb614f5fcabc10aff22a8267c4acc6ddfeca1e217432f5db96cded"

func TestOlderLayoutsKeepWhatTheyHold(t *testing.T) {
	for version := 1; version < SchemaVersion; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			s := open(t, olderIndex(t, version), Options{})
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			files, err := s.Files(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for id, f := range files {
				got[id] = strings.Join([]string{f.State, f.Reason, f.Vectors, time.Unix(0, f.MTime).UTC().Format("2006-01-02T15:04:05.999999999")}, "|")
				if !f.Racy || strings.HasPrefix(f.Chunker, "layout 2: ") != (version < 3) {
					t.Errorf("%s: %+v", id, f)
				}
			}
			half := "1 byte is not valid UTF-8 and was replaced"
			if version == 1 {
				half = "1 bytes are not valid UTF-8 and were replaced"
			}
			want := map[string]string{
				"tides.md": "indexed||" + olderModel + "|2024-11-03T10:00:00", "moon.md": "indexed||" + olderModel + "|2024-11-04T10:00:00",
				"満潮.md": "indexed||" + olderModel + "|2024-11-04T10:00:00", "late.md": "indexed|||2024-11-05T10:00:00",
				"half.md": "partial|" + half + "||2024-11-04T10:00:00", "empty.md": "skipped|empty||2024-11-04T10:00:00",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if got := vectorsOf(t, s, olderModel); len(got) != 4 {
				t.Errorf("%d vectors", len(got))
			}
			if d := cmp.Diff([]string{"tides.md:1"}, found(t, s, text.Phrase("low water"))); d != "" {
				t.Error(d)
			}
		})
	}
}

// What an older program lost of vectors without a word is seen now.
func TestVectorsLostInAnOlderLayout(t *testing.T) {
	path := olderIndex(t, 2)
	execute(t, path, "DELETE FROM vectors WHERE passage IN (SELECT passage FROM chunks JOIN notes ON notes.key = note WHERE notes.id = 'moon.md')")
	s := open(t, path, Options{})
	missing, err := s.WithoutVectors(t.Context(), olderModel)
	if d := cmp.Diff([]string{"half.md", "late.md", "moon.md"}, missing); err != nil || d != "" {
		t.Error(err, d)
	}
}

// The index as it was lies beside the new one until it is dropped.
func TestOlderIndexIsKept(t *testing.T) {
	path := olderIndex(t, 2)
	if err := os.WriteFile(path+".layout-2.part", []byte("of a process that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path, Options{ReadOnly: true}) // a reader has it brought up to date
	kept := path + ".layout-2"
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 || layoutAt(t, kept) != 2 || layoutAt(t, path) != SchemaVersion {
		t.Errorf("%v %v", info, err)
	}
	if err := s.DropOlder(); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(path + ".layout*")
	if err != nil || len(left) > 0 {
		t.Errorf("%q %v", left, err)
	}
}

// layoutAt reads a database as it stands, and checks that it is whole.
func layoutAt(t *testing.T, path string) (version int) {
	t.Helper()
	db, err := sql.Open("sqlite", fileURL(path)+"?mode=rw")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var whole string
	err = db.QueryRow("SELECT user_version, (SELECT group_concat(integrity_check) FROM pragma_integrity_check) FROM pragma_user_version").Scan(&version, &whole)
	if err != nil || whole != "ok" {
		t.Fatalf("%s: %s %v", path, whole, err)
	}
	return version
}

// kill -9 at any moment of a migration leaves the old index or the new one, and a copy that is whole or none.
func TestKilledMigration(t *testing.T) {
	began := time.Now()
	whole := startPlayer(t, "opener", olderIndex(t, 1))
	if err := whole.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	outcomes := map[string]int{}
	for i := range rounds {
		version := 1 + i%2
		path := olderIndex(t, version)
		p := startPlayer(t, "opener", path)
		<-time.After(rand.N(took)) // the moment is the input
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		got := layoutAt(t, path)
		kept := 0
		if _, err := os.Stat(olderPath(path, version)); err == nil {
			kept = layoutAt(t, olderPath(path, version))
		}
		if got != version && got != SchemaVersion || kept != 0 && kept != version || got == SchemaVersion && kept == 0 {
			t.Fatalf("killed: layout %d, copy of layout %d", got, kept)
		}
		outcomes[fmt.Sprintf("layout %d, kept %v", got, kept != 0)]++
		s := open(t, path, Options{})
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if layoutAt(t, olderPath(path, version)) != version {
			t.Fatal("no copy of the old layout")
		}
	}
	t.Log(outcomes)
}

// Many processes that open an older index at once: one migrates it, and the copy is the old one.
func TestMigrationAtOnce(t *testing.T) {
	path := olderIndex(t, 2)
	players := make([]*player, 6)
	for i := range players {
		players[i] = startPlayer(t, "opener", path)
	}
	for _, p := range players {
		last := p.rounds(1)
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, last)
		}
	}
	if layoutAt(t, path) != SchemaVersion || layoutAt(t, olderPath(path, 2)) != 2 {
		t.Error("not migrated, or not kept")
	}
}

// A handle that was open when a later program took the index over says so, and writes nothing.
func TestLayoutThatCameWhileOpen(t *testing.T) {
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "A", "high water")}})
	execute(t, s.Path(), fmt.Sprintf("PRAGMA user_version = %d", SchemaVersion+1))
	_, err := s.DataVersion(context.Background())
	for what, err := range map[string]error{
		"version": err,
		"apply":   s.Apply(context.Background(), store.Batch{Deletes: []string{"a.md"}}),
		"model":   s.SetActiveModel(context.Background(), model3),
	} {
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "restart") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.Get(context.Background(), "a.md"); err != nil {
		t.Error(err)
	}
}
