package models

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/models/pinned"
)

// whole fails the test unless the model lies in the cache, complete and right, with nothing left over.
func whole(t *testing.T, l *Locator, m Model, v variant, data map[string][]byte) {
	t.Helper()
	dir := filepath.Join(l.CacheDir, folder(m, v))
	for _, f := range v.files {
		got, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil || !bytes.Equal(got, data[f.path]) {
			t.Errorf("%s: %d bytes, %v; want the hub's %d bytes", f.name, len(got), err, len(data[f.path]))
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part*")); len(left) > 0 {
		t.Errorf("left over: %q", left)
	}
}

// nothing fails the test when the model file exists under its final name.
func nothing(t *testing.T, l *Locator, m Model, v variant) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(l.CacheDir, folder(m, v), modelFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is at the final name: %v", err)
	}
}

func TestHubThatMisbehavesAlways(t *testing.T) {
	m, v, data := testModel()
	model := data[testPath]
	flipped := bytes.Clone(model)
	flipped[testSize/2] ^= 1
	bomb := gzipped(make([]byte, 50<<20))
	cases := []struct {
		name   string
		behave func(w http.ResponseWriter, r *http.Request, n int)
		is     error  // that the error wraps
		says   string // in its text
		tries  int
	}{
		{"wrong bytes", func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write(body("other", testSize)) }, pinned.ErrMismatch, sumOf(model), 2},
		{"one byte flipped", func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write(flipped) }, pinned.ErrMismatch, sumOf(flipped), 2},
		{"shorter file", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "1000")
			w.Write(model[:1000])
		}, pinned.ErrMismatch, "expected 700000 bytes, the server has 1000", 2},
		{"breaks off, and cannot resume", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Length", "700000")
			w.Write(model[:1000])
			breakOff(w)
		}, nil, "unexpected EOF", 4},
		{"endless", func(w http.ResponseWriter, _ *http.Request, _ int) { endless(w, model) }, pinned.ErrMismatch, "more than the expected 700000 bytes", 2},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
		}, nil, "compressed the file (gzip)", 1},
		{"stalls before the first byte", func(w http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }, errStalled, "sent nothing", 4},
		{"stalls midway, and cannot resume", func(w http.ResponseWriter, r *http.Request, _ int) { w.Write(model[:1000]); hang(w, r) }, errStalled, "sent nothing", 4},
		{"redirects to file://", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		}, errInsecure, "file://", 1},
		{"redirects to http elsewhere", func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", "http://192.0.2.1/x")
			w.WriteHeader(302)
		}, errInsecure, "http://192.0.2.1", 1},
		{"redirects to itself", func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, nil, "more than 10 redirects", 40},
		{"does not have it", func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) }, nil, "404", 1},
		{"is gated", func(w http.ResponseWriter, r *http.Request, _ int) { w.WriteHeader(401) }, nil, "HF_TOKEN", 1},
		{"is down", func(w http.ResponseWriter, r *http.Request, _ int) { w.WriteHeader(503) }, nil, "503", 4},
		{"206 nobody asked for", func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Range", "bytes 0-699999/700000")
			w.WriteHeader(206)
			w.Write(model)
		}, nil, "answered with", 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, data)
			h.behave[testPath] = c.behave
			l := h.locator(t, nil)
			if c.is == errStalled {
				l.Stall = 2 * time.Second
			}
			_, err := l.fetchModel(context.Background(), m, v)
			l.Stall = 0
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v; want %v with %q", err, c.is, c.says)
			}
			if got := len(h.asked(testPath)); got != c.tries {
				t.Errorf("%d requests, want %d", got, c.tries)
			}
			nothing(t, l, m, v)
			h.mu.Lock()
			h.behave = nil
			h.mu.Unlock()
			if _, err := l.fetchModel(context.Background(), m, v); err != nil {
				t.Fatalf("once the hub behaves: %v", err)
			}
			whole(t, l, m, v, data)
		})
	}
}

