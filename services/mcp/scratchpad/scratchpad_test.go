package scratchpad

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSaveReadList(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	p := Open(Options{Dir: filepath.Join(t.TempDir(), "a", "pad"), Now: func() time.Time { return now }})
	if got, err := p.List(); err != nil || len(got) != 0 {
		t.Fatalf("List of an absent folder = %v, %v", got, err)
	}
	e, err := p.Save("search_documents", "tide", "line\nline two")
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Save("search_documents", "tide", "line\nline two")
	if err != nil || again.ID != e.ID {
		t.Fatalf("the same text got id %s, then %s (%v)", e.ID, again.ID, err)
	}
	got, text, err := p.Read(e.ID)
	if err != nil || text != "line\nline two" {
		t.Fatalf("Read = %q, %v", text, err)
	}
	want := Entry{ID: e.ID, Tool: "search_documents", Title: "tide", Bytes: 13, Created: now}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("entry (-want +got):\n%s", d)
	}
	list, err := p.List()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Entry{want}, list); d != "" {
		t.Errorf("list (-want +got):\n%s", d)
	}
	info, err := os.Stat(filepath.Join(p.o.Dir, e.ID+".txt"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
}

func TestReadRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	p := Open(Options{Dir: filepath.Join(dir, "pad")})
	e, err := p.Save("t", "t", "x")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret.txt")
	linked := strings.Repeat("a", 20)
	for _, err := range []error{
		os.WriteFile(secret, []byte("{\"id\":\""+linked+"\"}\nsecret"), 0o600),
		os.Symlink(secret, filepath.Join(dir, "pad", linked+".txt")),
		os.WriteFile(filepath.Join(dir, "pad", strings.Repeat("b", 20)+".txt"), []byte("not ours"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{
		"", ".", "..", "../secret", "../secret.txt", "/etc/passwd", e.ID + ".txt", e.ID + "\x00", e.ID + "\n", strings.ToUpper(e.ID),
		strings.Repeat("c", 20), linked, strings.Repeat("b", 20), strings.Repeat("a", 1<<20), `..\secret`, "%2e%2e/secret",
	} {
		if _, text, err := p.Read(id); !errors.Is(err, ErrNotFound) || text != "" {
			t.Errorf("Read(%.40q) = %q, %v; want ErrNotFound", id, text, err)
		}
	}
}

func TestPrune(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name string
		o    Options
		ages []time.Duration // of the entries before the last, which is new
		want int
	}{
		{"young and small", Options{}, []time.Duration{time.Hour, 2 * time.Hour}, 3},
		{"too old", Options{MaxAge: 90 * time.Minute}, []time.Duration{time.Hour, 2 * time.Hour}, 2},
		{"too many", Options{MaxFiles: 2}, []time.Duration{3, 2, 1}, 2},
		{"too large", Options{MaxBytes: 2500}, []time.Duration{3, 2, 1}, 2},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			tc.o.Dir, tc.o.Now = t.TempDir(), func() time.Time { return now }
			p := Open(tc.o)
			for i, age := range tc.ages {
				e, err := Open(Options{Dir: tc.o.Dir}).Save("t", "t", strings.Repeat(fmt.Sprint(i), 1000))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(filepath.Join(tc.o.Dir, e.ID+".txt"), now.Add(-age), now.Add(-age)); err != nil {
					t.Fatal(err)
				}
			}
			last, err := p.Save("t", "t", strings.Repeat("x", 1000))
			if err != nil {
				t.Fatal(err)
			}
			files, err := os.ReadDir(tc.o.Dir)
			if err != nil || len(files) != tc.want {
				t.Errorf("%d files left, want %d (%v)", len(files), tc.want, err)
			}
			if _, _, err := p.Read(last.ID); err != nil {
				t.Errorf("the new entry: %v", err)
			}
		})
	}
}

func TestSaveLargerThanThePad(t *testing.T) {
	p := Open(Options{Dir: t.TempDir(), MaxBytes: 10})
	if _, err := p.Save("t", "t", "12345678901"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("err = %v, want ErrTooLarge", err)
	}
}
