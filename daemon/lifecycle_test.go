//go:build unix

package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/lifecycle"
	"amalfa/registry"
)

const nilSignal = syscall.Signal(0)

func TestStartInspectStop(t *testing.T) {
	s := spec(t, "serve")
	st := start(t, s)
	if st.AlreadyRunning || !st.Trusted || st.PID == 0 || st.Port == 0 || st.RSS == 0 || time.Since(st.Started) > time.Minute {
		t.Errorf("Start() = %+v", st)
	}
	want := Status{Service: s.Service, State: lifecycle.Ready, Address: fmt.Sprintf("127.0.0.1:%d", st.Port), Token: "token-" + st.Instance, Version: "v1",
		Workspace: s.Workspace, Model: "m", Requests: 5, Error: "because", Trusted: true}
	if diff := cmp.Diff(want, st, cmpopts.IgnoreFields(Status{}, "PID", "Port", "Instance", "Started", "RSS")); diff != "" {
		t.Errorf("Start() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(st, inspect(t, s), cmpopts.IgnoreFields(Status{}, "RSS", "Started")); diff != "" {
		t.Errorf("Inspect() (-want +got):\n%s", diff)
	}
	checkFiles(t, s, st)
	again := start(t, s)
	if !again.AlreadyRunning || again.PID != st.PID {
		t.Errorf("second Start() = %+v", again)
	}
	res, err := Stop(context.Background(), s, StopOptions{})
	if diff := cmp.Diff(StopResult{PID: st.PID, WasRunning: true}, res); err != nil || diff != "" {
		t.Errorf("Stop() = %v (-want +got):\n%s", err, diff)
	}
	if exists(s.Record) || exists(s.Mirror) {
		t.Error("a stopped service leaves its records")
	}
	if diff := cmp.Diff(Status{Service: s.Service, State: lifecycle.Stopped}, inspect(t, s)); diff != "" {
		t.Errorf("stopped (-want +got):\n%s", diff)
	}
	if res, err := Stop(context.Background(), s, StopOptions{}); err != nil || res != (StopResult{}) {
		t.Errorf("Stop() of a stopped service = %+v, %v", res, err)
	}
}

// checkFiles looks at what design.md says of records, logs and their modes.
func checkFiles(t *testing.T, s Spec, st Status) {
	t.Helper()
	data, err := os.ReadFile(s.Record)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(data), "\n")
	if first != fmt.Sprint(st.PID) {
		t.Errorf("first line of the record is %q, want the PID %d", first, st.PID)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(rest), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"pid", "startTime", "bootId", "exe", "version", "address", "workspace", "instance", "token"} {
		if got[key] == nil || got[key] == "" {
			t.Errorf("the record's %s is %v", key, got[key])
		}
	}
	if len(got) != 9 {
		t.Errorf("the record has %d keys, want 9", len(got))
	}
	if mirror, err := os.ReadFile(s.Mirror); err != nil || string(mirror) != string(data) {
		t.Errorf("the mirror holds %q (%v), want the record", mirror, err)
	}
	for path, mode := range map[string]os.FileMode{s.Record: 0o600, s.Mirror: 0o600, s.Log: 0o600,
		filepath.Dir(s.Record): 0o700, filepath.Dir(s.Mirror): 0o700, filepath.Dir(s.Log): 0o700} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != mode {
			t.Errorf("%s has mode %v (%v), want %v", path, fi.Mode().Perm(), err, mode)
		}
	}
}

func TestDaemonHasItsOwnSession(t *testing.T) {
	s := spec(t, "serve")
	st := start(t, s)
	sid, err := getsid(st.PID)
	if err != nil || sid != st.PID {
		t.Errorf("session %d (%v), want %d", sid, err, st.PID)
	}
}

