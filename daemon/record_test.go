//go:build unix

package daemon

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/lifecycle"
	"amalfa/registry"
)

func TestRecordRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	long := Record{PID: 123456, StartTime: "77", BootID: "b", Exe: "/a b/\n", Version: "v", Address: "[::1]:1", Workspace: "/日本", Instance: "i", Token: "t", State: lifecycle.Degraded, Reason: `no ,"sum":" here`}
	for _, want := range []Record{long, {PID: 7}, long} { // a short one over a long one leaves nothing of it
		forge(t, path, want)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseRecord(data)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if n := strings.Count(string(data), "\n"); n != 2 {
			t.Errorf("%q has %d lines, want 2", data, n)
		}
	}
}

func TestParseRecord(t *testing.T) {
	for data, want := range map[string]int{
		"7\n{\"pid\":7}\n":              7,
		"7\n{\"pid\":7}\nb\"}\n":        7, // the tail of a longer record
		"":                              0,
		"7":                             0,
		"7\n":                           0,
		"7\n{\"pid\":8}":                0,
		"x\n{\"pid\":7}":                0,
		"7\n[]":                         0,
		"{\"pid\":7}":                   0,
		"7\n{\"pid\":7,\"startTime\":1": 0,
	} {
		if got, err := parseRecord([]byte(data)); got.PID != want && err == nil {
			t.Errorf("parseRecord(%q) = %d, %v, want %d", data, got.PID, err, want)
		}
	}
}

// A record is read whole or not at all, also while it is written.
func TestReadersSeeNoMixture(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "x.pid"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records := []Record{{PID: 7, State: lifecycle.Ready}, {PID: 7, State: lifecycle.Failed, Reason: strings.Repeat("because ", 200)}}
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 0; ; n++ {
			if err := writeRecord(f, records[n%2]); err != nil {
				t.Error(err)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	for range 20_000 {
		if got := readRecord(f); got != records[0] && got != records[1] && got != (Record{}) {
			t.Fatalf("read %+v", got)
		}
	}
	close(stop)
	writer.Wait()
}

// Every other text with a checksum is half of one and half of another.
func TestHalfWrittenRecord(t *testing.T) {
	before, _ := Record{PID: 7, State: lifecycle.Starting}.text()
	after, _ := Record{PID: 7, State: lifecycle.Degraded, Reason: "no provider"}.text()
	for n := range after {
		torn := append(slices.Clone(after[:n]), before[min(n, len(before)):]...)
		if r, err := parseRecord(torn); err == nil && !bytes.Equal(torn, before) && r.Reason != "no provider" {
			t.Errorf("%q is read as %+v", torn, r)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("7\n{\"pid\":7}\n"))
	f.Add([]byte("-1\n{\"pid\":-1}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRecord(data)
		if err != nil && r.names() {
			t.Fatalf("%q is refused and still names a process", data)
		}
	})
}

// What another user could put in a record's place leads to no other file.
func TestPlantedRecordsAreRefused(t *testing.T) {
	const kept = "victim's text"
	for name, plant := range map[string]func(record, victim string) error{
		"symbolic link":          func(r, v string) error { return os.Symlink(v, r) },
		"dangling symbolic link": func(r, v string) error { return os.Symlink(v+".none", r) },
		"hard link":              func(r, v string) error { return os.Link(v, r) },
		"named pipe":             func(r, _ string) error { return syscall.Mkfifo(r, 0o600) },
		"folder":                 func(r, _ string) error { return os.Mkdir(r, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(t, "serve")
			victim := filepath.Join(t.TempDir(), "victim")
			if err := errors.Join(os.WriteFile(victim, []byte(kept), 0o644), os.MkdirAll(filepath.Dir(s.Record), 0o700), plant(s.Record, victim)); err != nil {
				t.Fatal(err)
			}
			if _, err := Start(t.Context(), s, 0); err == nil || errors.Is(err, ErrRunning) {
				t.Errorf("Start() = %v, want a refusal", err)
			}
			if _, err := Inspect(t.Context(), s); err == nil {
				t.Error("Inspect() accepts it")
			}
			if _, err := Stop(t.Context(), s, StopOptions{}); err == nil {
				t.Error("Stop() accepts it")
			}
			if _, err := Adopt(t.Context(), s); err == nil {
				t.Error("Adopt() accepts it")
			}
			if data, err := os.ReadFile(victim); err != nil || string(data) != kept || Exists(victim+".none") {
				t.Errorf("the victim holds %q (%v)", data, err)
			}
			if fi, _ := os.Stat(victim); fi.Mode().Perm() != 0o644 {
				t.Errorf("the victim's mode is %v", fi.Mode())
			}
			if err := os.RemoveAll(s.Record); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestPlantedFoldersAreRefused(t *testing.T) {
	for name, link := range map[string]string{"the folder": "ws/.amalfa/runtime", "its parent": "ws/.amalfa"} {
		t.Run(name+" is a link", func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, link)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(elsewhere, path)); err != nil {
				t.Fatal(err)
			}
			_, err := acquire(t.Context(), filepath.Join(dir, "ws/.amalfa/runtime/vector.pid"))
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("acquire() = %v, want a refusal", err)
			}
		})
	}
	t.Run("of another user", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("giving a folder away needs root")
		}
		dir := filepath.Join(t.TempDir(), "runtime")
		if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		if _, err := acquire(t.Context(), filepath.Join(dir, "x.pid")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("acquire() = %v, want a refusal", err)
		}
	})
	t.Run("record of another user", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("giving a file away needs root")
		}
		path := filepath.Join(t.TempDir(), "x.pid")
		if err := errors.Join(os.WriteFile(path, nil, 0o666), os.Chown(path, 65534, 65534)); err != nil {
			t.Fatal(err)
		}
		if _, err := acquire(t.Context(), path); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("acquire() = %v, want a refusal", err)
		}
	})
}

