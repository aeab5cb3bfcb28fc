package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"amalfa/store"
	"amalfa/store/text"
)

func TestOpenKinds(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other := file("other.db", "")
	execute(t, other, "CREATE TABLE things (x); INSERT INTO things VALUES (1)")
	newer := fresh(t).Path()
	execute(t, newer, fmt.Sprintf("PRAGMA user_version = %d", SchemaVersion+1))
	noStamp := fresh(t).Path()
	execute(t, noStamp, "DELETE FROM meta WHERE name = 'stamp'")
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(fresh(t).Path(), link); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		readOnly   bool
		want       error
	}{
		{"absent, to read", filepath.Join(dir, "none.db"), true, store.ErrNoIndex},
		{"empty, to read", file("empty.db", ""), true, store.ErrNoIndex},
		{"folder absent", filepath.Join(dir, "no", "x.db"), false, fs.ErrNotExist},
		{"text", file("text.db", strings.Repeat("not a database ", 1000)), false, store.ErrCorrupt},
		{"text, to read", file("text2.db", strings.Repeat("not a database ", 1000)), true, store.ErrCorrupt},
		{"of another program", other, false, store.ErrCorrupt},
		{"newer", newer, false, store.ErrNewer},
		{"newer, to read", newer, true, store.ErrNewer},
		{"without stamp", noStamp, false, store.ErrCorrupt},
		{"folder", dir, false, store.ErrCorrupt},
		{"link", link, false, store.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(ctx, c.path, Options{ReadOnly: c.readOnly})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.path) {
				t.Errorf("got %v, want %v with the path", err, c.want)
			}
		})
	}
}

// execute changes a database behind the back of this package.
func execute(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", fileURL(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

func TestStamp(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "odd name ?#%20 é.db")
	var stamps []string
	var news []bool
	see := func(stamp string, created bool) error {
		stamps, news = append(stamps, stamp), append(news, created)
		return nil
	}
	for range 2 {
		s := open(t, path, Options{Stamp: see})
		if s.Stamp() != stamps[0] || len(s.Stamp()) < 20 {
			t.Errorf("stamp %q, first seen %q", s.Stamp(), stamps[0])
		}
		s.Close()
	}
	if len(news) != 2 || !news[0] || news[1] {
		t.Errorf("created: %v", news)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	foreign := errors.New("stamp not known")
	if _, err := Open(ctx, path, Options{Stamp: func(string, bool) error { return foreign }}); !errors.Is(err, foreign) {
		t.Errorf("refused stamp: %v", err)
	}
}

func TestReadOnlyHandle(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "water")}})
	r := open(t, s.Path(), Options{ReadOnly: true})
	if err := r.Apply(ctx, store.Batch{Deletes: []string{"a.md"}}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("write through a reader: %v", err)
	}
	apply(t, s, store.Batch{Puts: []store.Put{note("b.md", "", "water")}})
	if got := found(t, r, text.Term("water")); len(got) != 2 {
		t.Errorf("the reader sees %v", got)
	}
	if err := r.Check(ctx); err != nil {
		t.Error(err)
	}
}

// Every damaged copy must be an error or a right answer, never a crash or a hang.
func TestCorruptBytes(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	var b store.Batch
	for i := range 60 {
		b.Puts = append(b.Puts, note(fmt.Sprintf("n%d.md", i), "T", fmt.Sprintf("water %d", i), strings.Repeat("long text ", 300)))
	}
	apply(t, s, b)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	noticed := 0
	const rounds = 60
	for i := range rounds {
		data := append([]byte(nil), whole...)
		for j := range 40 {
			data[(i*7919+j*104729)%len(data)] ^= 0xa5
		}
		if i%5 == 0 {
			data = data[:len(data)*(i+1)/rounds]
		}
		if useDamaged(t, ctx, data) {
			noticed++
		}
	}
	if noticed < rounds*9/10 {
		t.Errorf("%d of %d damaged copies noticed", noticed, rounds)
	}
}

// useDamaged opens and uses a damaged index, and tells whether it was named corrupt.
func useDamaged(t *testing.T, ctx context.Context, data []byte) bool {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrNewer)
	}
	defer s.Close()
	err = s.Check(ctx)
	_, _ = s.Keyword(ctx, text.Term("water"), 10)
	_, _ = s.Chunks(ctx, "n1.md")
	_ = s.Apply(ctx, store.Batch{Deletes: []string{"n1.md"}})
	return errors.Is(err, store.ErrCorrupt)
}

func TestCancelledContext(t *testing.T) {
	s := fresh(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Apply(ctx, store.Batch{Puts: []store.Put{note("a.md", "", "x")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("apply: %v", err)
	}
	if _, err := s.Files(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("files: %v", err)
	}
}