// F8: of twenty starts at once one starts, and all know the process.
func TestTwentyStarts(t *testing.T) {
	for round := range 3 {
		s := spec(t, "serve")
		var wg sync.WaitGroup
		var mu sync.Mutex
		pids, fresh := map[int]int{}, 0
		for range 20 {
			cmd := command(t, s, "start")
			wg.Go(func() {
				out, err := cmd.Output()
				var st Status
				if err == nil {
					err = json.Unmarshal(out, &st)
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil || st.State != lifecycle.Ready || !st.Trusted {
					t.Errorf("start: %v, %+v", err, st)
				}
				pids[st.PID]++
				if !st.AlreadyRunning {
					fresh++
				}
			})
		}
		wg.Wait()
		if len(pids) != 1 || fresh != 1 || exists(s.Record+".two") {
			t.Errorf("round %d: processes %v, %d of them new, two at once: %t", round, pids, fresh, exists(s.Record+".two"))
		}
	}
}

// F8: whatever the order of starts, stops and restarts, no two live at once.
func TestMixedCommands(t *testing.T) {
	s := spec(t, "serve")
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			for n := range 5 {
				if (worker+n)%2 == 0 {
					if _, err := Start(context.Background(), s, 20*time.Second); err != nil {
						var exit *ExitError // a stop may reach the child before it is ready
						if !errors.As(err, &exit) {
							t.Errorf("Start() = %v", err)
						}
					}
				}
				if (worker+n)%3 != 0 {
					if res, err := Stop(context.Background(), s, StopOptions{}); err != nil || res.Killed {
						t.Errorf("Stop() = %+v, %v", res, err)
					}
				}
			}
		})
	}
	wg.Wait()
	if exists(s.Record + ".two") {
		t.Error("two processes lived at once")
	}
	if st := start(t, s); st.State != lifecycle.Ready {
		t.Errorf("after all: %+v", st)
	}
}

func TestCrashAtStart(t *testing.T) {
	s := spec(t, "crash")
	for range 2 { // the second start must not show the first one's lines
		_, err := Start(context.Background(), s, 30*time.Second)
		var exit *ExitError
		if !errors.As(err, &exit) {
			t.Fatalf("Start() = %v, want an ExitError", err)
		}
		var lines []string
		for n := 10; n < 30; n++ {
			lines = append(lines, fmt.Sprint("line ", n))
		}
		if diff := cmp.Diff(&ExitError{Service: "vector", Code: 7, Reason: "exit status 7", Log: lines}, exit); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if exists(s.Record) || inspect(t, s).State != lifecycle.Stopped {
			t.Error("a crash leaves a record")
		}
	}
	s.Env = append(s.Env, roleVar+"=serve")
	if st := start(t, s); st.State != lifecycle.Ready {
		t.Errorf("after the crashes: %+v", st)
	}
}

