//go:build unix

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// settles waits until the watched index equals a fresh one of the same files.
func (w *world) settles(limit time.Duration) (time.Duration, error) {
	w.Helper()
	want := w.clean()
	return eventually(limit, func() error { return w.equal(want) })
}

// watched makes a world whose watcher is ready.
func (r *R) watched(notes int) (*world, status) {
	w := r.world()
	w.notes(notes)
	w.must("init", "--quiet")
	st := w.start("watcher")
	return w, st
}

// F21: notes change all the time while they are indexed.
func churn(r *R) {
	w, _ := r.watched(60)
	length := time.Duration(r.rounds(4, 60)) * time.Second
	ops := 0
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for from := time.Now(); time.Since(from) < length; <-tick.C {
		i := r.intn(60)
		name := w.path(fmt.Sprintf("c%d/n%d.md", i%7, i))
		switch r.intn(6) {
		case 0, 1, 2:
			w.write(name, fmt.Sprintf("# Churn %d\n\nAt op %d of [[n%d]].\n", i, ops, i))
		case 3:
			_ = os.Remove(name)
		case 4:
			_ = os.Rename(w.path(fmt.Sprintf("c%d", i%7)), w.path(fmt.Sprintf("c%d", (i+1)%7)))
		case 5:
			_ = os.RemoveAll(w.path(fmt.Sprintf("c%d", i%7)))
		}
		ops++
	}
	r.try("settles", func() error {
		took, err := w.settles(patience)
		r.figure("%d changes in %v; equal to a fresh index %.1f s later", ops, length, took.Seconds())
		if err != nil {
			return err
		}
		return w.sound()
	})
}

// F22: notes appear in folders that were made a moment ago.
func newFolders(r *R) {
	w, _ := r.watched(3)
	n := r.rounds(60, 500)
	for i := range n {
		w.note(fmt.Sprintf("x%d/y/z/n.md", i), fmt.Sprintf("# Nested\n\nThe nested%dx note, a plover.\n", i))
	}
	lost := 0
	_, err := eventually(patience, func() error {
		f, err := w.search("plover")
		lost = n - len(f.Results)
		if err == nil && lost > 0 && len(f.Results) < 200 {
			err = fmt.Errorf("%d of %d are missing", lost, n)
		}
		return err
	})
	for i := range n {
		r.count(fmt.Sprintf("folder %d", i), err)
	}
	r.try("sound", func() error {
		if _, err := w.settles(patience); err != nil {
			return err
		}
		return w.sound()
	})
	r.figure("lost 0/%d", n)
}

// F23: the watcher stands still while more happens than the system keeps for it.
func overflow(r *R) {
	r.needLinux("for inotify")
	w, st := r.watched(150)
	limit, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err != nil {
		r.notTried(err.Error())
	}
	var queue int
	if _, err := fmt.Sscan(string(limit), &queue); err != nil || queue > 200000 {
		r.notTried(fmt.Sprintf("the queue takes %s events", strings.TrimSpace(string(limit))))
	}
	w.kill(st.PID, syscall.SIGSTOP)
	for i := 0; i < queue/2+2000; i++ { // each write is at least two events
		w.note(fmt.Sprintf("n%d.md", i%150), noteText(i%150, 150, fmt.Sprintf(" and flood%d", i/150)))
	}
	w.note("last.md", "# Last\n\nThe last turnstone.\n")
	w.kill(st.PID, syscall.SIGCONT)
	r.try("rescans", func() error {
		took, err := eventually(patience, func() error { return w.finds("turnstone", "last.md") })
		r.figure("queue of %d overflown, found after %.1f s, lost 0", queue, took.Seconds())
		if err != nil {
			return err
		}
		if _, err := w.settles(patience); err != nil {
			return err
		}
		return w.sound()
	})
}

