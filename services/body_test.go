package services

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/lifecycle"
)

// failShort is the dialect of a service that knows one sentence only.
func failShort(w http.ResponseWriter, err error) {
	WriteJSON(w, Report(w, err).Status, map[string]string{"short": Report(w, err).Kind})
}

// TestHandleAs checks that what the server itself refuses comes in the route's
// own dialect.
func TestHandleAs(t *testing.T) {
	s := New(Info{Service: "test"}, Options{MaxBody: 1 << 10, Queue: 1})
	entered, release := make(chan struct{}), make(chan struct{})
	s.HandleAs("POST /short", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Wait") != "" {
			close(entered)
			<-release
		}
		if r.Header.Get("Panic") != "" {
			panic("on purpose")
		}
		var v any
		if err := ReadJSON(r, &v); err != nil {
			failShort(w, err)
		}
	}), Dialect{"short", failShort})
	f := run(t, s, 5*time.Second)
	ask := func(body string, header ...string) (int, string, string) {
		r, err := http.NewRequest(http.MethodPost, f.url("/short"), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := f.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, text(t, resp), resp.Header.Get("Retry-After")
	}
	check := func(what string, status int, kind, retry string, body string, header ...string) {
		t.Helper()
		gotStatus, gotBody, gotRetry := ask(body, header...)
		if gotStatus != status || gotBody != `{"short":"`+kind+`"}`+"\n" || gotRetry != retry {
			t.Errorf("%s: %d %s, Retry-After %q", what, gotStatus, gotBody, gotRetry)
		}
	}
	check("content type", 415, "media_type", "", "{}", "Content-Type", "text/plain")
	check("length", 413, "too_large", "", strings.Repeat(" ", 2<<10))
	check("origin", 403, "origin", "", "{}", "Origin", "http://evil.example")
	check("broken", 400, "bad_request", "", "{")
	check("panic", 500, "internal", "", "{}", "Panic", "yes")
	var wg sync.WaitGroup
	wg.Go(func() { ask("{}", "Wait", "yes") })
	<-entered
	check("queue", 429, "busy", "1", "{}")
	f.cancel()
	eventually(t, "the server stops", func() bool { st, _ := s.life.Now(); return st == lifecycle.Stopping })
	check("stopping", 503, "stopping", "1", "{}")
	close(release)
	wg.Wait()
}

// TestBodiesTogether holds large bodies in the middle of arriving: what does
// not fit beside them is refused, short requests are not.
func TestBodiesTogether(t *testing.T) {
	const size = 1 << 20
	s, _ := counted(Options{Bodies: 2 * size})
	f := run(t, s, time.Second)
	half := strings.Repeat("a", size)
	var wg sync.WaitGroup
	var writers []*io.PipeWriter
	for range 2 {
		r, w := io.Pipe()
		writers = append(writers, w)
		wg.Go(func() {
			if resp, body := f.post(t, "/work", r); resp.StatusCode != 200 {
				t.Errorf("first come: %d %s", resp.StatusCode, body)
			}
		})
		if _, err := io.WriteString(w, `"`+half); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the bodies to arrive", func() bool { return s.bodies.held.Load() >= 2*(size-freeBody) })
	resp, body := f.post(t, "/work", strings.NewReader(`"`+half+`"`))
	if resp.StatusCode != 429 || kind(t, body) != "busy" || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("one more: %d %s", resp.StatusCode, body)
	}
	if resp, body := f.post(t, "/work", strings.NewReader(`"short"`)); resp.StatusCode != 200 {
		t.Errorf("a short one: %d %s", resp.StatusCode, body)
	}
	for _, w := range writers {
		_, _ = io.WriteString(w, `"`)
		_ = w.Close()
	}
	wg.Wait()
	eventually(t, "the room to be given back", func() bool { return s.bodies.held.Load() == 0 })
	if resp, body := f.post(t, "/work", strings.NewReader(`"`+half+`"`)); resp.StatusCode != 200 {
		t.Errorf("afterwards: %d %s", resp.StatusCode, body)
	}
}
