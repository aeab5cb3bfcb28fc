//go:build unix

package daemon

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/lifecycle"
	"amalfa/registry"
)

// The helper is this test binary under a name that Start accepts, playing the
// program that amalfa would be. HELPER says what it does, HELPER_SPEC with what.
const (
	roleVar = "HELPER"
	specVar = "HELPER_SPEC"
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVar)
	if role == "" {
		os.Exit(m.Run())
	}
	var s Spec
	if err := json.Unmarshal([]byte(os.Getenv(specVar)), &s); err != nil {
		fatal(err)
	}
	switch role {
	case "start":
		st, err := Start(context.Background(), s, time.Minute)
		answer(st, err)
	case "stop":
		res, err := Stop(context.Background(), s, StopOptions{})
		answer(res, err)
	case "crash":
		crash(s)
	default:
		play(s, strings.Fields(role))
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "helper:", err)
	os.Exit(1)
}

func answer(v any, err error) {
	if err != nil {
		fatal(err)
	}
	_ = json.NewEncoder(os.Stdout).Encode(v)
	os.Exit(0)
}

func crash(s Spec) {
	if _, err := Adopt(context.Background(), s); err != nil {
		fatal(err)
	}
	for n := range 30 {
		fmt.Println("line", n)
	}
	os.Exit(7)
}

// play is a service: words of its role change how it behaves.
func play(s Spec, words []string) {
	is := func(word string) bool {
		for _, w := range words {
			if w == word {
				return true
			}
		}
		return false
	}
	ctx, end := context.WithCancel(context.Background())
	drain, skip := context.WithCancel(context.Background())
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, EndSignals()...)
	go func() {
		<-asked
		end()
		<-asked
		skip()
	}()
	c, err := Adopt(ctx, s)
	if err != nil {
		fatal(err)
	}
	defer c.Close()
	defer witness(s).Close()
	if _, set := os.LookupEnv(fdsVar); set {
		fatal(fmt.Errorf("%s is still set", fdsVar))
	}
	instance := rand.Text()
	var ls []net.Listener
	address := ""
	if is("hands") {
		c.WillHandOver()
		if inherited, name, _ := c.Inherited(); inherited != nil {
			ls, instance, address = inherited, name, inherited[0].Addr().String()
			go func() {
				select {
				case <-c.CalledOff():
					os.Exit(1)
				case <-c.Serving():
				}
			}()
		}
	}
	if ls == nil && !is("portless") {
		port, _ := strconv.Atoi(os.Getenv("HELPER_PORT"))
		if ls, err = Listen(ctx, ListenOptions{Port: port}); err != nil {
			_ = c.Close()
			fatal(err)
		}
		address = ls[0].Addr().String()
	}
	if err := c.Publish(address, instance, "token-"+instance); err != nil {
		fatal(err)
	}
	life := lifecycle.New(nil)
	if is("old") {
		speakAsBefore(c)
	} else {
		life.Observe(func(st lifecycle.State, reason string) {
			if err := c.Report(st, reason); err != nil {
				fatal(err)
			}
		})
	}
	drained := serveHealth(ls, instance, life, c.Serving())
	if is("hands") {
		go func() {
			if c.HandOver(ctx, ls) {
				drained()
				os.Exit(0)
			}
		}()
	}
	switch {
	case is("failed"):
		life.Set(lifecycle.Failed, "because")
	case is("failing"):
		life.Set(lifecycle.Failed, "because")
		<-time.After(300 * time.Millisecond) // as long as a watcher may take to end
		_ = c.Close()
		os.Exit(1)
	case is("soon"):
		time.AfterFunc(200*time.Millisecond, func() { life.Set(lifecycle.Degraded, "because") })
	case !is("loading"):
		life.Set(lifecycle.Ready, "because")
	}
	if is("panic") {
		rotateOwnLog(s.Log)
		time.AfterFunc(0, func() { panic("printed to the log") })
	}
	<-ctx.Done()
	life.Set(lifecycle.Stopping, "")
	switch {
	case is("stubborn"):
		<-make(chan struct{})
	case is("busy"), is("endless"):
		work := time.Second
		if is("endless") {
			work = time.Hour
		}
		select {
		case <-drain.Done():
		case <-time.After(work):
			_ = os.WriteFile(s.Record+".drained", nil, 0o600)
		}
	}
	for _, l := range ls {
		_ = l.Close()
	}
}

// rotateOwnLog writes as a daemon does until its log is a new file.
func rotateOwnLog(path string) {
	l, err := OpenLog(path, LogOptions{MaxBytes: 100, Redirect: true})
	if err != nil {
		fatal(err)
	}
	for range 10 {
		_, _ = fmt.Fprintln(l, strings.Repeat("x", 50))
	}
}