// F24: the system gives no more watches.
func noWatches(r *R) {
	r.needLinux("for inotify")
	limited := []string{"unshare", "-Ur", "sh", "-c", `echo 10 >/proc/sys/user/max_inotify_watches && exec "$@"`, "sh"}
	if err := works(limited[0], append(limited[1:], "true")...); err != nil {
		r.notTried("needs user namespaces: " + err.Error())
	}
	w := r.world()
	for i := range 30 {
		w.note(fmt.Sprintf("d%d/n.md", i), fmt.Sprintf("# Watch %d\n\nA redshank.\n", i))
	}
	w.must("init", "--quiet")
	if s := w.through(limited, "watcher", "start"); s.code != 0 {
		r.Fatal(s)
	}
	var slowest time.Duration
	for _, i := range []int{0, 15, 29} {
		r.try(fmt.Sprintf("folder %d", i), func() error {
			w.note(fmt.Sprintf("d%d/n.md", i), fmt.Sprintf("# Watch %d\n\nA greenshank%dx.\n", i, i))
			took, err := eventually(patience, func() error { return w.finds(fmt.Sprintf("greenshank%dx", i), fmt.Sprintf("d%d/n.md", i)) })
			slowest = max(slowest, took)
			return err
		})
	}
	r.try("says how to raise it", func() error {
		log, err := os.ReadFile(w.path(".amalfa/logs/watcher.log"))
		if err == nil && !strings.Contains(string(log), "max_user_watches") {
			err = fmt.Errorf("no word about max_user_watches in its log: %.500s", log)
		}
		return err
	})
	r.figure("10 watches for 30 folders; slowest change %.1f s", slowest.Seconds())
}

// saves are the ways of editors.
var saves = []struct {
	name string
	save func(path, text string) error
}{
	{"in place", func(path, text string) error { return os.WriteFile(path, []byte(text), 0o644) }},
	{"new file and rename (Obsidian, VS Code)", func(path, text string) error { return replace(path, path+".tmp", text) }},
	{"vim, backup=yes", func(path, text string) error {
		if err := os.Rename(path, path+"~"); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
		return os.Remove(path + "~")
	}},
	{"emacs, with a lock link", func(path, text string) error {
		lock := filepath.Join(filepath.Dir(path), ".#"+filepath.Base(path))
		if err := os.Symlink("me@here.1", lock); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
		return os.Remove(lock)
	}},
	{"sed -i", func(path, text string) error {
		return replace(path, filepath.Join(filepath.Dir(path), "sedXyz12"), text)
	}},
	{"empty, then in pieces", func(path, text string) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		for _, part := range strings.SplitAfter(text, "\n") {
			if _, err := f.WriteString(part); err != nil {
				return err
			}
			<-time.After(5 * time.Millisecond)
		}
		return f.Close()
	}},
}

func replace(path, by, text string) error {
	if err := os.WriteFile(by, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(by, path)
}

// F25: a note is saved in the ways of editors.
func editors(r *R) {
	w, _ := r.watched(3)
	var slowest time.Duration
	for round := range r.rounds(1, 10) {
		for i, s := range saves {
			r.try(s.name, func() error {
				word := fmt.Sprintf("saved%dby%dx", round, i)
				if err := s.save(w.path("n1.md"), fmt.Sprintf("# Saved\n\nOne line.\n\nAnother, %s.\n\nThe end of it.\n", word)); err != nil {
					return err
				}
				took, err := eventually(patience, func() error { return w.finds(word, "n1.md") })
				slowest = max(slowest, took)
				if err != nil {
					return err
				}
				return w.finds("end", "n1.md")
			})
		}
	}
	r.try("sound", w.sound)
	r.figure("%d ways to save; slowest %.1f s", len(saves), slowest.Seconds())
}

// X4: ten thousand renames in a second.
func renames(r *R) {
	w, _ := r.watched(200)
	n := r.rounds(2000, 10000)
	from := time.Now()
	for i := range n {
		k := i % 200
		name := fmt.Sprintf("n%d.md", k)
		if (i/200)%2 == 1 {
			name = fmt.Sprintf("moved/m%d.md", k)
		}
		to := fmt.Sprintf("moved/m%d.md", k)
		if (i/200)%2 == 1 {
			to = fmt.Sprintf("n%d.md", k)
		}
		if i == 0 {
			if err := os.Mkdir(w.path("moved"), 0o755); err != nil {
				r.Fatal(err)
			}
		}
		if err := os.Rename(w.path(name), w.path(to)); err != nil {
			r.Fatal(err)
		}
	}
	rate := float64(n) / time.Since(from).Seconds()
	r.try("settles", func() error {
		took, err := w.settles(patience)
		r.figure("%d renames at %.0f a second; equal to a fresh index after %.1f s", n, rate, took.Seconds())
		if err != nil {
			return err
		}
		return w.sound()
	})
}

// X1, X2: the terminal goes, and processes stand still for a while.
func hangup(r *R) {
	w := r.world()
	w.notes(60)
	r.try("the terminal of init goes", func() error {
		cmd := w.command(context.Background(), nil, "init")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			return err
		}
		<-time.After(w.some(200 * time.Millisecond))
		_ = cmd.Process.Signal(syscall.SIGHUP)
		_ = cmd.Wait()
		return w.whole()
	})
	for _, service := range []string{"vector", "sonar", "watcher"} {
		r.try("SIGHUP to "+service, func() error {
			st := w.start(service)
			w.kill(st.PID, syscall.SIGHUP)
			if s := w.amalfa(service, "start"); s.code != 0 { // it lives, or the next one does
				return fmt.Errorf("%v", s)
			}
			return nil
		})
	}
	r.try("a closing terminal leaves the services", func() error {
		if err := works("script", "--version"); err != nil {
			r.leave("a real terminal", err.Error())
			return nil
		}
		w.end()
		cmd := exec.Command("script", "-qec", w.Bin+" watcher start", "/dev/null")
		cmd.Dir, cmd.Env = w.root, w.environ()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if st := w.status("watcher"); st.State != "ready" {
			return fmt.Errorf("the watcher is %s", st.State)
		}
		return nil
	})
	r.try("sound", w.sound)
}

