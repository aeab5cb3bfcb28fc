package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// writer is the variable that makes the test program a process that fills the
// cache at its value until it is killed.
const writer = "AMALFA_TEST_CACHE_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writer); path != "" {
		fill(path)
	}
	goleak.VerifyTestMain(m)
}

func fill(path string) {
	c, err := Open(context.Background(), path, Options{MaxBytes: 1 << 20})
	for i := 0; err == nil; i++ {
		batch := map[Key][]byte{}
		for j := range 8 {
			key, value := pair(8*i + j)
			batch[key] = value
		}
		err = c.Put(context.Background(), batch)
		if i == 20 {
			fmt.Println("under way")
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// pair is the entry number i: a value that its key tells.
func pair(i int) (Key, []byte) {
	key := sha256.Sum256(fmt.Append(nil, i))
	return key, bytes.Repeat(key[:], 1+i%50)
}

func open(t *testing.T, path string, o Options) *Cache {
	t.Helper()
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	c, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func put(t *testing.T, c *Cache, from, to int) {
	t.Helper()
	batch := map[Key][]byte{}
	for i := from; i < to; i++ {
		key, value := pair(i)
		batch[key] = value
	}
	if err := c.Put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// holds returns which of the entries 0 to n are there, and fails if one is wrong.
func holds(t *testing.T, c *Cache, n int) []int {
	t.Helper()
	var keys []Key
	for i := range n {
		key, _ := pair(i)
		keys = append(keys, key)
	}
	got, err := c.Get(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	var there []int
	for i := range n {
		key, want := pair(i)
		value, ok := got[key]
		if ok {
			there = append(there, i)
		}
		if ok && !bytes.Equal(want, value) {
			t.Errorf("entry %d is wrong", i)
		}
	}
	return there
}

func TestKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "c.db")
	a, b := open(t, path, Options{}), open(t, path, Options{})
	put(t, a, 0, 3)
	put(t, b, 2, 5)
	put(t, b, 2, 5)
	for name, c := range map[string]*Cache{"the one": a, "the other": b, "a new one": open(t, path, Options{})} {
		if diff := cmp.Diff([]int{0, 1, 2, 3, 4}, holds(t, c, 7)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if s, err := a.Stats(t.Context()); err != nil || s.Entries != 5 || s.Bytes < 5*32 || s.Wrong != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	for at, mode := range map[string]os.FileMode{".": 0o700, "c.db": 0o600, "c.db-wal": 0o600, "c.db.lock": 0o600} {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), at))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", at, info.Mode(), err)
		}
	}
	if err := b.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := holds(t, a, 7); got != nil {
		t.Errorf("cleared, yet there: %v", got)
	}
	put(t, a, 0, 1)
	if got := holds(t, b, 7); len(got) != 1 {
		t.Errorf("after Clear: %v", got)
	}
}

func TestClearGivesSpaceBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c := open(t, path, Options{})
	put(t, c, 0, 4000)
	if err := c.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	var size int64
	for _, end := range []string{"", "-wal"} {
		if info, err := os.Stat(path + end); err == nil {
			size += info.Size()
		}
	}
	if size > 64<<10 {
		t.Errorf("%d bytes are left", size)
	}
}

func TestTooLargeValueIsLeftOut(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "c.db"), Options{})
	large, _ := pair(0)
	small, value := pair(1)
	if err := c.Put(t.Context(), map[Key][]byte{large: make([]byte, MaxValue+1), small: value}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1}, holds(t, c, 2)); diff != "" {
		t.Error(diff)
	}
}

// TestStaysWithinItsSize writes many times the limit, and uses one entry each
// day: it stays, and so do the last ones.
func TestStaysWithinItsSize(t *testing.T) {
	const limit = 1 << 20
	now := time.Unix(1e9, 0)
	path := filepath.Join(t.TempDir(), "c.db")
	c := open(t, path, Options{MaxBytes: limit, Now: func() time.Time { return now }})
	const n = 8000 // 6.6 MB
	for i := 0; i < n; i += 200 {
		put(t, c, i, i+200)
		holds(t, c, 1)
		now = now.Add(24 * time.Hour)
		if s, err := c.Stats(t.Context()); err != nil || s.Bytes > limit*5/4 {
			t.Fatalf("%d bytes after %d entries, %v", s.Bytes, i, err)
		}
	}
	there := holds(t, c, n)
	if len(there) < 200 || there[0] != 0 || there[1] < n/2 || there[len(there)-1] != n-1 {
		t.Errorf("%d entries are left: %v…", len(there), there[:min(3, len(there))])
	}
}

