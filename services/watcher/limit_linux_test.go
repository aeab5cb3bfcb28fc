package watcher_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"amalfa/lifecycle"
)

// withLimit runs the current test once more, in a process whose user may have only so many of something of inotify. It is true
// in that process.
func withLimit(t *testing.T, file string, limit int) bool {
	t.Helper()
	const inside = "AMALFA_TEST_INOTIFY_LIMITED"
	if os.Getenv(inside) != "" {
		return true
	}
	script := fmt.Sprintf("echo %d > /proc/sys/user/%s", limit, file)
	if out, err := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c", script).CombinedOutput(); err != nil {
		t.Skipf("no user namespace with limits of its own here: %v %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c", script+` && exec "$0" "$@"`, self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("with %s = %d: %v\n%s", file, limit, err, out)
	}
	return false
}

// F24: beyond the system's real limit of watches, what changes is still found.
func TestRealWatchLimit(t *testing.T) {
	if !withLimit(t, "max_inotify_watches", 6) {
		return
	}
	b := newBench(t)
	for i := range 20 {
		b.write(fmt.Sprintf("d%02d/n.md", i), "text")
	}
	o := b.options()
	o.Poll = 100 * time.Millisecond
	b.serve(o)
	s := b.status()
	if st, reason := b.life.Now(); st != lifecycle.Degraded || !strings.Contains(reason, "sysctl fs.inotify.max_user_watches") || s.Folders == 0 || s.Folders+s.Unwatched != 21 {
		t.Errorf("%+v", s)
	}
	for i := range 20 {
		b.write(fmt.Sprintf("d%02d/new.md", i), "more")
	}
	b.write("d19/deep/er/est.md", "new folders too")
	b.converges()
}

// Without a single inotify instance everything is polled.
func TestRealInstanceLimit(t *testing.T) {
	if !withLimit(t, "max_inotify_instances", 0) {
		return
	}
	b := newBench(t)
	b.write("a/n.md", "text")
	o := b.options()
	o.Poll = 100 * time.Millisecond
	b.serve(o)
	if st, reason := b.life.Now(); st != lifecycle.Degraded || !strings.Contains(reason, "sysctl fs.inotify.max_user_instances") || b.status().Folders != 0 {
		t.Errorf("%s: %s, %+v", st, reason, b.status())
	}
	b.write("a/new.md", "more")
	b.converges()
}