func standStill(r *R) {
	w, st := r.watched(20)
	r.try("the watcher", func() error {
		w.kill(st.PID, syscall.SIGSTOP)
		w.note("still.md", "# Still\n\nA still sanderling.\n")
		_, err := eventually(patience, func() error { // a thread that waits for the disk stops when that has answered
			return w.amalfa("watcher", "status").expect(`stopped by a signal|failed|hang`, 3, 0, 1)
		})
		if err != nil {
			return err
		}
		w.kill(st.PID, syscall.SIGCONT)
		_, err = eventually(patience, func() error { return w.finds("sanderling", "still.md") })
		return err
	})
	r.try("init in the middle", func() error {
		w.must("watcher", "stop")
		for i := range 60 {
			w.note(fmt.Sprintf("more%d.md", i), fmt.Sprintf("# More\n\nMore%dx.\n", i))
		}
		cmd := w.command(context.Background(), nil, "init", "--quiet")
		if err := cmd.Start(); err != nil {
			return err
		}
		<-time.After(w.some(200 * time.Millisecond))
		_ = cmd.Process.Signal(syscall.SIGSTOP)
		if _, err := w.search("sacks"); err != nil { // readers do not wait for a writer
			return err
		}
		_ = cmd.Process.Signal(syscall.SIGCONT)
		if err := cmd.Wait(); err != nil {
			return err
		}
		return w.whole()
	})
}

// X3: the model stands still while agents ask.
func hungModel(r *R) {
	w := r.world()
	w.notes(20)
	w.must("init", "--quiet")
	st := w.start("vector")
	w.kill(st.PID, syscall.SIGSTOP)
	defer w.kill(st.PID, syscall.SIGCONT)
	m := w.mcp()
	var slowest time.Duration
	for i := range r.rounds(5, 50) {
		r.try("an agent's question", func() error {
			from := time.Now()
			result, err := m.call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": fmt.Sprintf("word%dx sacks", i%20)}})
			slowest = max(slowest, time.Since(from))
			if err != nil {
				return err
			}
			var a struct {
				StructuredContent struct {
					Results  []struct{ ID string }
					Degraded []string
				}
			}
			if err := json.Unmarshal(result, &a); err != nil {
				return err
			}
			if len(a.StructuredContent.Degraded) == 0 || len(a.StructuredContent.Results) == 0 {
				return fmt.Errorf("no notes, or not a word about the model: %.500s", result)
			}
			return nil
		})
	}
	r.try("it ends with its client", m.close)
	w.kill(st.PID, syscall.SIGCONT)
	r.try("afterwards", w.whole)
	r.figure("slowest answer %.2f s, each said degraded", slowest.Seconds())
}

func watchRows() []row {
	return []row{
		{"F21", "notes written, moved and removed while indexed", false, churn},
		{"F22", "notes in folders made a moment ago", false, newFolders},
		{"F23", "more events than the system keeps", false, overflow},
		{"F24", "no more inotify watches", false, noWatches},
		{"F25", "the ways in which editors save", false, editors},
	}
}

func extraRows() []row {
	return []row{
		{"X1", "SIGHUP; the terminal closes", false, hangup},
		{"X2", "SIGSTOP and SIGCONT", false, standStill},
		{"X3", "the model hangs while agents ask", false, hungModel},
		{"X4", "thousands of renames in a second", false, renames},
	}
}
