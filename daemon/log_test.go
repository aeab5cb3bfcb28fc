//go:build unix

package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/lifecycle"
)

func TestLogRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "x.log")
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("before\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLog(path, LogOptions{MaxBytes: 40, Keep: 2})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 12 { // lines of 10 bytes
		if _, err := fmt.Fprintf(l, "line %04d\n", n); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	files, _ := filepath.Glob(path + "*")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got[filepath.Base(f)] = strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", "|")
		if fi, _ := os.Stat(f); fi.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f, fi.Mode())
		}
	}
	want := map[string]string{
		"x.log.2": "line 0003|line 0004|line 0005|line 0006",
		"x.log.1": "line 0007|line 0008|line 0009|line 0010",
		"x.log":   "line 0011",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A panic goes to the file that is written now, also after a rotation.
func TestPanicIsInTheLog(t *testing.T) {
	s := spec(t, "serve panic")
	_, _ = Start(t.Context(), s, time.Minute) // it may have ended by then, or not
	ok, err := eventually(t.Context(), time.Minute, func() (bool, error) { return inspect(t, s).State == lifecycle.Stopped, nil })
	if !ok || err != nil {
		t.Fatal("it does not end")
	}
	log, err := os.ReadFile(s.Log)
	if err != nil || !strings.Contains(string(log), "panic: printed to the log") {
		t.Errorf("log %q (%v)", log, err)
	}
	if _, err := os.Stat(s.Log + ".1"); err != nil {
		t.Errorf("the log was not rotated before: %v", err)
	}
}

func TestLogLosesNoLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	l, err := OpenLog(path, LogOptions{MaxBytes: 1000, Keep: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := range 500 {
				_, _ = fmt.Fprintf(l, "writer %d line %d\n", w, n)
			}
		})
	}
	wg.Wait()
	_ = l.Close()
	seen := map[string]int{}
	files, _ := filepath.Glob(path + "*")
	for _, f := range files {
		data, _ := os.ReadFile(f)
		if len(data) > 1000 {
			t.Errorf("%s has %d bytes, want 1000 at most", f, len(data))
		}
		for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
			seen[line]++
		}
	}
	for w := range 4 {
		for n := range 500 {
			if line := fmt.Sprintf("writer %d line %d", w, n); seen[line] != 1 {
				t.Errorf("%q is there %d times", line, seen[line])
			}
		}
	}
}

func TestLogRefusesALink(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := errors.Join(os.WriteFile(victim, nil, 0o600), os.Symlink(victim, filepath.Join(dir, "x.log"))); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLog(filepath.Join(dir, "x.log"), LogOptions{}); err == nil {
		t.Error("a link is followed")
	}
}

func TestLogTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	text := "old\n" + strings.Repeat("x", 2*logTailMax) + "\n"
	for n := range 25 {
		text += fmt.Sprintln("line", n)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := logTail(path, 0); len(got) != logLines || got[0] != "line 5" || got[19] != "line 24" {
		t.Errorf("logTail() = %q", got)
	}
	if got := logTail(path, int64(len(text)-8)); len(got) != 1 || got[0] != "line 24" {
		t.Errorf("logTail() from the last line = %q", got)
	}
	for _, nothing := range []struct {
		path  string
		start int64
	}{{path, int64(len(text))}, {path, 1 << 40}, {path + ".none", 0}} {
		if got := logTail(nothing.path, nothing.start); got != nil {
			t.Errorf("logTail(%v) = %q, want nothing", nothing, got)
		}
	}
}
