package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"amalfa/lifecycle"
)

func TestHealthAndReady(t *testing.T) {
	s, _ := counted(Options{})
	f := run(t, s, 0)
	s.SetDetail("model", "m")
	s.SetDetail("pid", "forged")
	health := func() map[string]any {
		resp, body := f.get(t, "/health")
		var h map[string]any
		if err := json.Unmarshal([]byte(body), &h); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%d %s: %v", resp.StatusCode, body, err)
		}
		if _, ok := h["pid"].(float64); !ok {
			t.Errorf("pid is %v", h["pid"])
		}
		if up, ok := h["uptime_seconds"].(float64); !ok || up > patience.Seconds() {
			t.Errorf("uptime_seconds is %v", h["uptime_seconds"])
		}
		delete(h, "pid")
		delete(h, "uptime_seconds")
		return h
	}
	want := map[string]any{"status": "ok", "service": "test", "instance": "i-1", "version": "v1", "workspace": "/w", "model": "m",
		"state": "starting", "reason": "", "ready": false, "requests": 0.0, "latency_ms": 0.0}
	if diff := cmp.Diff(want, health()); diff != "" {
		t.Errorf("starting (-want +got):\n%s", diff)
	}
	if resp, body := f.get(t, "/ready"); resp.StatusCode != 503 || kind(t, body) != "starting" || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("starting: /ready %d %s", resp.StatusCode, body)
	}
	f.post(t, "/work", strings.NewReader("{}"))
	s.SetState(lifecycle.Ready, "")
	want["state"], want["ready"], want["requests"] = "ready", true, 1.0
	now := health()
	if took, _ := now["latency_ms"].(float64); took <= 0 {
		t.Errorf("work took %v ms", now["latency_ms"])
	}
	want["latency_ms"] = now["latency_ms"]
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("ready (-want +got):\n%s", diff)
	}
	if resp, body := f.get(t, "/ready"); resp.StatusCode != 200 || body != `{"ready":true,"state":"ready"}`+"\n" {
		t.Errorf("ready: /ready %d %s", resp.StatusCode, body)
	}
	s.SetState(lifecycle.Degraded, "no provider")
	if resp, body := f.get(t, "/ready"); resp.StatusCode != 503 || kind(t, body) != "degraded" || !strings.Contains(body, "no provider") {
		t.Errorf("degraded: /ready %d %s", resp.StatusCode, body)
	}
}

func TestMetrics(t *testing.T) {
	s, _ := counted(Options{})
	s.Count("amalfa_things_total", "Things.", func() float64 { return 7 })
	depth := 2.5
	s.Gauges(func() []Gauge { return []Gauge{{"amalfa_depth_metres", "Depth.", depth}} })
	f := run(t, s, 0)
	s.SetState(lifecycle.Ready, "")
	f.post(t, "/work", strings.NewReader("{}"))
	f.post(t, "/work", strings.NewReader("{"))
	f.get(t, "/none")
	_, body := f.get(t, "/metrics")
	for _, line := range []string{
		`amalfa_requests_total{route="POST /work",service="test",status="200"} 1`,
		`amalfa_requests_total{route="POST /work",service="test",status="400"} 1`,
		`amalfa_requests_total{route="none",service="test",status="404"} 1`,
		`amalfa_request_duration_seconds_count{route="POST /work",service="test"} 2`,
		`amalfa_requests_in_flight{service="test"} 0`,
		`amalfa_things_total{service="test"} 7`,
		`amalfa_depth_metres{service="test",workspace="/w"} 2.5`,
		`amalfa_state{service="test",state="ready"} 1`,
		`amalfa_state{service="test",state="starting"} 0`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	depth = 3
	if _, body := f.get(t, "/metrics"); !strings.Contains(body, `amalfa_depth_metres{service="test",workspace="/w"} 3`+"\n") {
		t.Error("a gauge is not asked anew")
	}
}

func TestQueueIsBounded(t *testing.T) {
	s, entered, release := blocking(true)
	s.o.Queue = 3
	f := run(t, s, time.Second)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if resp, body := f.post(t, "/work", strings.NewReader("{}")); resp.StatusCode != 200 {
				t.Errorf("queued: %d %s", resp.StatusCode, body)
			}
		})
		<-entered
	}
	resp, body := f.post(t, "/work", strings.NewReader("{}"))
	if resp.StatusCode != 429 || kind(t, body) != "busy" || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("past the queue: %d %s", resp.StatusCode, body)
	}
	if resp, _ := f.get(t, "/health"); resp.StatusCode != 200 {
		t.Errorf("health of a busy service: %d", resp.StatusCode)
	}
	if s.Idle() != 0 {
		t.Errorf("Idle() = %v while work runs", s.Idle())
	}
	close(release)
	wg.Wait()
	eventually(t, "idle time passes", func() bool { return s.Idle() > 0 })
}

