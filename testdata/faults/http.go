//go:build unix

package faults

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// endless is a body without an end.
type endless struct{ sent atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.sent.Add(int64(len(p)))
	return len(p), nil
}

// F29: requests that are too large in every way.
func hugeRequests(r *R) {
	w := r.world()
	vec, rer := w.start("vector"), w.start("reranker")
	before := memory(vec.PID, "VmRSS:")
	many := `{"query":"q","documents":[` + strings.TrimSuffix(strings.Repeat(`"d",`, 1_000_000), ",") + `]}`
	for name, do := range map[string]func() (answer, error){
		"64 MB": func() (answer, error) {
			return post(vec.Port, "/embed", strings.NewReader(`{"text":"`+strings.Repeat("x", 64<<20)+`"}`))
		},
		"endless": func() (answer, error) {
			return post(vec.Port, "/embed", io.MultiReader(strings.NewReader(`{"text":"`), &endless{}))
		},
		"gzip": func() (answer, error) {
			return post(vec.Port, "/embed", strings.NewReader("\x1f\x8b\x08..."), "Content-Encoding: gzip")
		},
		"a million documents": func() (answer, error) { return post(rer.Port, "/rerank", strings.NewReader(many)) },
		"depth": func() (answer, error) {
			return post(vec.Port, "/embed", strings.NewReader(strings.Repeat("[", 100000)))
		},
		"one text of 2 MiB": func() (answer, error) {
			return post(vec.Port, "/embed", strings.NewReader(`{"text":"`+strings.Repeat("x", 2<<20)+`"}`))
		},
		"headers": func() (answer, error) {
			return post(vec.Port, "/embed", strings.NewReader(`{}`), "X-Long: "+strings.Repeat("x", 64<<10))
		},
	} {
		r.try(name, func() error {
			a, err := do()
			// A server that refuses before it has read all may close while a client still writes.
			if err != nil && !strings.Contains(err.Error(), "broken pipe") && !strings.Contains(err.Error(), "reset") {
				return err
			}
			if err == nil && (a.code < 400 || a.code >= 500) {
				return fmt.Errorf("%v", a)
			}
			return answers(vec.Port)
		})
	}
	grown := (memory(vec.PID, "VmHWM:") - before) >> 20
	r.try("memory", func() error {
		if grown > 256 {
			return fmt.Errorf("grew by %d MB", grown)
		}
		return nil
	})
	r.try("afterwards", func() error { _, err := vector(vec.Port, "hello"); return err })
	r.figure("peak memory %d MB above quiet", grown)
}

// F30: callers that send a byte now and then, or nothing.
func slowLoris(r *R) {
	w := r.world()
	st := w.start("vector")
	const callers = 500
	var conns []net.Conn
	for i := range callers {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", st.Port))
		if err != nil {
			r.Fatalf("caller %d: %v", i, err)
		}
		defer c.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(c, "POST /embed HTTP/1.1\r\nHost: localhost\r\nX-")
		}
		conns = append(conns, c)
	}
	var times []time.Duration
	for range r.rounds(100, 1000) {
		r.try("health beside them", func() error {
			a, err := get(st.Port, "/health")
			times = append(times, a.took)
			if err == nil && a.code != 200 {
				err = fmt.Errorf("%v", a)
			}
			return err
		})
	}
	closed := 0
	for i, c := range conns {
		if i%2 != 0 {
			continue
		}
		_ = c.SetReadDeadline(time.Now().Add(8 * time.Second)) // headers are read for 5 s
		if _, err := io.ReadAll(c); err == nil || !isTimeout(err) {
			closed++
		}
	}
	r.try("slow headers are cut off", func() error {
		if closed != callers/2 {
			return fmt.Errorf("%d of %d", closed, callers/2)
		}
		return nil
	})
	r.figure("%d slow callers; health p99 %d ms", callers, percentile(times, 0.99).Milliseconds())
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(p*float64(len(times))))]
}

