//go:build unix

package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ioCalls are the calls of which each one in turn fails; openat opens the notes too, getdents64 lists their folders, renameat and fsync
// make files whole. write is none of them: Go's runtime wakes itself by it, and ends where it cannot.
var ioCalls = []string{"fsync", "fdatasync", "pwrite64", "pread64", "openat", "renameat", "unlinkat", "mkdirat", "ftruncate", "newfstatat", "getdents64"}

// F3: each call to the disk fails once, one after another, while notes are indexed.
func ioErrors(r *R) {
	r.needLinux("for strace")
	r.need("to make calls fail", "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1", "true")
	w := r.world()
	w.notes(20)
	w.must("init", "--quiet", "--no-daemon")
	places, silent := 0, 0
	for _, call := range ioCalls {
		limit := r.rounds(3, 400)
		for n := 1; n <= limit; n++ {
			trace := filepath.Join(r.TempDir(), "trace")
			w.note("n1.md", noteText(1, 20, fmt.Sprint(" ", call, n)))
			w.note(fmt.Sprintf("new-%s.md", call), fmt.Sprintf("# New\n\nAt %s %d.\n", call, n))
			failing := []string{"strace", "-f", "-qq", "-o", trace, "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:error=EIO:when=%d", call, n)}
			w.through(failing, "search", "--mode", "keyword", "sacks") // neither crashes nor hangs
			s := w.through(failing, "init", "--quiet", "--no-daemon")  // without a service: the calls of this process count
			said, err := os.ReadFile(trace)
			if err != nil {
				r.Fatal(err)
			}
			if !strings.Contains(string(said), "(INJECTED)") {
				break // one run without a failure: all places were met
			}
			places++
			r.try(fmt.Sprintf("%s %d", call, n), func() error {
				if s.code < 0 {
					return fmt.Errorf("ended by a signal: %v", s)
				}
				if s.code == 0 && s.err == "" {
					silent++ // tried again, or of no matter
				} else if s.err == "" || s.code != 0 && s.expect(namesFailure(call), s.code) != nil {
					return fmt.Errorf("no word about it: %v", s)
				}
				return w.wholeWith("--no-daemon")
			})
		}
	}
	r.figure("%d places of %d calls, %d without effect, panics 0", places, len(ioCalls), silent)
}

// namesFailure is what a message about a failing call says. SQLite itself takes a page that cannot be read for damage (SQLITE_IOERR_CORRUPTFS), and
// which thread reads a page third differs from run to run.
func namesFailure(call string) string {
	if call == "pread64" {
		return `(?i)input/output|disk I/O|index is corrupt`
	}
	return `(?i)input/output|disk I/O`
}

// F4: the disk of the index is full, then it is not.
func diskFull(r *R) {
	r.needLinux("for tmpfs")
	r.needRoot("to mount a tmpfs")
	w := r.world()
	for i := range 300 {
		w.note(fmt.Sprintf("n%d.md", i), noteText(i, 300, "")+strings.Repeat(fmt.Sprintf("Line %d of ballast and rope. ", i), 400))
	}
	dir := w.path(".amalfa")
	if err := os.Mkdir(dir, 0o700); err != nil {
		r.Fatal(err)
	}
	r.mount(dir, "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs")
	var text string
	r.try("init says so", func() error {
		s := w.amalfa("init", "--quiet")
		text = lastLine(s.err)
		return s.expect(`(?i)(disk|space|full)`, 1, 5)
	})
	r.try("search still answers, or says why not", func() error {
		s := w.amalfa("search", "--mode", "keyword", "ballast")
		if s.code != 0 {
			return s.expect(`(?i)(disk|space|full|init)`, 1, 5)
		}
		return nil
	})
	pid := 0
	r.try("the watcher lives, or says why it does not", func() error {
		s := w.amalfa("watcher", "start", "--json")
		if s.code != 0 {
			return s.expect(`(?i)(disk|space|full)`, 1, 5)
		}
		pid = w.parse(s.out).PID
		w.note("later.md", "# Later\n\nA late pelican.\n")
		<-time.After(time.Second)
		if !alive(pid) {
			return fmt.Errorf("pid %d died", pid)
		}
		_, err := eventually(patience, func() error { return w.amalfa("servers").expect(`(?i)watcher .*degraded[\s\S]*(disk|space|full)`, 0) })
		return err
	})
	if out, err := exec.Command("mount", "-o", "remount,size=256m", dir).CombinedOutput(); err != nil {
		r.Fatalf("remount: %v: %s", err, out)
	}
	from := time.Now()
	if pid != 0 {
		r.try("the watcher goes on by itself", func() error {
			_, err := eventually(patience, func() error { return w.finds("pelican", "later.md") })
			r.figure("the watcher went on after %.1f s", time.Since(from).Seconds())
			return err
		})
	}
	r.try("space returns", func() error { return w.whole() })
	r.try("a late note is found", func() error {
		w.note("later.md", "# Later\n\nA late pelican.\n")
		if err := w.whole(); err != nil {
			return err
		}
		return w.finds("pelican", "later.md")
	})
	r.figure("resumed in %.1f s; it said %q", time.Since(from).Seconds(), text)
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "hint") && strings.Contains(strings.ToLower(line), "full") {
			return fmt.Sprintf("%.110s", line)
		}
	}
	return fmt.Sprintf("%.110s", lines[len(lines)-1])
}