func TestPanicBecomes500(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	s := New(Info{Service: "test"}, Options{Log: zap.New(core)})
	s.Handle("POST /panic", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		panic("broken on purpose")
	}))
	s.Handle("POST /late", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("broken half-way")
	}))
	f := run(t, s, 0)
	if resp, body := f.post(t, "/panic", strings.NewReader(`{"canary":1}`)); resp.StatusCode != 500 || kind(t, body) != "internal" {
		t.Errorf("panic: %d %s", resp.StatusCode, body)
	}
	resp, err := f.client.Post(f.url("/late"), "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("an answer that broke half-way looks whole")
	}
	entries := logs.FilterMessage("Handler panicked").All()
	if len(entries) != 2 || entries[0].ContextMap()["route"] != "POST /panic" || strings.Contains(fmt.Sprint(entries), "canary") {
		t.Errorf("log: %v", entries)
	}
	if resp, _ := f.get(t, "/health"); resp.StatusCode != 200 {
		t.Errorf("health after panics: %d", resp.StatusCode)
	}
}

func TestHandlerErrorsAreLogged(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	s := New(Info{}, Options{Log: zap.New(core)})
	s.Handle("GET /fail", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { WriteError(w, errors.New("disk on fire")) }))
	s.Handle("GET /empty", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Kept", "yes") }))
	f := run(t, s, 0)
	if resp, body := f.get(t, "/fail"); resp.StatusCode != 500 || strings.Contains(body, "fire") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if n := logs.FilterMessage("Request failed").FilterField(zap.Error(errors.New("disk on fire"))).Len(); n != 1 {
		t.Errorf("the cause is logged %d times, want once", n)
	}
	if resp, body := f.get(t, "/empty"); resp.StatusCode != 200 || resp.Header.Get("X-Kept") != "yes" || body != "" {
		t.Errorf("a handler that writes nothing: %d %v %q", resp.StatusCode, resp.Header, body)
	}
}

func TestDrainFinishesRunningWork(t *testing.T) {
	s, entered, release := blocking(true)
	f := run(t, s, 10*time.Second)
	answer := make(chan int, 1)
	go func() {
		resp, _ := f.post(t, "/work", strings.NewReader("{}"))
		answer <- resp.StatusCode
	}()
	<-entered
	f.cancel()
	eventually(t, "the server stops", func() bool { st, _ := s.life.Now(); return st == lifecycle.Stopping })
	resp, body := f.post(t, "/work", strings.NewReader("{}"))
	if resp.StatusCode != 503 || kind(t, body) != "stopping" || resp.Header.Get("Retry-After") == "" || !resp.Close {
		t.Errorf("new work: %d close %t %s", resp.StatusCode, resp.Close, body)
	}
	if _, body := f.get(t, "/health"); !strings.Contains(body, `"state":"stopping"`) {
		t.Errorf("health: %s", body)
	}
	close(release)
	if status := <-answer; status != 200 {
		t.Errorf("running work: %d, want 200", status)
	}
	f.stop(t)
	if st, _ := s.life.Now(); st != lifecycle.Stopped {
		t.Errorf("state %s, want stopped", st)
	}
	if _, err := net.Dial("tcp", f.addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the port still answers: %v", err)
	}
}

func TestDrainEnds(t *testing.T) {
	for _, heeds := range []bool{true, false} {
		t.Run(fmt.Sprintf("handler heeds its context %t", heeds), func(t *testing.T) {
			s, entered, release := blocking(heeds)
			s.limits.grace = 100 * time.Millisecond
			f := run(t, s, 50*time.Millisecond)
			answer := make(chan string, 1)
			go func() {
				resp, body := f.post(t, "/work", strings.NewReader("{}"))
				answer <- fmt.Sprint(resp.StatusCode, " ", kind(t, body), " ", resp.Header.Get("Retry-After"))
			}()
			<-entered
			f.stop(t)
			if got := <-answer; got != "503 stopping 1" {
				t.Errorf("work that outlived the drain: %s", got)
			}
			close(release)
		})
	}
}