func TestLooseModesAreTightened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	if err := errors.Join(os.WriteFile(path, nil, 0o666), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	f, err := acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if fi, _ := f.Stat(); fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", fi.Mode())
	}
}

// One of many holds the lock, though each removes the file when it is done and
// lookers take a shared lock all the time.
func TestLockUnderContention(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	var workers, lookers sync.WaitGroup
	var mu sync.Mutex
	holders, taken := 0, 0
	stop := make(chan struct{})
	for range 2 {
		lookers.Go(func() {
			for {
				if _, _, err := held(path); err != nil {
					t.Error(err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 8 {
		workers.Go(func() {
			for range 200 {
				f, err := acquire(t.Context(), path)
				if errors.Is(err, ErrRunning) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				holders, taken = holders+1, taken+1
				if holders != 1 {
					t.Errorf("%d hold the lock", holders)
				}
				holders--
				mu.Unlock()
				if err := drop(f, path); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	close(stop)
	lookers.Wait()
	if taken == 0 {
		t.Error("nobody ever got the lock")
	}
}

func TestAdoptByOtherMeans(t *testing.T) {
	dir := t.TempDir()
	mcp := Spec{Service: registry.Service{Name: "mcp", Stdio: true}, Record: filepath.Join(dir, "ws [1]", "mcp.pid"),
		Fallback: filepath.Join(dir, "state", "digest-mcp.pid"), Version: "v", Workspace: "/w"}
	s := mcp.Session(os.Getpid())
	c, err := Adopt(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Adopt(t.Context(), s); !errors.Is(err, ErrRunning) {
		t.Errorf("second Adopt() = %v, want ErrRunning", err)
	}
	for _, address := range []string{"0.0.0.0:3010", "10.0.0.1:3010", "localhost:3010", "[::]:3010", "127.0.0.1:0", "127.0.0.1"} {
		if err := c.Publish(address, "i", ""); err == nil {
			t.Errorf("Publish(%q) is accepted", address)
		}
	}
	if err := errors.Join(c.Publish("", "i", ""), c.Report(lifecycle.Ready, ""), c.Report(lifecycle.Degraded, "no provider")); err != nil {
		t.Error(err)
	}
	for range 2 { // with its record, and without
		live, err := Sessions(t.Context(), mcp)
		if err != nil || len(live) != 1 || live[0].PID != os.Getpid() || live[0].Instance != "i" {
			t.Errorf("Sessions() = %+v, %v", live, err)
		}
		if err := os.RemoveAll(filepath.Dir(s.Record)); err != nil {
			t.Fatal(err)
		}
	}
	if st := inspect(t, mcp); st.State != lifecycle.Ready || st.Sessions != 1 || st.PID != os.Getpid() || !st.Trusted {
		t.Errorf("Inspect() = %+v", st)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil || Exists(s.Fallback) {
		t.Errorf("Close() = %v, record left: %t", err, Exists(s.Fallback))
	}
	if err := c.Publish("", "i", ""); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Publish() after Close() = %v", err)
	}
	if st := inspect(t, mcp); st.State != lifecycle.Stopped || st.Sessions != 0 {
		t.Errorf("Inspect() = %+v", st)
	}
}

func TestSessionsSweepsTheKilled(t *testing.T) {
	dir := t.TempDir()
	stale := (Spec{Record: filepath.Join(dir, "mcp.pid")}).Session(99).Record
	container := filepath.Join(dir, "mcp-1-12345.pid")
	alive := filepath.Join(dir, "mcp-2-12345.pid")
	for _, path := range []string{stale, container, alive} {
		forge(t, path, Record{PID: 99, StartTime: "1"})
	}
	f, err := acquire(t.Context(), alive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	forge(t, filepath.Join(dir, "vector.pid"), Record{PID: 99, StartTime: "1"})
	if live, err := Sessions(t.Context(), Spec{Record: filepath.Join(dir, "mcp.pid")}); err != nil || len(live) != 0 || live == nil {
		t.Errorf("Sessions() = %v, %v", live, err)
	}
	if Exists(stale) || Exists(container) || !Exists(alive) || !Exists(filepath.Join(dir, "vector.pid")) {
		t.Error("only the records of dead sessions are removed")
	}
}

func TestCloseLeavesTheRecordsOfOthers(t *testing.T) {
	dir := t.TempDir()
	s := Spec{Record: filepath.Join(dir, "a", "x.pid"), Mirror: filepath.Join(dir, "b", "x.pid")}
	c, err := Adopt(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Publish("127.0.0.1:1", "i", ""), os.Remove(s.Record)); err != nil {
		t.Fatal(err)
	}
	forge(t, s.Record, Record{PID: 1})
	forge(t, s.Mirror, Record{PID: 1})
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if !Exists(s.Record) || !Exists(s.Mirror) {
		t.Error("Close() removed files of another process")
	}
}

func TestForgedHandOver(t *testing.T) {
	s := Spec{Service: registry.Service{Name: "vector"}, Record: filepath.Join(t.TempDir(), "x.pid")}
	t.Setenv(fdsVar, "5,6")
	if _, err := Adopt(t.Context(), s); err == nil || !strings.Contains(err.Error(), "not from us") {
		t.Errorf("Adopt() = %v", err)
	}
	if _, set := os.LookupEnv(fdsVar); set {
		t.Error("the variable is still set")
	}
}