func TestLoading(t *testing.T) {
	t.Run("past the limit", func(t *testing.T) {
		s := spec(t, "serve loading")
		for _, running := range []bool{false, true} {
			st, err := Start(context.Background(), s, time.Second)
			if err != nil || st.State != lifecycle.Starting || st.PID == 0 || st.AlreadyRunning != running {
				t.Errorf("Start() = %+v, %v", st, err)
			}
		}
	})
	t.Run("in time", func(t *testing.T) {
		if st := start(t, spec(t, "serve loading soon")); st.State != lifecycle.Degraded || st.Error != "because" {
			t.Errorf("Start() = %+v", st)
		}
	})
	t.Run("failed", func(t *testing.T) {
		st, err := Start(context.Background(), spec(t, "serve failed"), time.Minute)
		if err == nil || err.Error() != "vector failed: because" || st.State != lifecycle.Failed {
			t.Errorf("Start() = %+v, %v", st, err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		if _, err := Start(ctx, spec(t, "serve loading"), time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Start() = %v", err)
		}
	})
}

func TestKillAndStartAgain(t *testing.T) {
	s := spec(t, "serve")
	first := start(t, s)
	s.Env = append(s.Env, fmt.Sprint("HELPER_PORT=", first.Port)) // the dead one's port, at once
	p, _ := os.FindProcess(first.PID)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	second := start(t, s)
	if second.AlreadyRunning || second.PID == first.PID || second.Instance == first.Instance || second.Port != first.Port {
		t.Errorf("first %+v\nsecond %+v", first, second)
	}
}

func TestStopWhileBusy(t *testing.T) {
	s := spec(t, "serve busy")
	st := start(t, s)
	begin := time.Now()
	res, err := Stop(context.Background(), s, StopOptions{})
	if err != nil || res != (StopResult{PID: st.PID, WasRunning: true}) {
		t.Errorf("Stop() = %+v, %v", res, err)
	}
	if took := time.Since(begin); took < 600*time.Millisecond {
		t.Errorf("Stop() returned after %v, before the process was done", took)
	}
}

func TestSecondSignalSkipsTheDrain(t *testing.T) {
	s := spec(t, "serve busy")
	st := start(t, s)
	p, _ := os.FindProcess(st.PID)
	begin := time.Now()
	_ = p.Signal(syscall.SIGINT)
	if ok, err := eventually(context.Background(), 5*time.Second, func() (bool, error) { return inspect(t, s).State == lifecycle.Stopping, nil }); !ok || err != nil {
		t.Fatal("the service does not say that it stops")
	}
	_ = p.Signal(syscall.SIGTERM)
	if ok, _ := eventually(context.Background(), 5*time.Second, func() (bool, error) { return inspect(t, s).State == lifecycle.Stopped, nil }); !ok {
		t.Fatal("the service does not stop")
	}
	if took := time.Since(begin); took > 600*time.Millisecond {
		t.Errorf("two signals took %v, as long as a drain", took)
	}
}

func TestStubbornProcessIsKilled(t *testing.T) {
	s := spec(t, "serve stubborn")
	st := start(t, s)
	res, err := Stop(context.Background(), s, StopOptions{Drain: time.Millisecond})
	if err != nil || res != (StopResult{PID: st.PID, WasRunning: true, Killed: true}) {
		t.Errorf("Stop() = %+v, %v", res, err)
	}
	if exists(s.Record) || exists(s.Mirror) {
		t.Error("a killed service leaves its records")
	}
}

// F7: a record of a dead process whose PID now belongs to someone else.
func TestStaleRecord(t *testing.T) {
	s, v := spec(t, "serve"), victim(t)
	forge(t, s.Record, Record{PID: v.Process.Pid, StartTime: "1", BootID: bootID(), Address: "127.0.0.1:1", Instance: "old"})
	if diff := cmp.Diff(Status{Service: s.Service, State: lifecycle.Stopped}, inspect(t, s)); diff != "" {
		t.Errorf("Inspect() (-want +got):\n%s", diff)
	}
	if res, err := Stop(context.Background(), s, StopOptions{}); err != nil || res.WasRunning {
		t.Errorf("Stop() = %+v, %v", res, err)
	}
	if st := start(t, s); st.PID == v.Process.Pid || st.State != lifecycle.Ready {
		t.Errorf("Start() = %+v", st)
	}
	if !alive(v.Process.Pid) {
		t.Error("the stranger was signalled")
	}
}

// Even under a held lock a PID that was given to someone else is not touched.
func TestRecycledPID(t *testing.T) {
	v := victim(t)
	start, err := startTime(v.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for name, rec := range map[string]Record{
		"other start":     {PID: v.Process.Pid, StartTime: start + "0", BootID: bootID()},
		"other boot":      {PID: v.Process.Pid, StartTime: start, BootID: "other"},
		"no start":        {PID: v.Process.Pid, BootID: bootID()},
		"whole group":     {PID: -v.Process.Pid, StartTime: start, BootID: bootID()},
		"every process":   {PID: -1, StartTime: start, BootID: bootID()},
		"no such process": {PID: 1 << 22, StartTime: start, BootID: bootID()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Spec{Service: registry.Service{Name: "vector", Port: 3010}, Record: filepath.Join(t.TempDir(), "vector.pid")}
			forge(t, s.Record, rec)
			f, err := acquire(s.Record)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if st := inspect(t, s); st.State != lifecycle.Starting || st.PID != 0 || st.Trusted {
				t.Errorf("Inspect() = %+v", st)
			}
			if res, err := Stop(context.Background(), s, StopOptions{Drain: time.Millisecond}); err == nil || res.WasRunning {
				t.Errorf("Stop() = %+v, %v, want an error", res, err)
			}
			if !alive(v.Process.Pid) {
				t.Error("the stranger was signalled")
			}
		})
	}
}

func forge(t *testing.T, path string, r Record) {
	t.Helper()
	if err := writeMirror(path, r); err != nil {
		t.Fatal(err)
	}
}

// F6: a stranger that even answers /health is never taken for the service.
func TestStrangerOnThePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 100)
	stranger := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		_, _ = fmt.Fprint(w, `{"status":"ok","state":"ready","instance":"old"}`)
	})}
	go func() { _ = stranger.Serve(l) }()
	defer stranger.Close()
	port := l.Addr().(*net.TCPAddr).Port

	t.Run("start with that port", func(t *testing.T) {
		s := spec(t, "serve", fmt.Sprint("HELPER_PORT=", port))
		begin := time.Now()
		_, err := Start(context.Background(), s, 30*time.Second)
		var exit *ExitError
		want := fmt.Sprintf("port %d is held by pid %d (", port, os.Getpid())
		if !errors.As(err, &exit) || exit.Code != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("Start() = %v, want %q", err, want)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if exists(s.Record) || exists(s.Mirror) {
			t.Error("a record is left")
		}
	})
	t.Run("record that points to it", func(t *testing.T) {
		s, v := spec(t, "serve"), victim(t)
		start, _ := startTime(v.Process.Pid)
		forge(t, s.Record, Record{PID: v.Process.Pid, StartTime: start, BootID: bootID(), Address: l.Addr().String(), Instance: "old"})
		f, err := acquire(s.Record)
		if err != nil {
			t.Fatal(err)
		}
		if st := inspect(t, s); st.Trusted || st.State == lifecycle.Ready {
			t.Errorf("Inspect() = %+v", st)
		}
		_ = f.Close()
	})
	if len(asked) != 0 {
		t.Errorf("the stranger was asked for %s", <-asked)
	}
}

