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
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shirou/gopsutil/v4/process"

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
	if Exists(s.Record) || Exists(s.Mirror) {
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
	for _, key := range []string{"pid", "startTime", "bootId", "exe", "version", "address", "workspace", "folder", "instance", "token"} {
		if got[key] == nil || got[key] == "" {
			t.Errorf("the record's %s is %v", key, got[key])
		}
	}
	if len(got) != 18 || got["state"] != "ready" || got["reason"] != "because" {
		t.Errorf("the record has %d keys, want 18: %s", len(got), rest)
	}
	record, err := parseRecord(data)
	if err != nil {
		t.Error(err)
	}
	record.State, record.Reason = "", ""
	mirror, err := os.ReadFile(s.Mirror)
	if err != nil {
		t.Error(err)
	}
	if got, err := parseRecord(mirror); err != nil || got != record {
		t.Errorf("the mirror holds %q (%v), want the record without its state", mirror, err)
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
		if len(pids) != 1 || fresh != 1 || Exists(s.Record+".two") {
			t.Errorf("round %d: processes %v, %d of them new, two at once: %t", round, pids, fresh, Exists(s.Record+".two"))
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
					if _, err := Start(context.Background(), s, time.Minute); err != nil {
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
	if Exists(s.Record + ".two") {
		t.Error("two processes lived at once")
	}
	if st := start(t, s); st.State != lifecycle.Ready {
		t.Errorf("after all: %+v", st)
	}
}

func TestCrashAtStart(t *testing.T) {
	s := spec(t, "crash")
	for range 2 { // the second start must not show the first one's lines
		_, err := Start(context.Background(), s, time.Minute)
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
		if Exists(s.Record) || inspect(t, s).State != lifecycle.Stopped {
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
	res, err := Stop(context.Background(), s, StopOptions{})
	if err != nil || res != (StopResult{PID: st.PID, WasRunning: true}) {
		t.Errorf("Stop() = %+v, %v", res, err)
	}
	if !Exists(s.Record + ".drained") {
		t.Error("Stop() returned before the process was done")
	}
}

func TestSecondSignalSkipsTheDrain(t *testing.T) {
	s := spec(t, "serve endless")
	st := start(t, s)
	p, _ := os.FindProcess(st.PID)
	_ = p.Signal(syscall.SIGINT)
	if ok, err := eventually(context.Background(), time.Minute, func() (bool, error) { return inspect(t, s).State == lifecycle.Stopping, nil }); !ok || err != nil {
		t.Fatal("the service does not say that it stops")
	}
	_ = p.Signal(syscall.SIGTERM)
	if ok, _ := eventually(context.Background(), time.Minute, func() (bool, error) { return inspect(t, s).State == lifecycle.Stopped, nil }); !ok {
		t.Fatal("the service does not stop")
	}
}

func TestStubbornProcessIsKilled(t *testing.T) {
	s := spec(t, "serve stubborn")
	st := start(t, s)
	res, err := Stop(context.Background(), s, StopOptions{Drain: time.Millisecond})
	if err != nil || res != (StopResult{PID: st.PID, WasRunning: true, Killed: true}) {
		t.Errorf("Stop() = %+v, %v", res, err)
	}
	if Exists(s.Record) || Exists(s.Mirror) {
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
			f, err := acquire(t.Context(), s.Record)
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
	if err := makeFolder(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	file, err := openRecord(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writeRecord(file, r), file.Close()); err != nil {
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
		_, err := Start(context.Background(), s, time.Minute)
		var exit *ExitError
		want := fmt.Sprintf("port %d is held by pid %d (", port, os.Getpid())
		if !errors.As(err, &exit) || exit.Code != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("Start() = %v, want %q", err, want)
		}
		if Exists(s.Record) || Exists(s.Mirror) {
			t.Error("a record is left")
		}
	})
	t.Run("record that points to it", func(t *testing.T) {
		s, v := spec(t, "serve"), victim(t)
		start, _ := startTime(v.Process.Pid)
		forge(t, s.Record, Record{PID: v.Process.Pid, StartTime: start, BootID: bootID(), Address: l.Addr().String(), Instance: "old"})
		f, err := acquire(t.Context(), s.Record)
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
	s := spec(t, "portless soon")
	if st := start(t, s); st.State != lifecycle.Degraded || st.Error != "because" || !st.Trusted || st.Port != 0 {
		t.Errorf("Start() = %+v", st)
	}
	if st := inspect(t, s); st.State != lifecycle.Degraded || st.Error != "because" || !st.Trusted {
		t.Errorf("Inspect() = %+v", st)
	}
}

// A start right after one that fails is not told of that one's failure.
func TestStartBesideOneThatFails(t *testing.T) {
	for _, role := range []string{"failing", "portless failing"} {
		s := spec(t, role)
		next := s
		next.Env = append(slices.Clone(s.Env), roleVar+"="+strings.ReplaceAll(role, "failing", "serve"))
		var first error
		var failing sync.WaitGroup
		failing.Go(func() { _, first = Start(context.Background(), s, time.Minute) })
		if ok, err := eventually(context.Background(), time.Minute, func() (bool, error) {
			rec, locked, err := s.held()
			return locked && rec.State == lifecycle.Failed, err
		}); !ok || err != nil {
			t.Fatalf("the record never says failed: %v", err)
		}
		if st := start(t, next); st.State != lifecycle.Ready || st.AlreadyRunning {
			t.Errorf("second Start() = %+v", st)
		}
		failing.Wait()
		var exit *ExitError
		if !errors.As(first, &exit) || exit.Code != 1 {
			t.Errorf("first Start() = %v", first)
		}
	}
}

// The state of a program that keeps it elsewhere is asked for.
func TestOldRecord(t *testing.T) {
	s := spec(t, "serve old loading")
	if st, err := Start(context.Background(), s, time.Second); err != nil || st.State != lifecycle.Starting || !st.Trusted {
		t.Errorf("loading: %+v, %v", st, err)
	}
	if st := start(t, spec(t, "portless old loading")); st.State != lifecycle.Ready || !st.Trusted {
		t.Errorf("without a port: %+v", st)
	}
	s = spec(t, "serve old soon")
	for _, running := range []bool{false, true} {
		if st := start(t, s); st.State != lifecycle.Degraded || st.Error != "because" || st.Version != "v0" || st.AlreadyRunning != running {
			t.Errorf("Start() = %+v", st)
		}
	}
}

// What does not answer is said to hang, by every command, and can be stopped.
func TestHungProcess(t *testing.T) {
	for role, want := range map[string]string{"serve": "no answer from 127.0.0.1:", "portless": "was stopped by a signal"} {
		s := spec(t, role)
		st := start(t, s)
		p, _ := os.FindProcess(st.PID)
		if err := p.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if ok, err := eventually(context.Background(), time.Minute, func() (bool, error) { return isStopped(st.PID) }); !ok || err != nil {
			t.Fatalf("it does not stand still: %v", err)
		}
		for name, look := range map[string]func() (Status, error){
			"Inspect": func() (Status, error) { return Inspect(context.Background(), s) },
			"Start": func() (Status, error) {
				st, err := Start(context.Background(), s, time.Minute)
				return st, refused(err)
			},
		} {
			got, err := look()
			if err != nil || got.State != lifecycle.Failed || got.PID != st.PID || got.Trusted || !strings.Contains(got.Error, want) {
				t.Errorf("%s: %s() = %+v, %v", role, name, got, err)
			}
		}
		if res, err := Stop(context.Background(), s, StopOptions{Drain: time.Millisecond}); err != nil || !res.Killed {
			t.Errorf("%s: Stop() = %+v, %v", role, res, err)
		}
	}
}

func isStopped(pid int) (bool, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return false, err
	}
	status, err := p.Status()
	return slices.Contains(status, process.Stop), err
}

// refused turns the error that names a process which hangs into none, and none into one.
func refused(err error) error {
	if err == nil {
		return errors.New("it is taken for usable")
	}
	if !strings.Contains(err.Error(), "is failed and not usable") {
		return err
	}
	return nil
}

// A service whose folder was deleted, and made again, is found all the same.
func TestReplacedFolder(t *testing.T) {
	s := spec(t, "portless")
	first := start(t, s)
	if err := os.RemoveAll(filepath.Dir(s.Record)); err != nil {
		t.Fatal(err)
	}
	for _, again := range []bool{false, true} {
		if again {
			if err := os.MkdirAll(filepath.Dir(s.Record), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if st := inspect(t, s); st.PID != first.PID || st.State != lifecycle.Ready || !st.Trusted {
			t.Errorf("Inspect() = %+v", st)
		}
		if st := start(t, s); st.PID != first.PID || !st.AlreadyRunning || Exists(s.Record) {
			t.Errorf("Start() = %+v, with a record: %t", st, Exists(s.Record))
		}
	}
	if res, err := Stop(context.Background(), s, StopOptions{}); err != nil || res != (StopResult{PID: first.PID, WasRunning: true}) || Exists(s.Fallback) {
		t.Errorf("Stop() = %+v, %v, fallback left: %t", res, err, Exists(s.Fallback))
	}
	if st := start(t, s); st.AlreadyRunning || st.PID == first.PID {
		t.Errorf("Start() = %+v", st)
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
	if _, err := Start(context.Background(), bad, time.Second); !errors.Is(err, os.ErrNotExist) || Exists(s.Record) {
		t.Errorf("missing program: %v, record left: %t", err, Exists(s.Record))
	}
}
