//go:build unix

package faults

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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
	ops, switches := 0, 0
	git := w.branches(r.rounds(300, 5000))
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
		if ops++; ops%500 == 0 && git != nil {
			if err := git("checkout", "-q", "-f", []string{"one", "two"}[switches%2]); err != nil {
				r.Fatal(err)
			}
			switches++
		}
	}
	if git == nil {
		r.leave("branch switches", "git is not installed")
	}
	r.try("settles", func() error {
		took, err := w.settles(patience)
		r.figure("%d changes and %d branch switches of %d files in %v; equal to a fresh index %.1f s later", ops, switches, r.rounds(300, 5000), length, took.Seconds())
		if err != nil {
			return err
		}
		return w.sound()
	})
}

// branches makes a repository of the workspace with two branches, in which n notes differ, and returns how to call git in it, nil without git.
func (w *world) branches(n int) func(args ...string) error {
	w.Helper()
	if works("git", "--version") != nil {
		return nil
	}
	git := func(args ...string) error {
		cmd := exec.Command("git", append([]string{"-c", "user.name=f", "-c", "user.email=f@localhost", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir, cmd.Env = w.root, w.environ()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	for _, branch := range []string{"one", "two"} {
		for i := range n {
			if i%3 != 0 || branch == "one" { // a third is on one of them alone
				w.note(fmt.Sprintf("b%d/n%d.md", i%20, i), fmt.Sprintf("# Branch %d\n\nOn the branch %s%dx, see [[n%d]].\n", i, branch, i, i%60))
			} else if err := os.Remove(w.path(fmt.Sprintf("b%d/n%d.md", i%20, i))); err != nil {
				w.Fatal(err)
			}
		}
		for _, args := range [][]string{{"init", "-q"}, {"checkout", "-q", "-b", branch}, {"add", "-A", "b*"}, {"commit", "-q", "-m", branch}} {
			if branch == "two" && args[0] == "init" {
				continue
			}
			if err := git(args...); err != nil {
				w.Fatal(err)
			}
		}
	}
	return git
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
	for i := 0; i < queue+4000; i++ { // each write is one event at least: the same twice in a row are one (inotify(7))
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
	r.try("told once, and counted", func() error {
		log, err := os.ReadFile(w.path(".amalfa/logs/watcher.log"))
		if err != nil {
			return err
		}
		if n := strings.Count(string(log), "File events were lost"); n != 1 {
			return fmt.Errorf("told %d times", n)
		}
		var s struct{ Rescans int }
		data, err := os.ReadFile(w.path(".amalfa/runtime/watcher.json"))
		if err := cmp.Or(err, json.Unmarshal(data, &s)); err != nil {
			return err
		}
		if s.Rescans < 2 {
			return fmt.Errorf("%d looks at everything", s.Rescans)
		}
		return nil
	})
}

// F24: the system gives no more watches, or none at all.
func noWatches(r *R) {
	r.needLinux("for inotify")
	fewWatches(r, "watches", 10)
	fewWatches(r, "instances", 0)
}

func fewWatches(r *R, what string, n int) {
	limited := []string{"unshare", "-Ur", "sh", "-c", fmt.Sprintf(`echo %d >/proc/sys/user/max_inotify_%s && exec "$@"`, n, what), "sh"}
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
		r.try(fmt.Sprintf("few %s: folder %d", what, i), func() error {
			w.note(fmt.Sprintf("d%d/n.md", i), fmt.Sprintf("# Watch %d\n\nA greenshank%dx.\n", i, i))
			took, err := eventually(patience, func() error { return w.finds(fmt.Sprintf("greenshank%dx", i), fmt.Sprintf("d%d/n.md", i)) })
			slowest = max(slowest, took)
			return err
		})
	}
	r.try(fmt.Sprintf("few %s: says once how to raise it", what), func() error {
		for _, args := range [][]string{{"servers", "--json"}, {"doctor"}, {"coverage"}} {
			if err := w.amalfa(args...).expect(`sysctl fs\.inotify\.max_user_`+what, 0, 1); err != nil {
				return err
			}
		}
		log, err := os.ReadFile(w.path(".amalfa/logs/watcher.log"))
		if n := strings.Count(string(log), "Some folders cannot be watched"); err == nil && n != 1 {
			err = fmt.Errorf("told %d times in its log: %.500s", n, log)
		}
		return err
	})
	r.try(fmt.Sprintf("few %s: sound", what), w.sound)
	r.figure("%d %s for 30 folders; slowest change %.1f s", n, what, slowest.Seconds())
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
	{"sed -i", func(path, text string) error { // the real one
		script := filepath.Join(filepath.Dir(path), "s.sed")
		if err := os.WriteFile(script, []byte("1c\\\n"+strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\\\n")+"\n2,$d\n"), 0o600); err != nil {
			return err
		}
		defer os.Remove(script)
		if out, err := exec.Command("sed", "-i", "-f", script, path).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}},
	{"vim", func(path, text string) error { return realVim(path, text, "set nobackup nowritebackup") }},
	{"vim, which keeps a backup", func(path, text string) error { return realVim(path, text, "set backup writebackup backupcopy=no") }},
	{"vim, backup and in place", func(path, text string) error { return realVim(path, text, "set backup writebackup backupcopy=yes") }},
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

// realVim saves with vim itself, as far as it is here; else as it does with a backup by copy.
func realVim(path, text, how string) error {
	if works("vim", "--version") != nil {
		return os.WriteFile(path, []byte(text), 0o644)
	}
	new := path + ".new~"
	if err := os.WriteFile(new, []byte(text), 0o600); err != nil {
		return err
	}
	defer os.Remove(new)
	cmd := exec.Command("vim", "-N", "-u", "NONE", "-i", "NONE", "-es", "--cmd", how, "-c", "%d _", "-c", "0r "+new, "-c", "silent! $g/^$/d _", "-c", "wq", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("vim: %w: %s", err, out)
	}
	return nil
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
	w.must("cache", "clear")                                                          // it outlives a run of the tests, and knows the texts of the one before
	w.note("n1.md", "# Saved\n\nA line.\n\nAnother, saved9by9x.\n\nThe end of it.\n") // asked about as below, so that questions are known
	r.try("before", func() error {
		if _, err := eventually(patience, func() error { return w.finds("saved9by9x", "n1.md") }); err != nil {
			return err
		}
		return errors.Join(w.finds("end", "n1.md"), w.vectorsOfAll())
	})
	var slowest time.Duration
	port := w.status("vector").Port
	for round := range r.rounds(1, 10) {
		for i, s := range saves {
			r.try(s.name, func() error {
				before, err := inferences(port)
				if err != nil {
					return err
				}
				// The small model knows few words: a text of another length is another one to it.
				word := fmt.Sprintf("saved%dby%dx", round, i)
				if err := s.save(w.path("n1.md"), fmt.Sprintf("# Saved\n\n%s\n\nAnother, %s.\n\nThe end of it.\n", strings.Repeat("One line. ", 1+round*len(saves)+i), word)); err != nil {
					return err
				}
				took, err := eventually(patience, func() error { return w.finds(word, "n1.md") })
				slowest = max(slowest, took)
				if err != nil {
					return err
				}
				if err := w.finds("end", "n1.md"); err != nil {
					return err
				}
				if err := w.vectorsOfAll(); err != nil {
					return err
				}
				after, err := inferences(port)
				if err == nil && after-before != 1 {
					err = fmt.Errorf("the note of one passage was embedded %d times", after-before)
				}
				return err
			})
		}
	}
	r.try("sound", w.sound)
	r.figure("%d ways to save, one embedding each, half-read files 0; slowest %.1f s", len(saves), slowest.Seconds())
}

// inferences is how many texts the model of a service has read.
func inferences(port int) (n int, err error) {
	a, err := get(port, "/metrics")
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`(?m)^amalfa_inferences_total\S* (\d+)`).FindStringSubmatch(a.body)
	if m == nil {
		return 0, fmt.Errorf("no count of inferences: %.300s", a.body)
	}
	return strconv.Atoi(m[1])
}

// X4: ten thousand renames in a second.
func renames(r *R) {
	w, _ := r.watched(200)
	const n = 10000
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
		if rate < n {
			r.leave("so many in a second", "the file system of this machine is slower")
		}
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
	for _, service := range []string{"vector", "sonar", "watcher", "dashboard"} {
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
	r.try("the dashboard", func() error {
		page := w.start("dashboard")
		w.kill(page.PID, syscall.SIGSTOP)
		if s := w.amalfa("search", "--mode", "keyword", "sanderling"); s.code != 0 {
			return fmt.Errorf("a search beside it: %v", s)
		}
		_, err := eventually(patience, func() error {
			return w.amalfa("dashboard", "status").expect(`stopped by a signal|failed|hang`, 3, 0, 1)
		})
		w.kill(page.PID, syscall.SIGCONT)
		if err != nil {
			return err
		}
		_, err = eventually(patience, func() error { return shows(page.Port, "/?mode=keyword&q=sanderling", 200, "still.md") })
		w.must("dashboard", "stop")
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
