package watcher

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"amalfa/ingest"
	"amalfa/lifecycle"
)

// patience is how long a test waits for what should happen at once: longer than a busy machine keeps it waiting.
const patience = time.Minute

// scripted is a notifier that says only what the test lets it say.
type scripted struct {
	errors chan error
	add    func(dir string) error
	hold   chan struct{} // each look at everything takes one; nil: it waits for nothing
}

func (s scripted) Add(dir string) error          { return s.add(dir) }
func (s scripted) Remove(string) error           { return nil }
func (s scripted) Events() <-chan fsnotify.Event { return nil }
func (s scripted) Errors() <-chan error          { return s.errors }
func (s scripted) Close() error                  { return nil }

type calls struct{ full, paths chan []string }

func start(t *testing.T, s scripted, log *zap.Logger) (calls, Options) {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "docs"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := calls{full: make(chan []string, 100), paths: make(chan []string, 100)}
	o := Options{
		Root: root, StatusFile: filepath.Join(root, "watcher.json"), Log: log, Life: lifecycle.New(log), Debounce: 10 * time.Millisecond, Poll: 20 * time.Millisecond,
		Full: func(context.Context) (ingest.Summary, error) {
			if s.hold != nil {
				<-s.hold
			}
			c.full <- nil
			return ingest.Summary{}, nil
		},
		Ingest: func(_ context.Context, p []string) (ingest.Summary, error) {
			c.paths <- p
			return ingest.Summary{}, nil
		},
		Folders: func(context.Context, []string) ([]string, error) { return []string{".", "docs"}, nil },
		open:    func() (notifier, error) { return s, nil },
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, o) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c, o
}

func receive(t *testing.T, from chan []string, what string) []string {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		return nil
	}
}

// F23: an overflow is followed by one look at everything, and logged once.
func TestOverflowRescans(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	s := scripted{errors: make(chan error), add: func(string) error { return nil }, hold: make(chan struct{})}
	c, _ := start(t, s, zap.New(core))
	s.hold <- struct{}{}
	receive(t, c.full, "first look")
	for range 5 {
		s.errors <- fsnotify.ErrEventOverflow
	}
	close(s.hold) // not before: however slow this machine is, they belong to one look
	receive(t, c.full, "rescan")
	if n := logs.FilterMessage("File events were lost, looking at everything").Len(); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
}

// F24: folders beyond the inotify limit are polled, with one warning that says how to raise it.
func TestWatchLimitFallsBackToPolling(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	s := scripted{add: func(dir string) error {
		if filepath.Base(dir) == "docs" {
			return syscall.ENOSPC
		}
		return nil
	}}
	c, o := start(t, s, zap.New(core))
	receive(t, c.full, "first look")
	for range 3 {
		if got := receive(t, c.paths, "poll"); len(got) != 1 || got[0] != "docs" {
			t.Fatalf("polled %q, want docs", got)
		}
	}
	data, err := os.ReadFile(o.StatusFile)
	var got Status
	if err == nil {
		err = json.Unmarshal(data, &got)
	}
	want := "folders are polled: the limit of inotify watches is reached; raise it with: sudo sysctl fs.inotify.max_user_watches=524288"
	if st, reason := o.Life.Now(); err != nil || st != lifecycle.Degraded || reason != want || got.Folders != 1 || got.Unwatched != 1 {
		t.Errorf("%s: %s, %+v, %v", st, reason, got, err)
	}
	if n := logs.FilterMessage("Some folders cannot be watched and are polled").Len(); n != 1 {
		t.Errorf("warned %d times, want once", n)
	}
}

// A folder that could not be watched is watched as soon as it can be, and then the state says nothing of it any more.
func TestFoldersAreWatchedAgain(t *testing.T) {
	var refuse atomic.Bool
	refuse.Store(true)
	s := scripted{add: func(dir string) error {
		if filepath.Base(dir) == "docs" && refuse.Load() {
			return syscall.EACCES
		}
		return nil
	}}
	c, o := start(t, s, zap.NewNop())
	receive(t, c.full, "first look")
	receive(t, c.paths, "poll")
	refuse.Store(false)
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		st, why := o.Life.Now()
		if st == lifecycle.Ready && why == "" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %s", st, why)
		}
	}
}
