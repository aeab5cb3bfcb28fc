package app

import (
	"os"
	"path/filepath"
	"testing"

	"amalfa/config"

	"go.uber.org/zap"
)

// followed is a workspace whose settings files are in folders of the test.
func followed(tb testing.TB) *follower {
	w := &Workspace{Host: Host{Env: config.Env{Getenv: func(string) string { return "" }}}, Folder: config.Workspace{Root: tb.TempDir()}, Places: config.Places{Config: tb.TempDir()}}
	w.Loaded = config.Load(w.Folder, w.Places, w.Env.Getenv)
	w.Settings = w.Loaded.Settings
	return w.follow(zap.NewNop())
}

// TestFollow changes files in each way that editors do, and with settings that cannot be used.
func TestFollow(t *testing.T) {
	f := followed(t)
	changes := 0
	f.onChange(func(_, _ config.Settings) { changes++ })
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(f.w.Places.Settings(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for n, step := range []struct {
		do    func()
		limit int
		told  int
	}{
		{func() {}, 10, 0},
		{func() { write(`{"search": {"limit": 7}}`) }, 7, 1},
		{func() {}, 7, 1},
		{func() { write(`{"search": {"limit": 12}}`) }, 12, 2},
		{func() { write(`{"search": {"limit": "many"}}`) }, 12, 2},
		{func() { write(`{"search": `) }, 12, 2},
		{func() {
			other := filepath.Join(f.w.Places.Config, "new")
			if err := os.WriteFile(other, []byte(`{"search": {"limit": 9}}`), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(other, f.w.Places.Settings()); err != nil {
				t.Fatal(err)
			}
		}, 9, 3},
		{func() { _ = os.Remove(f.w.Places.Settings()) }, 10, 4},
	} {
		step.do()
		f.look()
		if got := f.now().Search.Limit; got != step.limit || changes != step.told {
			t.Errorf("step %d: limit %d, want %d; told %d times, want %d", n, got, step.limit, changes, step.told)
		}
	}
}

func BenchmarkFollow(b *testing.B) {
	f := followed(b)
	if err := os.WriteFile(f.w.Places.Settings(), []byte("{}"), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f.look()
	}
}