// F5: notes that cannot be written, an index that cannot be.
func readOnly(r *R) {
	r.needLinux("for bind mounts")
	r.needNobody("to become another user and to mount read-only")
	w := r.world()
	w.notes(5)
	w.must("init", "--quiet")
	w.end()
	r.try("notes read-only", func() error {
		notes := w.path("locked")
		w.note("locked/l.md", "# Locked\n\nA locked cormorant.\n")
		if out, err := exec.Command("mount", "--bind", notes, notes).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		defer func() { _ = exec.Command("umount", "-l", notes).Run() }()
		if out, err := exec.Command("mount", "-o", "remount,bind,ro", notes).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if err := w.whole(); err != nil {
			return err
		}
		return w.finds("cormorant", "locked/l.md")
	})
	w.end()
	for _, as := range []string{"root", "nobody"} {
		r.try("index read-only, as "+as, func() error {
			if as == "nobody" {
				r.givenTo(nobody, w.root)
				r.givenTo(nobody, w.home)
				r.reachable(filepath.Join(w.env["EMBEDDING_MODEL"], "x"))
				r.reachable(w.Bin)
			}
			run := func(args ...string) said {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				cmd := w.command(ctx, nil, args...)
				if as == "nobody" {
					asNobody(cmd)
					cmd.Env = append(cmd.Env, "AMALFA_CACHE_DIR="+w.home+"/cache/models")
				}
				s, err := w.run(cmd)
				if err != nil {
					r.Fatal(err)
				}
				return s
			}
			if out, err := exec.Command("sh", "-ec", `mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"`, "sh", w.root).CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			defer func() { _ = exec.Command("umount", "-l", w.root).Run() }()
			if err := run("search", "--mode", "keyword", "sacks").expect(`n\d\.md`, 0); err != nil {
				return err
			}
			return run("init").expect(`(?i)read-only`, 1, 5)
		})
	}
	r.givenTo(0, w.root)
	r.givenTo(0, w.home)
	r.try("writable again", w.whole)
	r.figure("search answers on a read-only index")
}

// F37: more log than a log may take.
func logGrowth(r *R) {
	w := r.world()
	w.note("a.md", "# A\n\nOne.\n")
	st := w.start("sonar")
	log := w.path(".amalfa/logs/sonar.log")
	// What a service writes itself is counted by daemon's tests; here its file is filled as a runtime's messages would fill it.
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		r.Fatal(err)
	}
	rounds, line := r.rounds(6, 100), []byte(strings.Repeat("x", 1<<20-1)+"\n") // 10 MiB each: the size at which a log is rotated
	written := 0
	for i := range rounds {
		r.try(fmt.Sprintf("10 MiB, round %d", i), func() error {
			for range 10 {
				n, err := f.Write(line)
				if err != nil {
					return err
				}
				written += n
			}
			_ = f.Close()
			w.must("sonar", "restart") // each start writes lines, which rotates
			if f, err = os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
				return err
			}
			return nil
		})
	}
	_ = f.Close()
	_ = st
	files, err := filepath.Glob(log + "*")
	if err != nil {
		r.Fatal(err)
	}
	var bytes int64
	for _, path := range files {
		var fi syscall.Stat_t
		if err := syscall.Stat(path, &fi); err != nil {
			r.Fatal(err)
		}
		bytes += fi.Size
	}
	const most = 5 * 11 << 20 // the file and three kept ones of 10 MiB, each with what was written past its end
	r.try("bounded", func() error {
		if bytes > most {
			return fmt.Errorf("%d MB in %d files", bytes>>20, len(files))
		}
		return nil
	})
	r.figure("%d MiB written, %d MiB kept in %d files", written>>20, bytes>>20, len(files))
}

func diskRows() []row {
	return []row{
		{"F3", "I/O errors, one call after another", false, ioErrors},
		{"F4", "disk full, then not", false, diskFull},
		{"F5", "read-only notes, read-only index", false, readOnly},
		{"F37", "ten times the log that is kept", false, logGrowth},
	}
}