// witness notes when two helpers live at once, until its file is closed.
func witness(s Spec) *os.File {
	f, err := os.OpenFile(s.Record+".witness", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		fatal(err)
	}
	if ok, err := lockFile(f, true); err != nil || !ok {
		_ = os.WriteFile(s.Record+".two", nil, 0o600)
	}
	return f
}

// speakAsBefore does what programs did before the state was in the record.
func speakAsBefore(c *Child) {
	old := c.rec
	data := fmt.Sprintf(`{"pid":%d,"startTime":%q,"bootId":%q,"exe":%q,"version":"v0","address":%q,"workspace":%q,"instance":%q,"token":%q}`,
		old.PID, old.StartTime, old.BootID, old.Exe, old.Address, old.Workspace, old.Instance, old.Token)
	text := fmt.Sprintf("%d\n%s\n", old.PID, data)
	_, err := c.files[0].WriteAt([]byte(text), 0)
	_, pipeErr := fmt.Fprintln(c.states, "READY starting")
	if err := errors.Join(err, c.files[0].Truncate(int64(len(text))), pipeErr, c.states.Close()); err != nil {
		fatal(err)
	}
}

// serveHealth serves on all from open on. What it returns takes no more connections, and waits for the answers that are under way.
func serveHealth(ls []net.Listener, instance string, life *lifecycle.Machine, open <-chan struct{}) (drain func()) {
	mux := http.NewServeMux()
	mux.HandleFunc("/slow", func(w http.ResponseWriter, req *http.Request) { // begins, and ends with what it is asked to read
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).EnableFullDuplex()
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(w, req.Body)
	})
	mux.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		st, reason := life.Now()
		_ = json.NewEncoder(w).Encode(map[string]any{"instance": instance, "state": st, "reason": reason, "model": "m", "requests": 5})
	})
	var conns sync.WaitGroup // that are open: [http.Server.Shutdown] closes those whose request it is just reading
	srv := &http.Server{Handler: mux, ConnState: func(_ net.Conn, st http.ConnState) {
		switch st {
		case http.StateNew:
			conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			conns.Done()
		}
	}}
	var accepting sync.WaitGroup
	for _, l := range ls {
		accepting.Go(func() {
			<-open
			_ = srv.Serve(l)
		})
	}
	return func() {
		for _, l := range ls {
			_ = l.Close() // the other process has it too
		}
		accepting.Wait()
		conns.Wait()
	}
}

// spec returns a service of its own in a folder of its own, with a program
// that plays role, and stops whatever is left of it when the test ends.
func spec(t *testing.T, role string, env ...string) Spec {
	t.Helper()
	dir := t.TempDir()
	s := Spec{
		Service: registry.Service{Name: "vector", Port: 3010, Scope: registry.Machine},
		Record:  filepath.Join(dir, "state", "runtime", "vector.pid"),
		Mirror:  filepath.Join(dir, "ws", ".amalfa", "runtime", "vector.pid"),
		Log:     filepath.Join(dir, "ws", ".amalfa", "logs", "vector.log"),
		Exe:     program(t, dir), Args: []string{"__serve", "vector"}, Dir: dir, Version: "v1", Workspace: filepath.Join(dir, "ws"),
	}
	if strings.Contains(role, "portless") {
		s.Service, s.Mirror = registry.Service{Name: "watcher", Scope: registry.Workspace}, ""
		s.Record = filepath.Join(dir, "ws", ".amalfa", "runtime", "watcher.pid")
		s.Fallback = filepath.Join(dir, "state", "runtime", "digest-watcher.pid")
	}
	s.Env = append(os.Environ(), roleVar+"="+role, specVar+"="+encode(t, s))
	s.Env = append(s.Env, env...)
	t.Cleanup(func() {
		if _, err := Stop(context.Background(), s, StopOptions{Drain: time.Second}); err != nil {
			t.Errorf("stop at the end: %v", err)
		}
	})
	return s
}

// program gives this test binary another name.
func program(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "helper")
	if os.Link(self, path) == nil {
		return path
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// command returns a process that calls Start or Stop with s.
func command(t *testing.T, s Spec, role string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(s.Exe)
	cmd.Env = append(os.Environ(), roleVar+"="+role, specVar+"="+encode(t, s))
	return cmd
}

func start(t *testing.T, s Spec) Status {
	t.Helper()
	st, err := Start(context.Background(), s, time.Minute)
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	return st
}

func inspect(t *testing.T, s Spec) Status {
	t.Helper()
	st, err := Inspect(context.Background(), s)
	if err != nil {
		t.Fatalf("Inspect() = %v", err)
	}
	return st
}

// victim is a process that must survive what the test does.
func victim(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(nilSignal) == nil
}