func TestHubThatMisbehavesOnce(t *testing.T) {
	m, v, data := testModel()
	model := data[testPath]
	half := func(w http.ResponseWriter) {
		w.Header().Set("ETag", `"`+sumOf(model)[:16]+`"`)
		w.Header().Set("Content-Length", "700000")
		w.Write(model[:300_000])
		breakOff(w)
	}
	answer := func(contentRange string, data []byte) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Range", contentRange)
			w.WriteHeader(206)
			w.Write(data)
		}
	}
	const all, rest = "GET", "GET bytes=300000-"
	cases := []struct {
		name  string
		first []func(http.ResponseWriter) // answers to the first requests
		asked []string
	}{
		{"breaks off, then resumes", []func(http.ResponseWriter){half}, []string{all, rest}},
		{"lies about where the range starts", []func(http.ResponseWriter){half, answer("bytes 0-399999/700000", model[:400_000])}, []string{all, rest, all}},
		{"gives another range", []func(http.ResponseWriter){half, answer("bytes 400000-699999/700000", model[400_000:])}, []string{all, rest, all}},
		{"gives a shorter range", []func(http.ResponseWriter){half, answer("bytes 300000-499999/700000", model[300_000:500_000])}, []string{all, rest, all}},
		{"lies about the total", []func(http.ResponseWriter){half, answer("bytes 300000-899999/900000", model[300_000:])}, []string{all, rest, all}},
		{"gives a range without saying which", []func(http.ResponseWriter){half, answer("", model[300_000:])}, []string{all, rest, all}},
		{"says the right range and sends other bytes", []func(http.ResponseWriter){half, answer("bytes 300000-699999/700000", model[:400_000])}, []string{all, rest, all}},
		{"says the right range and breaks off again", []func(http.ResponseWriter){half, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "400000")
			answer("bytes 300000-699999/700000", model[300_000:400_000])(w)
			breakOff(w)
		}}, []string{all, rest, "GET bytes=400000-"}},
		{"changes the file between the parts", []func(http.ResponseWriter){half, func(w http.ResponseWriter) {
			w.Header().Set("ETag", `"another"`)
			answer("bytes 300000-699999/700000", body("other", 400_000))(w)
		}}, []string{all, rest, all}},
		{"finds the range impossible", []func(http.ResponseWriter){half, func(w http.ResponseWriter) { w.WriteHeader(416) }}, []string{all, rest, all}},
		{"is busy", []func(http.ResponseWriter){func(w http.ResponseWriter) { w.WriteHeader(429) }}, []string{all, all}},
		{"fails", []func(http.ResponseWriter){func(w http.ResponseWriter) { w.WriteHeader(500) }}, []string{all, all}},
		{"sends wrong bytes", []func(http.ResponseWriter){func(w http.ResponseWriter) { w.Write(body("other", testSize)) }}, []string{all, all}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, data)
			h.behave[testPath] = func(w http.ResponseWriter, r *http.Request, n int) {
				if n <= len(c.first) {
					c.first[n-1](w)
					return
				}
				h.serve(w, r, testPath)
			}
			l := h.locator(t, nil)
			_, err := l.fetchModel(context.Background(), m, v)
			if err != nil {
				t.Fatal(err)
			}
			whole(t, l, m, v, data)
			if diff := cmp.Diff(c.asked, h.asked(testPath)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	m, v, data := testModel()
	h := newHub(t, data)
	h.behave[testPath] = func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
			return
		}
		h.serve(w, r, testPath)
	}
	start := time.Now()
	if _, err := h.locator(t, nil).fetchModel(context.Background(), m, v); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < time.Second {
		t.Errorf("tried again after %v, want at least 1 s", took)
	}
}

func TestTokenStaysWithItsHost(t *testing.T) {
	m, v, data := testModel()
	other := newHub(t, data)
	h := newHub(t, data)
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	h.behave[testPath] = func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, elsewhere+r.URL.Path, http.StatusFound)
	}
	l := h.locator(t, map[string]string{"HF_TOKEN": "hf_secret\n"})
	if _, err := l.fetchModel(context.Background(), m, v); err != nil {
		t.Fatal(err)
	}
	auth := func(h *testHub) (out []string) {
		for _, r := range h.requests {
			out = append(out, r.Header.Get("Authorization"))
		}
		return slices.Compact(out)
	}
	if diff := cmp.Diff([]string{"Bearer hf_secret"}, auth(h)); diff != "" {
		t.Errorf("the hub's own host: %s", diff)
	}
	if diff := cmp.Diff([]string{""}, auth(other)); diff != "" {
		t.Errorf("the token reached another host: %s", diff)
	}
}

func TestRedirectFromTLSToPlainIsRefused(t *testing.T) {
	m, v, data := testModel()
	plain := newHub(t, data)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	l := testLocator(t, map[string]string{"HF_ENDPOINT": secure.URL})
	l.Client = secure.Client()
	_, err := l.fetchModel(context.Background(), m, v)
	if !errors.Is(err, errInsecure) || len(plain.requests) != 0 {
		t.Errorf("error %v after %d plain requests; want %v after 0", err, len(plain.requests), errInsecure)
	}
	nothing(t, l, m, v)
}

func TestInterruptKeepsThePart(t *testing.T) {
	m, v, data := testModel()
	h := newHub(t, data)
	ctx, cancel := context.WithCancel(context.Background())
	h.behave[testPath] = func(w http.ResponseWriter, r *http.Request, n int) {
		if n > 1 {
			h.serve(w, r, testPath)
			return
		}
		w.Header().Set("ETag", `"`+sumOf(data[testPath])[:16]+`"`)
		w.Write(data[testPath][:300_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	l := h.locator(t, nil)
	l.Stall = time.Minute
	part := filepath.Join(l.CacheDir, folder(m, v), modelFile+".part")
	go func() {
		defer cancel()
		await(t, "the first part", func() bool { info, err := os.Stat(part); return err == nil && info.Size() == 300_000 })
	}()
	if _, err := l.fetchModel(ctx, m, v); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if _, err := l.fetchModel(context.Background(), m, v); err != nil {
		t.Fatal(err)
	}
	whole(t, l, m, v, data)
	if got := h.asked(testPath); got[len(got)-1] != "GET bytes=300000-" {
		t.Errorf("requests %q; the last one should ask for the rest", got)
	}
}

// await polls until ok, and fails the test after a minute.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	t.Errorf("waited a minute for %s", what)
}
