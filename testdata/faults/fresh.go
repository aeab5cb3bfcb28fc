//go:build unix

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// F35: a machine on which everything is missing. What touches how the model is found and loaded is tried with the one that the
// program carries.
func freshMachine(r *R) {
	ok := 0
	fresh := func(name string, model bool, wrap []string, change func(w *world)) {
		if len(wrap) > 0 {
			needed := wrap
			if wrap[0] == "unshare" {
				needed = wrap[:2] // what it does then is for a world of its own
			}
			if err := works(needed[0], append(needed[1:len(needed):len(needed)], "true")...); err != nil {
				r.leave(name, err.Error())
				return
			}
		}
		r.try(name, func() error {
			w := r.world()
			if model {
				delete(w.env, "EMBEDDING_MODEL")
			}
			w.note("tides.md", "# Tides\n\nHigh water at the pier.\n")
			if change != nil {
				change(w)
			}
			s := w.through(wrap, "init", "--quiet", "--no-daemon")
			if s.code != 0 {
				if strings.TrimSpace(s.err) == "" || s.code < 0 || s.code > 5 {
					return fmt.Errorf("not a word about what is missing: %v", s)
				}
				return s.expect(`(?i)(permission|read-only|no such|cannot|not writable|denied)`, 1, 4, 5)
			}
			s = w.through(wrap, "search", "--no-daemon", "when is high water")
			if err := s.expect(`tides\.md`, 0); err != nil {
				return err
			}
			ok++
			return nil
		})
	}
	fresh("no network", true, []string{"unshare", "-n"}, nil)
	fresh("no HOME, no variable at all", true, nil, func(w *world) {
		for key := range w.env {
			if key != "AMALFA_CACHE_DIR" {
				delete(w.env, key)
			}
		}
		w.env["AMALFA_STATE_DIR"] = filepath.Join(w.home, "state") // or the machine's own services would be asked
	})
	fresh("HOME is a folder that cannot be made", false, nil, func(w *world) {
		for _, key := range []string{"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"} {
			delete(w.env, key)
		}
		w.env["HOME"] = "/proc/none"
	})
	// What is mounted in these two goes with the command.
	fresh("HOME is /, and the disk is read-only but for the notes", true, []string{"unshare", "-m", "sh", "-ec", `mount --bind "$PWD" "$PWD"; mount -o remount,bind,ro /; cd "$PWD"; exec "$@"`, "sh"}, func(w *world) {
		for _, key := range []string{"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "AMALFA_STATE_DIR"} {
			delete(w.env, key)
		}
		w.env["HOME"] = "/"
	})
	fresh("TMPDIR is full", true, []string{"unshare", "-m", "sh", "-ec", `mount -t tmpfs -o size=4k tmpfs "${TMPDIR:-/tmp}"; dd if=/dev/zero of="${TMPDIR:-/tmp}"/full bs=1k count=8 2>/dev/null || :; exec "$@"`, "sh"}, func(w *world) {
		w.env["TMPDIR"] = filepath.Join(w.home, "tmp")
		if err := os.Mkdir(w.env["TMPDIR"], 0o700); err != nil {
			r.Fatal(err)
		}
	})
	fresh("no TMPDIR", false, nil, func(w *world) { w.env["TMPDIR"] = "/nowhere" })
	fresh("LANG=C", false, nil, func(w *world) { w.env["LC_ALL"], w.env["LANG"] = "C", "C" })
	fresh("64 descriptors", false, []string{"prlimit", "--nofile=64:64"}, nil)
	fresh("one processor", false, []string{"taskset", "-c", "0"}, nil)
	fresh("512 MB", true, r.memoryLimit(512), nil)
	r.figure("%d went on, others named what was missing", ok)
}

// memoryLimit runs a command where it has so many MB, by a group of its own (cgroups of either version).
func (r *R) memoryLimit(mb int) []string {
	for top, file := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"} {
		dir, err := os.MkdirTemp(top, "amalfa-faults-")
		if err != nil {
			continue
		}
		r.Cleanup(func() {
			_, _ = eventually(5*time.Second, func() error { return os.Remove(dir) })
		})
		if os.WriteFile(filepath.Join(dir, file), []byte(fmt.Sprint(mb<<20)), 0o600) == nil {
			return []string{"sh", "-c", `echo $$ >"$0"/cgroup.procs && exec "$@"`, dir}
		}
	}
	return []string{"needs-a-memory-cgroup"}
}

// X5: few descriptors, for everything.
func fewDescriptors(r *R) {
	limited := []string{"prlimit", "--nofile=64:64"}
	r.need("to limit descriptors", limited[0], append(limited[1:], "true")...)
	w := r.world()
	for i := range 150 { // more folders than descriptors
		w.note(fmt.Sprintf("d%d/n.md", i), noteText(i, 150, ""))
	}
	r.try("init", func() error {
		if s := w.through(limited, "init", "--quiet"); s.code != 0 {
			return fmt.Errorf("%v", s)
		}
		return w.sound()
	})
	for _, service := range []string{"vector", "watcher", "sonar", "dashboard"} {
		r.try(service, func() error {
			w.amalfa(service, "stop")
			if s := w.through(limited, service, "start"); s.code != 0 {
				return fmt.Errorf("%v", s)
			}
			return nil
		})
	}
	st := w.status("vector")
	r.try("200 callers of a service with 64", func() error {
		done := make(chan error, 200)
		for i := range 200 {
			go func() { _, err := vector(st.Port, fmt.Sprint("caller ", i)); done <- err }()
		}
		failed := 0
		for range 200 {
			if err := <-done; err != nil {
				failed++
			}
		}
		r.figure("%d of 200 callers at once were served by 64 descriptors", 200-failed)
		_, err := eventually(patience, func() error { return answers(st.Port) })
		return err
	})
	r.try("the watcher", func() error {
		w.note("late.md", "# Late\n\nA late godwit.\n")
		_, err := eventually(patience, func() error { return w.finds("godwit", "late.md") })
		return err
	})
	r.try("sound", w.whole)
}

// F26: a network's file system, which tells nobody of changes.
func networkFolder(r *R) {
	r.needLinux("for strace")
	// 0x6969 is NFS_SUPER_MAGIC (statfs(2)), which the kernel's answer is changed to; notes are written by others, so that no event tells.
	nfs := []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=statfs,inotify_add_watch", "-e", "inject=statfs:poke_exit=@arg2=6969000000000000", "-e", "inject=inotify_add_watch:error=ENOSPC"}
	r.need("to let a folder be on a network", nfs[0], append(nfs[1:len(nfs):len(nfs)], "true")...)
	w := r.world()
	w.notes(5)
	w.must("init", "--quiet")
	cmd := exec.Command(nfs[0], append(nfs[1:], w.bin, "watcher", "serve")...)
	cmd.Dir, cmd.Env = w.root, w.environ()
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	defer func() {
		w.amalfa("watcher", "stop")
		_ = cmd.Wait()
	}()
	if _, err := eventually(patience, func() error { return w.amalfa("watcher", "status").expect("ready|degraded", 0) }); err != nil {
		r.Fatal(err)
	}
	r.try("a change without an event", func() error {
		w.note("n1.md", "# Far\n\nA far whimbrel.\n")
		took, err := eventually(patience, func() error { return w.finds("whimbrel", "n1.md") })
		r.figure("found after %.1f s by polling; the file system's kind is made up", took.Seconds())
		return err
	})
	r.try("sound", w.sound)
}