// TestDamagedValue flips a byte of every stored value.
func TestDamagedValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c := open(t, path, Options{})
	put(t, c, 0, 3)
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	swap := "UPDATE entry SET value = (SELECT value FROM entry WHERE id = 1) WHERE id = 2" // a sound value, another's
	for _, statement := range []string{swap, "UPDATE entry SET value = CAST(substr(value, 1, 20) || x'00' || substr(value, 22) AS BLOB) WHERE id = 3", "UPDATE entry SET value = x'01' WHERE id = 1"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if got := holds(t, c, 3); got != nil {
		t.Errorf("%v were taken", got)
	}
	if s, err := c.Stats(t.Context()); err != nil || s.Wrong != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	put(t, c, 0, 3)
	if got := holds(t, c, 3); len(got) != 3 {
		t.Errorf("written again, there are %v", got)
	}
}

// TestDamagedFile writes over the file at many places: either the answers are
// right or they are errors, and the next process that is alone begins anew.
func TestDamagedFile(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.db")
	c, err := Open(t.Context(), whole, Options{MaxBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	put(t, c, 0, 200)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string]func([]byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"half":    func(b []byte) []byte { return b[:len(b)/2] },
		"text":    func([]byte) []byte { return bytes.Repeat([]byte("not a database "), 1000) },
		"another": func(b []byte) []byte { b[63] = 9; return b }, // user_version
	}
	for at := 0; at < len(sound); at += len(sound) / 40 {
		damages[fmt.Sprintf("from %d", at)] = func(b []byte) []byte {
			for i := at; i < min(at+600, len(b)); i++ {
				b[i] ^= 0xa5
			}
			return b
		}
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) { useDamaged(t, damage(bytes.Clone(sound))) })
	}
}

func useDamaged(t *testing.T, content []byte) {
	path := filepath.Join(t.TempDir(), "c.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	use := func() error {
		c, err := Open(t.Context(), path, Options{MaxBytes: 1 << 30})
		if err != nil {
			return err
		}
		defer c.Close()
		for i := range 300 {
			key, want := pair(i)
			got, err := c.Get(t.Context(), []Key{key})
			if err != nil {
				return err
			}
			if value, ok := got[key]; ok && !bytes.Equal(value, want) {
				t.Errorf("entry %d is wrong", i)
			}
			if err := c.Put(t.Context(), map[Key][]byte{key: want}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := use(); err != nil && !errors.Is(err, ErrDamaged) {
		t.Errorf("%v is not ErrDamaged", err)
	} else if err != nil {
		err = use()
		if err != nil {
			t.Errorf("it was not replaced: %v", err)
		}
	}
}

// TestDamagedWhileOthersUseIt keeps a file from being removed under a process
// that has it open.
func TestDamagedWhileOthersUseIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	c, err := Open(t.Context(), path, Options{MaxBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	put(t, c, 0, 2)
	if err := mark(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a second one: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := holds(t, open(t, path, Options{}), 2); got != nil {
		t.Errorf("a marked cache was used: %v", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), link); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a link": link, "a folder": dir, "below a file": filepath.Join(file, "c.db")} {
		if c, err := Open(t.Context(), path, Options{}); err == nil {
			t.Errorf("%s was opened", name)
			c.Close()
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "elsewhere")); err == nil {
		t.Error("the link was followed")
	}
}

// TestKilled kills three writers again and again while another process reads.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, path, Options{MaxBytes: 1 << 20})
	for range 3 {
		var all sync.WaitGroup
		for range 3 {
			cmd := exec.Command(exe)
			cmd.Env = append(os.Environ(), writer+"="+path)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				if _, err := out.Read(make([]byte, 1)); err != nil {
					t.Errorf("the writer ended: %v", err)
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
		}
		all.Wait()
		if got := holds(t, c, 2000); len(got) == 0 {
			t.Error("nothing was kept")
		}
	}
	var verdict string
	if err := c.db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("%s, %v", verdict, err)
	}
	if s, err := c.Stats(t.Context()); err != nil || s.Wrong != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