func TestCutSkipsTheDrain(t *testing.T) {
	s, entered, release := blocking(true)
	defer close(release)
	f := run(t, s, time.Hour)
	answer := make(chan int, 1)
	go func() {
		resp, _ := f.post(t, "/work", strings.NewReader("{}"))
		answer <- resp.StatusCode
	}()
	<-entered
	f.cancel()
	s.Abort()
	s.Abort()
	f.stop(t)
	if status := <-answer; status != 503 {
		t.Errorf("cut work: %d, want 503", status)
	}
}

// Clients that send without a pause while the server stops see answers, and
// at last a closed port: never a connection that breaks after they sent.
func TestStopBreaksNoRequest(t *testing.T) {
	for round := range 5 {
		s := New(Info{}, Options{})
		s.Handle("POST /work", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(2 * time.Millisecond):
			case <-r.Context().Done():
			}
			WriteJSON(w, 200, "ok")
		}))
		f := run(t, s, 2*time.Second)
		var wg sync.WaitGroup
		var answered, refused atomic.Int64
		for i := range 16 {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
			wg.Go(func() {
				defer client.CloseIdleConnections()
				for {
					resp, err := client.Post(f.url("/work"), "application/json", strings.NewReader("{}"))
					if errors.Is(err, syscall.ECONNREFUSED) {
						return
					}
					if err != nil {
						t.Errorf("round %d: %v", round, err)
						return
					}
					if resp.StatusCode == 503 {
						refused.Add(1)
					} else {
						answered.Add(1)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			})
		}
		eventually(t, "work is done", func() bool { return answered.Load() > 100 })
		f.stop(t)
		wg.Wait()
		if refused.Load() == 0 {
			t.Errorf("round %d: nobody was told that the server stops", round)
		}
	}
}

func TestStreamIsCutVisibly(t *testing.T) {
	s := New(Info{}, Options{})
	s.limits.grace = 50 * time.Millisecond
	release := make(chan struct{})
	defer close(release)
	s.Handle("GET /stream", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-release
		if _, err := io.WriteString(w, "late"); err == nil {
			t.Error("a handler may write after the server gave up on it")
		}
	}))
	f := run(t, s, 50*time.Millisecond)
	resp, err := f.client.Get(f.url("/stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	f.stop(t)
	if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "begun" {
		t.Errorf("body %q, error %v: want a broken stream", body, err)
	}
}

// Connections that stay open for an hour without a request keep nobody else waiting.
func TestHealthBesideSlowClients(t *testing.T) {
	s, _ := counted(Options{})
	s.limits.header = time.Hour
	f := run(t, s, 0)
	for i := range 500 {
		conn, err := net.Dial("tcp", f.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "GET /health HTTP/1.1\r\nHost:")
		}
	}
	if resp, _ := f.get(t, "/health"); resp.StatusCode != 200 {
		t.Errorf("health beside 500 slow connections: %d", resp.StatusCode)
	}
}

func TestSlowClientsAreClosed(t *testing.T) {
	headless, _ := counted(Options{})
	headless.limits.header = 100 * time.Millisecond
	f := run(t, headless, 0)
	conn, err := net.Dial("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /health HTTP/1.1\r\nHost:")
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("a connection without headers is not closed: %v", err)
	}
	stalled, _ := counted(Options{}) // another one, since a busy machine may take longer than that to send its headers
	stalled.limits.body = 300 * time.Millisecond
	f = run(t, stalled, 0)
	status, body := f.raw(t, "POST /work HTTP/1.1\r\nHost: "+f.addr+"\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
	if status != 408 || kind(t, body) != "timeout" {
		t.Errorf("a body that stalls: %d %s", status, body)
	}
}

// A long answer must not end because the body's time to arrive is over.
func TestWorkMayTakeLongerThanItsBody(t *testing.T) {
	s := New(Info{}, Options{})
	s.limits.body = 50 * time.Millisecond
	s.Handle("POST /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v any
		if err := ReadJSON(r, &v); err != nil {
			WriteError(w, err)
			return
		}
		select {
		case <-time.After(250 * time.Millisecond):
			WriteJSON(w, 200, "done")
		case <-r.Context().Done():
			WriteError(w, r.Context().Err())
		}
	}))
	f := run(t, s, 0)
	if resp, body := f.post(t, "/slow", strings.NewReader("{}")); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestServeReportsABrokenListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	err = New(Info{Service: "test"}, Options{}).Serve(context.Background(), time.Second, l)
	if !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), "serve test: ") {
		t.Errorf("Serve() = %v", err)
	}
}