// F31: a hundred clients at once, and many agents on one index.
func manyClients(r *R) {
	w := r.world()
	w.notes(20)
	w.must("init", "--quiet")
	st := w.start("vector")
	serial := map[string][]float64{}
	for i := range 50 {
		text := fmt.Sprintf("the %dth harbour of %d", i, i*i)
		v, err := vector(st.Port, text)
		if err != nil {
			r.Fatal(err)
		}
		serial[text] = v
	}
	w.must("vector", "restart") // so that nothing is answered from memory
	st = w.status("vector")
	var wg sync.WaitGroup
	var wrong, refused atomic.Int64
	var mu sync.Mutex
	var times []time.Duration
	from := time.Now()
	for range 100 {
		wg.Go(func() {
			r.try("a client", func() error {
				for text, want := range serial {
					start := time.Now()
					v, err := vector(st.Port, text)
					mu.Lock()
					times = append(times, time.Since(start))
					mu.Unlock()
					if err != nil {
						if strings.Contains(err.Error(), "embed: 429") {
							refused.Add(1)
							continue
						}
						return err
					}
					for i := range want {
						if math.Abs(v[i]-want[i]) > 1e-6 {
							wrong.Add(1)
							return fmt.Errorf("another's vector for %q", text)
						}
					}
				}
				return nil
			})
		})
	}
	wg.Wait()
	rate := float64(len(times)) / time.Since(from).Seconds()
	manyAgents(r, w, r.rounds(12, 100))
	r.figure("%.0f requests/s, p99 %d ms, %d answered 429, wrong vectors %d, %d agents at once", rate, percentile(times, 0.99).Milliseconds(), refused.Load(), wrong.Load(), r.rounds(12, 100))
}

// doors are all services that listen, and a route of each that works.
func (w *world) doors() map[string]int {
	w.Helper()
	return map[string]int{"/embed": w.start("vector").Port, "/rerank": w.start("reranker").Port, "/chat": w.start("sonar").Port}
}

// T1: what a web page can send.
func webPage(r *R) {
	w := r.world()
	w.notes(3)
	w.must("init", "--quiet")
	doors := w.doors()
	origins := []string{"null", "http://evil.example", "http://localhost.evil", "http://127.0.0.1.evil", "file://", "http://localhost:5173", "http://127.0.0.1:%d", ""}
	types := []string{"application/json", "text/plain", "application/x-www-form-urlencoded", ""}
	n := 0
	for path, port := range doors {
		before, err := worked(port, path)
		if err != nil {
			r.Fatal(err)
		}
		for _, method := range []string{"GET", "POST", "OPTIONS", "PUT"} {
			for _, origin := range origins {
				for _, kind := range types {
					own := fmt.Sprintf("http://127.0.0.1:%d", port)
					origin := strings.ReplaceAll(origin, "http://127.0.0.1:%d", own)
					headers := []string{"Content-Type: " + kind, "Sec-Fetch-Site: cross-site"}
					if origin != "" {
						headers = []string{"Content-Type: " + kind, "Origin: " + origin}
					}
					if origin == own {
						continue // a page of the service's own
					}
					n++
					a, err := ask(method, port, path, strings.NewReader(`{"text":"a","query":"a","documents":["b"],"message":"a"}`), headers...)
					if err == nil && a.code != 403 && a.code != 415 {
						err = fmt.Errorf("%v", a)
					}
					for name := range a.header {
						if strings.HasPrefix(name, "Access-Control-") {
							err = fmt.Errorf("the answer has the header %s", name)
						}
					}
					r.count(fmt.Sprintf("%s %s origin %q type %q", method, path, origin, kind), err)
				}
			}
		}
		r.try("no work was done by "+path, func() error {
			after, err := worked(port, path)
			if err == nil && after != before {
				err = fmt.Errorf("before %s, after %s", before, after)
			}
			return err
		})
	}
	r.figure("%d requests of pages, each 403 or 415, no CORS header", n)
}

// worked is what a service counted of a route's requests that it served.
func worked(port int, path string) (string, error) {
	a, err := get(port, "/metrics")
	return fmt.Sprint(regexp.MustCompile(`amalfa_requests_total{route="[A-Z]+ `+path+`",service="\w+",status="2.*`).FindAllString(a.body, -1)), err
}

