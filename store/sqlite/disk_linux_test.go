package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"amalfa/store"
	"amalfa/store/text"
)

// need skips a test that this user cannot run; as root, or where CI=true promises a complete run, that is a failure.
func need(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" && os.Geteuid() == 0 {
		t.Fatalf("%s: %v", what, err)
	}
	t.Skipf("%s: %v", what, err)
}

func mount(t *testing.T, dir, source, fstype string, flags uintptr, data string) {
	t.Helper()
	need(t, "mount "+dir, unix.Mount(source, dir, fstype, flags, data))
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}

func TestDiskFull(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	mount(t, dir, "tmpfs", "tmpfs", 0, "size=2m")
	s := open(t, filepath.Join(dir, "amalfa.db"), Options{})
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "water")}})
	var big store.Batch
	for i := range 400 {
		big.Puts = append(big.Puts, note(fmt.Sprintf("big%d.md", i), "", strings.Repeat(fmt.Sprintf("word%d ", i), 2000)))
	}
	err := s.Apply(ctx, big)
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("a batch that does not fit: %v", err)
	}
	if got := found(t, s, text.Term("water")); len(got) != 1 {
		t.Errorf("search on a full disk: %v", got)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
	need(t, "grow", unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=64m"))
	apply(t, s, big)
}

func TestReadOnlyFolder(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "amalfa.db")
	s := open(t, path, Options{})
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "", "water")}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mount(t, dir, dir, "", unix.MS_BIND, "")
	need(t, "remount read-only", unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	r := open(t, path, Options{ReadOnly: true})
	if got := found(t, r, text.Term("water")); len(got) != 1 {
		t.Errorf("found %v", got)
	}
	if w, err := Open(ctx, path, Options{}); err == nil {
		err = w.Apply(ctx, store.Batch{Deletes: []string{"a.md"}})
		w.Close()
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("write: %v", err)
		}
	} else if !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("open to write: %v", err)
	}
	if _, err := Open(ctx, filepath.Join(dir, "new.db"), Options{}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("make a new one: %v", err)
	}
}

// A log that a killed writer left is read too, though nothing can be written beside it.
func TestReadOnlyFolderWithLog(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "amalfa.db")
	p := startPlayer(t, "left", path)
	p.rounds(2)
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("the writer left no log: %v", err)
	}
	mount(t, dir, dir, "", unix.MS_BIND, "")
	need(t, "remount read-only", unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	r := open(t, path, Options{ReadOnly: true})
	if got := found(t, r, text.Term("water")); len(got) < 4 {
		t.Errorf("found %v", got)
	}
}
