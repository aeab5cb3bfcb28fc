//go:build unix

package faults

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// canary is a key that must never be seen.
const canary = "canary-key-7f3a91"

// A provider is a language model's server that misbehaves.
type provider struct {
	url  string
	mu   sync.Mutex
	seen []http.Header
	told []string // bodies
}

// asked is all that it was told so far.
func (p *provider) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.told...)
}

func (p *provider) headers() []http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (r *R) provider(chat http.HandlerFunc) *provider {
	r.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	p := &provider{url: "http://" + ln.Addr().String() + "/v1"}
	srv := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		p.mu.Lock()
		p.seen, p.told = append(p.seen, req.Header.Clone()), append(p.told, string(body))
		p.mu.Unlock()
		req.Body = io.NopCloser(bytes.NewReader(body))
		if strings.HasSuffix(req.URL.Path, "/models") {
			_, _ = io.WriteString(w, `{"data":[{"id":"m"}]}`)
			return
		}
		chat(w, req)
	})}
	go func() { _ = srv.Serve(ln) }()
	r.Cleanup(func() { _ = srv.Close() })
	return p
}

// misbehaviours of a language model's server.
func misbehaviours(r *R) map[string]http.HandlerFunc {
	text := func(status int, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for _, h := range headers {
				key, value, _ := strings.Cut(h, ": ")
				w.Header().Set(key, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	return map[string]http.HandlerFunc{
		"blackhole": func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() },
		"a byte a second, of nothing": func(w http.ResponseWriter, req *http.Request) {
			for range 20 {
				select {
				case <-req.Context().Done():
					return
				case <-time.After(time.Second):
				}
				_, _ = io.WriteString(w, " ")
				w.(http.Flusher).Flush()
			}
		},
		"429":               text(429, `{"error":{"message":"slow down"}}`, "Retry-After: 1"),
		"429 for ever":      text(429, `{"error":{"message":"slow down"}}`, "Retry-After: 86400"),
		"500":               text(500, "boom"),
		"a page":            text(200, "<html><body>welcome</body></html>", "Content-Type: text/html"),
		"half JSON":         text(200, `{"choices":[{"message":{"role":"assist`),
		"another shape":     text(200, `{"answer":42}`, "Content-Type: application/json"),
		"invalid UTF-8":     text(200, "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"\xff\xfe\"}}]}", "Content-Type: application/json"),
		"deep":              text(200, strings.Repeat("[", 10000), "Content-Type: application/json"),
		"an error with 200": text(200, `{"error":{"message":"key `+canary+` is bad"}}`, "Content-Type: application/json"),
		"endless": func(w http.ResponseWriter, req *http.Request) {
			junk := []byte(strings.Repeat("x", 1<<20))
			for req.Context().Err() == nil {
				if _, err := w.Write(junk); err != nil {
					return
				}
			}
		},
		"hangs up": func(w http.ResponseWriter, _ *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
		},
	}
}

// badProvider asks Sonar while its provider misbehaves, each case as a user of their own.
func badProvider(r *R, check func(w *world, p *provider, st status, a answer) error) time.Duration {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var slowest time.Duration
	slots := make(chan struct{}, 4)
	for name, chat := range misbehaviours(r) {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r.try(name, func() error {
				w, p := r.world(), r.provider(chat)
				w.note("tides.md", "# Tides\n\nHigh water at the pier.\n")
				w.env["OPENAI_BASE_URL"], w.env["OPENAI_API_KEY"] = p.url, canary
				w.write(filepath.Join(w.env["XDG_CONFIG_HOME"], "amalfa", "settings.json"), `{"sonar":{"silenceMs":1500}}`)
				w.must("init", "--quiet")
				st := w.start("sonar")
				a, err := post(st.Port, "/chat", strings.NewReader(`{"message":"when is high water?"}`), "Cookie: session=secret", "X-Forwarded-For: 1.2.3.4", "X-Api-Key: theirs")
				if err != nil {
					return err
				}
				mu.Lock()
				slowest = max(slowest, a.took)
				mu.Unlock()
				if err := w.finds("water", "tides.md"); err != nil {
					return err
				}
				if err := answers(st.Port); err != nil {
					return err
				}
				return check(w, p, st, a)
			})
		})
	}
	wg.Wait()
	return slowest
}