// T2: names that lead to this machine, and requests without one.
func rebinding(r *R) {
	w := r.world()
	doors := w.doors()
	n := 0
	for path, port := range doors {
		for _, host := range []string{"evil.example", "evil.example:80", "localhost.evil", "127.0.0.1.evil", "0.0.0.0", "169.254.1.1", "[::2]"} {
			n++
			r.try(host, func() error {
				a, err := post(port, path, strings.NewReader(`{}`), "Host: "+host)
				if err == nil && a.code != 403 && a.code != 400 {
					err = fmt.Errorf("%v", a)
				}
				return err
			})
		}
		for name, raw := range map[string]string{
			"no Host":       "POST " + path + " HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
			"two Hosts":     "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
			"absolute form": "POST http://evil" + path + " HTTP/1.1\r\nHost: evil\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		} {
			n++
			r.try(name, func() error {
				code, err := rawStatus(port, raw)
				if err == nil && code != 403 && code != 400 && !(name == "no Host" && code < 500) {
					err = fmt.Errorf("status %d", code)
				}
				return err
			})
		}
		r.try("loopback alone", func() error {
			addresses, err := net.InterfaceAddrs()
			if err != nil {
				return err
			}
			for _, a := range addresses {
				ip, ok := a.(*net.IPNet)
				if !ok || ip.IP.IsLoopback() || ip.IP.To4() == nil {
					continue
				}
				if c, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", ip.IP, port), time.Second); err == nil {
					_ = c.Close()
					return fmt.Errorf("listens on %s", ip.IP)
				}
			}
			return nil
		})
	}
	r.figure("%d requests, each 400 or 403; nothing listens beside loopback", n)
}

func rawStatus(port int, request string) (int, error) {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 0, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// T10: an agent that asks without end.
func runaway(r *R) {
	w := r.world()
	for i := range 40 {
		w.note(fmt.Sprintf("n%d.md", i), noteText(i, 40, "")+strings.Repeat(fmt.Sprintf("Ballast %d of the runaway. ", i), 300))
	}
	w.must("init", "--quiet")
	m := w.mcp()
	bystander := w.mcp()
	n := r.rounds(200, 10000)
	done := make(chan error, 1)
	go func() {
		for i := range n {
			if err := m.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"read_node_content","arguments":{"id":"n%d.md"}}}`, 1000+i, i%40)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	var times []time.Duration
	for i := range 20 {
		r.try("another agent", func() error {
			from := time.Now()
			_, err := bystander.call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": fmt.Sprintf("word%dx", i)}})
			times = append(times, time.Since(from))
			return err
		})
	}
	r.try("its own answers", func() error {
		if err := <-done; err != nil {
			return err
		}
		for got := 0; got < n; {
			select {
			case line, ok := <-m.lines:
				if !ok {
					return fmt.Errorf("it ended after %d of %d answers", got, n)
				}
				var a struct{ ID float64 }
				if json.Unmarshal([]byte(line), &a) == nil && a.ID >= 1000 {
					got++
				}
			case <-time.After(patience):
				return fmt.Errorf("%d of %d answers", got, n)
			}
		}
		return nil
	})
	peak := memory(m.cmd.Process.Pid, "VmHWM:") >> 20
	st := w.start("vector")
	var refused, served atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			a, err := post(st.Port, "/embed", bytes.NewReader([]byte(fmt.Sprintf(`{"text":"runaway %d"}`, i))))
			switch {
			case err != nil:
				r.Error(err)
			case a.code == 429 && a.header.Get("Retry-After") != "":
				refused.Add(1)
			case a.code == 200:
				served.Add(1)
			default:
				r.Errorf("%v", a)
			}
		})
	}
	wg.Wait()
	r.try("sound", w.sound)
	r.figure("%d calls at once answered, peak %d MB; another agent p99 %d ms; 200 embeddings at once: %d served, %d told to wait", n, peak, percentile(times, 0.99).Milliseconds(), served.Load(), refused.Load())
	if peak > 1024 {
		r.Errorf("%d MB", peak)
	}
}

func httpRows() []row {
	return []row{
		{"F29", "requests that are too large in every way", false, hugeRequests},
		{"F30", "500 slow callers", false, slowLoris},
		{"F31", "100 clients at once, many agents on one index", false, manyClients},
	}
}