func TestPortless(t *testing.T) {
	s := spec(t, "portless")
	if st := start(t, s); st.State != lifecycle.Ready || !st.Trusted || st.Port != 0 {
		t.Errorf("without a state file: %+v", st)
	}
	s.StateFile = filepath.Join(t.TempDir(), "watcher.json")
	pid := inspect(t, s).PID
	for content, want := range map[string]Status{
		"":                          {State: lifecycle.Starting},
		"{":                         {State: lifecycle.Starting},
		`{"state":"ready","pid":1}`: {State: lifecycle.Starting},
		`{"state":"degraded","reason":"no inotify"}`:   {State: lifecycle.Degraded, Error: "no inotify"},
		fmt.Sprintf(`{"state":"ready","pid":%d}`, pid): {State: lifecycle.Ready},
	} {
		if err := os.WriteFile(s.StateFile, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if st := inspect(t, s); st.State != want.State || st.Error != want.Error {
			t.Errorf("state file %q: %s %q, want %s %q", content, st.State, st.Error, want.State, want.Error)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	s := spec(t, "serve")
	for _, exe := range []string{"/tmp/daemon.test", "/tmp/daemon.test.exe"} {
		bad := s
		bad.Exe = exe
		if _, err := Start(context.Background(), bad, time.Second); err == nil || !strings.Contains(err.Error(), "test binary") {
			t.Errorf("%s: %v", exe, err)
		}
	}
	bad := s
	bad.Service.Stdio = true
	if _, err := Start(context.Background(), bad, time.Second); err == nil {
		t.Error("a service of its client was started")
	}
	bad = s
	bad.Exe = filepath.Join(t.TempDir(), "missing")
	if _, err := Start(context.Background(), bad, time.Second); !errors.Is(err, os.ErrNotExist) || exists(s.Record) {
		t.Errorf("missing program: %v, record left: %t", err, exists(s.Record))
	}
}
