package people

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func create(t *testing.T, s Store, name string, expires *time.Time, rights ...Right) (secret string) {
	t.Helper()
	secret, hash := NewSecret()
	if err := s.Create(t.Context(), Token{Name: name, Hash: hash, Rights: rights, Created: day, Expires: expires}); err != nil {
		t.Fatal(err)
	}
	return secret
}

func finds(t *testing.T, s Store, secret string, now time.Time) bool {
	t.Helper()
	_, err := s.Find(t.Context(), HashOf(secret), nil, now)
	if err != nil && !errors.Is(err, ErrUnknown) {
		t.Fatal(err)
	}
	return err == nil
}

func TestTokens(t *testing.T) {
	all := NewFolder(filepath.Join(t.TempDir(), "state"))
	ada, bob := create(t, all, "ada", nil, Right{"/notes", true}), create(t, all, "bob", nil, Right{All, false}, Right{"/notes", true})
	if !IsSecret(ada) || len(ada) != len(Prefix)+43 || ada == bob || IsSecret(ada+"a") || IsSecret(ada[1:]) || IsSecret("") {
		t.Errorf("%q, %q", ada, bob)
	}
	data, err := os.ReadFile(all.path)
	if err != nil || strings.Contains(string(data), ada) || strings.Contains(string(data), ada[len(Prefix):]) {
		t.Errorf("the file holds a token: %v", err)
	}
	if info, err := os.Stat(all.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := all.Create(t.Context(), Token{Name: "ada", Created: day}); !errors.Is(err, ErrExists) {
		t.Errorf("a second ada: %v", err)
	}
	for _, name := range []string{"", "a b", "a\nb", "ä", "../x", "a'; DROP TABLE tokens; --", strings.Repeat("a", 101)} {
		if err := all.Create(t.Context(), Token{Name: name, Created: day}); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	other := NewFolder(filepath.Dir(all.path)) // as another process has it
	for _, secret := range []string{ada[:len(ada)-1], ada + "a", "", HashOf(ada), strings.ToUpper(ada)} {
		if finds(t, other, secret, day) {
			t.Errorf("%q is found", secret)
		}
	}
	found, err := other.Find(t.Context(), HashOf(bob), nil, day)
	if err != nil || found.Name != "bob" {
		t.Fatalf("%+v %v", found, err)
	}
	for workspace, want := range map[string][2]bool{"/notes": {true, true}, "/other": {true, false}} {
		if read, write := found.May(workspace); read != want[0] || write != want[1] {
			t.Errorf("%s: %t %t", workspace, read, write)
		}
	}
	if err := all.Used(t.Context(), found.Hash, day.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := all.Revoke(t.Context(), "ada", day); err != nil {
		t.Fatal(err)
	}
	if finds(t, other, ada, day) {
		t.Error("a revoked token counts for another process")
	}
	if err := all.Revoke(t.Context(), "ada", day); !errors.Is(err, ErrUnknown) {
		t.Errorf("revoked twice: %v", err)
	}
	if create(t, all, "ada", nil) == ada {
		t.Error("the same token again")
	}
	list, err := other.List(t.Context())
	if err != nil || len(list) != 3 || list[0].Revoked == nil || list[1].Used == nil || !list[1].Used.Equal(day.Add(time.Hour)) {
		t.Errorf("%+v %v", list, err)
	}
}

func TestMay(t *testing.T) {
	for _, tt := range []struct {
		rights      []Right
		in          string
		read, write bool
	}{
		{nil, "/notes", false, false}, {[]Right{{"/notes", false}}, "/notes/", false, false}, {[]Right{{"/notes", false}}, "", false, false},
		{[]Right{{"/notes", false}}, All, false, false}, {[]Right{{All, true}}, "/notes", true, true}, {[]Right{{"a", true}, {"b", false}}, "b", true, false},
	} {
		if read, write := (Token{Rights: tt.rights}).May(tt.in); read != tt.read || write != tt.write {
			t.Errorf("%v in %q: %t %t", tt.rights, tt.in, read, write)
		}
	}
}

func TestExpires(t *testing.T) {
	all := NewFolder(t.TempDir())
	end := day.Add(time.Hour)
	ada := create(t, all, "ada", &end)
	if !finds(t, all, ada, end.Add(-time.Second)) || finds(t, all, ada, end) {
		t.Error("a token counts to its end, and no longer")
	}
	if err := all.Create(t.Context(), Token{Name: "ada", Created: end}); err != nil {
		t.Errorf("the next token of who had one: %v", err)
	}
	if list, err := all.List(t.Context()); err != nil || len(list) != 2 || list[0].Revoked == nil {
		t.Errorf("%+v %v", list, err)
	}
}

// TestOlderFile reads what an older program wrote: one right for all workspaces of a token.
func TestOlderFile(t *testing.T) {
	all := NewFolder(t.TempDir())
	secret, hash := NewSecret()
	older := fmt.Sprintf(`[{"name": "ada", "sha256": %q, "write": true, "workspaces": ["/notes", "/other"], "created": "2026-11-01T00:00:00Z"}]`, hash)
	if err := os.WriteFile(all.path, []byte(older), 0o600); err != nil {
		t.Fatal(err)
	}
	create(t, all, "bob", nil, Right{"/notes", false})
	found, err := all.Find(t.Context(), HashOf(secret), nil, day)
	if _, write := found.May("/other"); err != nil || !write || len(found.Rights) != 2 {
		t.Errorf("%+v %v", found, err)
	}
}

// TestBrokenFile lets nobody in.
func TestBrokenFile(t *testing.T) {
	all := NewFolder(t.TempDir())
	ada := create(t, all, "ada", nil, Right{All, true})
	if err := os.WriteFile(all.path, []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := all.Find(t.Context(), HashOf(ada), nil, day); err == nil || errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if err := all.Create(t.Context(), Token{Name: "bob"}); err == nil {
		t.Error("a broken file was written over")
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var people sync.WaitGroup
	for i := range 20 {
		people.Go(func() {
			if err := NewFolder(dir).Create(t.Context(), Token{Name: fmt.Sprint("p", i), Created: day}); err != nil {
				t.Error(err)
			}
		})
	}
	people.Wait()
	if list, err := NewFolder(dir).List(t.Context()); err != nil || len(list) != 20 {
		t.Errorf("%d, %v", len(list), err)
	}
}

func TestLog(t *testing.T) {
	all := NewFolder(filepath.Join(t.TempDir(), "state"))
	var writers sync.WaitGroup
	for i := range 20 {
		writers.Go(func() {
			if err := all.Record(t.Context(), Write{Time: day, Who: fmt.Sprint("p", i), Tool: "edit_note", Note: "a\nb.md"}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	found, err := all.Writes(t.Context(), "", 100)
	if err != nil || len(found) != 20 {
		t.Fatalf("%d writes, %v", len(found), err)
	}
	if found, err := all.Writes(t.Context(), "p7", 100); err != nil || len(found) != 1 || found[0].Note != "a\nb.md" {
		t.Errorf("%+v %v", found, err)
	}
}

// TestLogRotates keeps no more files than it may, each no larger than it may be, and the newest writes.
func TestLogRotates(t *testing.T) {
	dir := t.TempDir()
	l := log{filepath.Join(dir, "audit.jsonl"), 1000, 2}
	const writes = 100
	for i := range writes {
		if err := l.add(t.Context(), Write{Time: day, Who: "ada", Note: fmt.Sprintf("%d.md", i)}); err != nil {
			t.Fatal(err)
		}
	}
	logs, err := filepath.Glob(filepath.Join(dir, "audit.jsonl*"))
	if err != nil || len(logs) != 4 { // three, and the lock
		t.Errorf("%q, %v", logs, err)
	}
	for _, path := range logs {
		if info, err := os.Stat(path); err != nil || info.Size() > 1000 || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	found, err := l.newest("ada", 10)
	if err != nil || len(found) != 10 {
		t.Fatalf("%d, %v", len(found), err)
	}
	for i, w := range found {
		if want := fmt.Sprintf("%d.md", writes-1-i); w.Note != want {
			t.Errorf("%d: %s, not %s", i, w.Note, want)
		}
	}
	if found, err = l.newest("", writes); err != nil || len(found) >= writes || len(found) < 10 {
		t.Errorf("%d of all, %v", len(found), err)
	}
}

// TestCutLine leaves out what a full disk cut off, and goes on after it.
func TestCutLine(t *testing.T) {
	l := log{filepath.Join(t.TempDir(), "audit.jsonl"), maxLog, 1}
	if err := os.WriteFile(l.path, []byte(`{"who":"ada","no`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{"a.md", "b.md"} {
		if err := l.add(t.Context(), Write{Note: note}); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := l.newest("", 9); err != nil || len(found) != 2 || found[1].Note != "a.md" {
		t.Errorf("%+v %v", found, err)
	}
}