// F27: the language model is slow, down, or answers garbage.
func slowLLM(r *R) {
	slowest := badProvider(r, func(w *world, p *provider, st status, a answer) error {
		if a.code == 200 && !strings.Contains(a.body, `"role":"assistant"`) {
			return fmt.Errorf("200 without an answer: %v", a)
		}
		if a.code != 200 && !strings.Contains(a.body, `"kind"`) {
			return fmt.Errorf("no reason: %v", a)
		}
		return nil
	})
	r.try("nobody listens", func() error {
		w := r.world()
		w.note("tides.md", "# Tides\n\nHigh water.\n")
		w.env["OPENAI_BASE_URL"] = "http://127.0.0.1:1/v1"
		st := w.start("sonar")
		a, err := post(st.Port, "/chat", strings.NewReader(`{"message":"hi"}`))
		if err == nil && a.code != 503 && a.code != 502 {
			err = fmt.Errorf("%v", a)
		}
		return err
	})
	r.figure("slowest answer or error %.1f s; searches never ask it", slowest.Seconds())
}

// T9, T11, T12: what a hostile provider is told, and where the key is seen.
func hostileLLM(r *R) {
	badProvider(r, func(w *world, p *provider, st status, a answer) error {
		for _, h := range p.headers() {
			for _, name := range []string{"Cookie", "X-Forwarded-For", "X-Api-Key"} {
				if h.Get(name) != "" {
					return fmt.Errorf("the client's %s was passed on", name)
				}
			}
		}
		stream, err := post(st.Port, "/v1/chat/completions", strings.NewReader(`{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`))
		if err != nil && stream.code == 0 {
			return err
		}
		for _, text := range []string{a.body, stream.body} {
			if strings.Contains(text, canary) {
				return fmt.Errorf("the key is in the answer: %.300s", text)
			}
		}
		if peak := memory(st.PID, "VmHWM:") >> 20; peak > 400 {
			return fmt.Errorf("Sonar took %d MB", peak)
		}
		return w.noCanary(st.PID)
	})
	for _, code := range []int{301, 302, 303, 307, 308} {
		r.try(fmt.Sprintf("a redirect to another host by %d", code), func() error { return redirected(r, code) })
	}
	providerOfARequest(r)
	r.figure("the key was seen by its own host alone")
}

// redirected lets a provider send us elsewhere.
func redirected(r *R, code int) error {
	other := r.provider(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	p := r.provider(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, other.url+"/chat/completions", code)
	})
	w := r.world()
	w.note("tides.md", "# Tides\n\nHigh water.\n")
	w.env["OPENAI_BASE_URL"], w.env["OPENAI_API_KEY"] = p.url, canary
	st := w.start("sonar")
	if _, err := post(st.Port, "/chat", strings.NewReader(`{"message":"hi"}`)); err != nil {
		return err
	}
	if n := len(other.headers()); n > 0 {
		return fmt.Errorf("the other host got %d requests", n)
	}
	return nil
}

func providerOfARequest(r *R) {
	r.try("a provider named by a request", func() error {
		other := r.provider(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
		p := r.provider(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) })
		w := r.world()
		w.note("tides.md", "# Tides\n\nHigh water.\n")
		w.env["OPENAI_BASE_URL"], w.env["OPENAI_API_KEY"] = p.url, canary
		st := w.start("sonar")
		for _, field := range []string{"base_url", "url", "host", "endpoint", "api_base", "provider"} {
			if _, err := post(st.Port, "/v1/chat/completions", strings.NewReader(fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":"hi"}],%q:%q}`, field, other.url))); err != nil {
				return err
			}
		}
		if n := len(other.headers()); n > 0 {
			return fmt.Errorf("the other host got %d requests", n)
		}
		return nil
	})
}

// noCanary looks for the key in everything that the program wrote, and in its command line.
func (w *world) noCanary(pid int) error {
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && strings.Contains(string(line), canary) {
		return fmt.Errorf("the key is in the command line")
	}
	for _, top := range []string{w.path(".amalfa"), w.env["AMALFA_STATE_DIR"], w.env["XDG_CACHE_HOME"]} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			data, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(data), canary) {
				return fmt.Errorf("the key is in %s", path)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func llmRows() []row {
	return []row{{"F27", "the language model is slow, down, or answers garbage", false, slowLLM}}
}
