//go:build unix

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// shows fails unless a page answers with a status and holds a word.
func shows(port int, path string, code int, word string) error {
	a, err := get(port, path)
	if err != nil {
		return err
	}
	if a.code != code || !strings.Contains(a.body, word) {
		return fmt.Errorf("%s: want %d with %q, have %v", path, code, word, a)
	}
	return nil
}

// views are the pages and the data of the dashboard, each with the statuses that it may have while what it shows is broken. None may fail
// without words, and none may be blank.
var views = map[string][]int{
	"/": {200}, "/?q=sacks&mode=keyword": {200}, "/?q=sacks": {200}, "/?view=graph": {200}, "/?view=health": {200}, "/doc/n1.md": {200, 404, 503},
	"/doc/none.md": {404, 503}, "/api/search?q=sacks": {200, 503}, "/api/note/n1.md": {200, 404, 503}, "/api/graph": {200, 503}, "/api/gaps": {200, 503},
	"/api/health": {200}, "/health": {200}, "/ready": {200, 503}, "/metrics": {200},
}

// stands asks for every view: each has one of its statuses, and says something.
func stands(port int) error {
	for path, codes := range views {
		a, err := get(port, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if !slices.Contains(codes, a.code) || strings.TrimSpace(a.body) == "" {
			return fmt.Errorf("%s: %v", path, a)
		}
	}
	return nil
}

// X8: what the dashboard shows breaks while it is open.
func brokenBeneath(r *R) {
	w := r.world()
	w.notes(20)
	w.must("init", "--quiet")
	page, vec := w.start("dashboard"), w.start("vector")
	r.try("as it should be", func() error { return shows(page.Port, "/?mode=keyword&q=sacks", 200, "n1.md") })
	index := w.path(".amalfa/amalfa.db")
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"a note is deleted", func() error { return os.Remove(w.path("n1.md")) }},
		{"a note is a folder now", func() error { return os.Mkdir(w.path("n1.md"), 0o755) }},
		{"a note is a link to elsewhere now", func() error {
			if err := os.Remove(w.path("n1.md")); err != nil {
				return err
			}
			return os.Symlink("/etc/hostname", w.path("n1.md"))
		}},
		{"a note leads to itself now", func() error {
			if err := os.Remove(w.path("n1.md")); err != nil {
				return err
			}
			return os.Symlink("n1.md", w.path("n1.md"))
		}},
		{"a note is a pipe now", func() error {
			if err := os.Remove(w.path("n1.md")); err != nil {
				return err
			}
			return syscall.Mkfifo(w.path("n1.md"), 0o600)
		}},
		{"a note has grown", func() error {
			if err := os.Remove(w.path("n1.md")); err != nil {
				return err
			}
			w.write(w.path("n1.md"), "")
			return os.Truncate(w.path("n1.md"), 1<<30)
		}},
		{"a note is data now", func() error {
			if err := os.Remove(w.path("n1.md")); err != nil {
				return err
			}
			return os.WriteFile(w.path("n1.md"), []byte("\x00\xff\x00"), 0o600)
		}},
		{"the vector service is killed", func() error { w.kill(vec.PID, syscall.SIGKILL); return nil }},
		{"the index is damaged", func() error { return overwrite(r, index, 0, 4096) }},
		{"the index is empty", func() error { return os.Truncate(index, 0) }},
		{"the index is gone", func() error { return w.withoutIndex() }},
		{"settings cannot be read", func() error {
			w.write(filepath.Join(w.env["XDG_CONFIG_HOME"], "amalfa", "settings.json"), "{ no settings")
			return nil
		}},
	} {
		r.try(c.name, func() error {
			if err := c.do(); err != nil {
				return err
			}
			return stands(page.Port)
		})
	}
	if err := os.Remove(filepath.Join(w.env["XDG_CONFIG_HOME"], "amalfa", "settings.json")); err != nil {
		r.Error(err)
	}
	r.try("mended", func() error {
		w.note("n1.md", noteText(1, 20, ""))
		if s := w.amalfa("init", "--quiet"); s.code != 0 {
			return fmt.Errorf("%v", s)
		}
		_, err := eventually(patience, func() error { return shows(page.Port, "/?mode=keyword&q=sacks", 200, "n1.md") })
		return err
	})
	r.try("64 readers while the index is made anew", func() error { return w.readWhileMade(page.Port, 64) })
	if now := w.status("dashboard"); now.PID != page.PID || now.State == "failed" || now.State == "stopped" {
		r.Errorf("the dashboard is %s, pid %d, was pid %d", now.State, now.PID, page.PID)
	}
	r.try("sound", w.whole)
	r.figure("%d views in each state, none failed without words", len(views))
}

// withoutIndex removes the database with its log.
func (w *world) withoutIndex() error {
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(w.path(".amalfa/amalfa.db" + end)); err != nil {
			return err
		}
	}
	return nil
}

// readWhileMade has n readers look at the pages until a new index is whole.
func (w *world) readWhileMade(port, n int) error {
	if err := w.withoutIndex(); err != nil {
		return err
	}
	done, wrong := make(chan struct{}), make(chan error, n)
	var readers sync.WaitGroup
	for range n {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := stands(port); err != nil {
					wrong <- err
					return
				}
			}
		})
	}
	s := w.amalfa("init", "--quiet")
	close(done)
	readers.Wait()
	close(wrong)
	if s.code != 0 {
		return fmt.Errorf("%v", s)
	}
	return <-wrong
}

func dashboardRows() []row {
	return []row{{"X8", "the index, notes and services break while the dashboard is open", false, brokenBeneath}}
}
