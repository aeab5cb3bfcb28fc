package services

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should happen at once: longer than a busy machine keeps it waiting.
const patience = time.Minute

// fixture is a server that runs until the test ends or stop is called.
type fixture struct {
	*Server
	addr   string // "127.0.0.1:port"
	client *http.Client
	cancel context.CancelFunc
	ended  chan error
}

// run serves s on a free port of 127.0.0.1.
func run(t *testing.T, s *Server, drain time.Duration) *fixture {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	f := &fixture{Server: s, addr: l.Addr().String(), client: &http.Client{Transport: transport, Timeout: patience},
		cancel: cancel, ended: make(chan error, 1)}
	go func() { f.ended <- s.Serve(ctx, drain, l) }()
	t.Cleanup(func() {
		f.stop(t)
		transport.CloseIdleConnections()
	})
	return f
}

// stop ends the server and fails the test unless it ended cleanly.
func (f *fixture) stop(t *testing.T) {
	t.Helper()
	f.cancel()
	select {
	case err := <-f.ended:
		if err != nil {
			t.Errorf("Serve() = %v, want nil", err)
		}
		f.ended <- nil
	case <-time.After(patience):
		t.Fatal("Serve() did not return")
	}
}

func (f *fixture) url(path string) string { return "http://" + f.addr + path }

func (f *fixture) port() string { return f.addr[strings.LastIndexByte(f.addr, ':')+1:] }

// post sends body as JSON and returns the status and the answer.
func (f *fixture) post(t *testing.T, path string, body io.Reader) (*http.Response, string) {
	t.Helper()
	resp, err := f.client.Post(f.url(path), "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, text(t, resp)
}

func (f *fixture) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	resp, err := f.client.Get(f.url(path))
	if err != nil {
		t.Fatal(err)
	}
	return resp, text(t, resp)
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// raw sends bytes as they are and returns the status of the answer and its text.
func (f *fixture) raw(t *testing.T, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return resp.StatusCode, text(t, resp)
}

// kind returns error.kind of an answer.
func kind(t *testing.T, body string) string {
	t.Helper()
	var e ErrorBody
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%q is not an error in our shape: %v", body, err)
	}
	return e.Error.Kind
}

// counted is a server with one work route that counts its calls.
func counted(o Options) (*Server, *atomic.Int64) {
	s, calls := New(Info{Service: "test", Instance: "i-1", Version: "v1", Workspace: "/w"}, o), new(atomic.Int64)
	s.Handle("POST /work", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		var v any
		if err := ReadJSON(r, &v); err != nil {
			WriteError(w, err)
			return
		}
		WriteJSON(w, http.StatusOK, map[string]bool{"done": true})
	}))
	return s, calls
}

// blocking is a server whose work route waits for release, or for the end of
// the request's context when it heeds that.
func blocking(heeds bool) (s *Server, entered chan struct{}, release chan struct{}) {
	s = New(Info{Service: "test"}, Options{})
	entered, release = make(chan struct{}, 100), make(chan struct{})
	s.Handle("POST /work", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		var ended <-chan struct{}
		if heeds {
			ended = r.Context().Done()
		}
		select {
		case <-release:
			WriteJSON(w, http.StatusOK, map[string]bool{"done": true})
		case <-ended:
			WriteError(w, context.Cause(r.Context()))
		}
	}))
	return s, entered, release
}

func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("never: " + what)
		}
	}
}

func jsonRequest(host, path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", path, host, len(body), body)
}
