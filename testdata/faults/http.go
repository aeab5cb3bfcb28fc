//go:build unix

package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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
	sonar := w.start("sonar")
	many := `{"query":"q","documents":[` + strings.TrimSuffix(strings.Repeat(`"d",`, 1_000_000), ",") + `]}`
	statuses := map[string][]int{ // one that is cut while the client still writes has none
		"64 MB": {413, 0}, "endless": {413, 0}, "gzip": {400, 415}, "a million documents": {413}, "depth": {400}, "one text of 2 MiB": {413}, "headers": {431},
		"2,049 texts": {413}, "a question of 64 MB": {413, 0}, "a long question": {400, 413}, "a lying length": {400, 408, 0},
	}
	for name, do := range map[string]func() (answer, error){
		"2,049 texts": func() (answer, error) {
			return post(vec.Port, "/embed", strings.NewReader(`{"texts":[`+strings.TrimSuffix(strings.Repeat(`"d",`, 2049), ",")+`]}`))
		},
		"a question of 64 MB": func() (answer, error) {
			return post(sonar.Port, "/chat", strings.NewReader(`{"message":"`+strings.Repeat("x", 64<<20)+`"}`))
		},
		"a long question": func() (answer, error) {
			return post(sonar.Port, "/ask", strings.NewReader(`{"question":"`+strings.Repeat("x ", 1<<20)+`"}`))
		},
		"a lying length": func() (answer, error) {
			code, err := rawStatus(vec.Port, "POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999999999999999\r\n\r\n{}")
			return answer{code: code}, err
		},
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
			if err != nil {
				a.code = 0
			}
			if !slices.Contains(statuses[name], a.code) {
				return fmt.Errorf("want %v, have %v", statuses[name], a)
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
		switch i % 4 { // nothing at all; half a head; a head that drips; a body that drips
		case 1:
			_, _ = io.WriteString(c, "POST /embed HTTP/1.1\r\nHost: localhost\r\nX-")
		case 2:
			go drip(c, "POST /embed HTTP/1.1\r\nHost: localhost\r\nX-")
		case 3:
			go drip(c, "POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{")
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
	r.try("slow headers are cut off", func() error { // they are read for 5 s, idle connections kept for 60
		return cutOff(conns, 30*time.Second, func(i int) bool { return i%4 < 3 })
	})
	if r.Full {
		r.try("slow bodies are cut off", func() error { // they are read for 30 s
			return cutOff(conns, patience, func(i int) bool { return i%4 == 3 })
		})
	} else {
		r.leave("the end of slow bodies, after 30 s,", "for lack of time: task soak has it")
	}
	r.try("served afterwards", func() error { _, err := vector(st.Port, "after all"); return err })
	r.figure("%d slow callers; health p99 %d ms", callers, percentile(times, 0.99).Milliseconds())
}

// drip sends a beginning, then a byte every 200 ms, until the other side is gone.
func drip(c net.Conn, beginning string) {
	for {
		if _, err := io.WriteString(c, beginning); err != nil {
			return
		}
		beginning = "x"
		<-time.After(200 * time.Millisecond)
	}
}

// cutOff fails unless the chosen callers are ended by the server within a time.
func cutOff(conns []net.Conn, within time.Duration, chosen func(i int) bool) error {
	end, open := time.Now().Add(within), 0
	for i, c := range conns {
		if !chosen(i) {
			continue
		}
		_ = c.SetReadDeadline(end)
		if _, err := io.ReadAll(c); err != nil && isTimeout(err) {
			open++
		}
	}
	if open > 0 {
		return fmt.Errorf("%d callers are not", open)
	}
	return nil
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
	return map[string]int{"/embed": w.start("vector").Port, "/rerank": w.start("reranker").Port, "/chat": w.start("sonar").Port, "/mcp": w.mcpOverHTTP()}
}

// mcpOverHTTP serves agents on a port until the row ends.
func (w *world) mcpOverHTTP() (port int) {
	w.Helper()
	cmd := w.command(context.Background(), nil, "serve", "--http", "127.0.0.1:0", "--json")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var said struct{ URL string }
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		w.Fatal(err)
	}
	at, err := url.Parse(said.URL)
	if err != nil {
		w.Fatal(err)
	}
	port, err = strconv.Atoi(at.Port())
	if err != nil {
		w.Fatal(err)
	}
	return port
}

// T1: what a web page can send.
func webPage(r *R) {
	w := r.world()
	w.notes(3)
	w.must("init", "--quiet")
	doors := w.doors()
	origins := []string{"null", "http://evil.example", "http://localhost.evil", "http://127.0.0.1.evil", "file://", "http://localhost:5173", "http://127.0.0.1:%d", ""}
	types := []string{"application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""}
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
					ways := [][]string{{"Origin: " + origin}}
					if origin == "" {
						ways = [][]string{{"Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"}, nil}
					}
					if origin == own {
						continue // a page of the service's own
					}
					for _, way := range ways {
						if way == nil && (method != "POST" || kind == "application/json" || path == "/mcp" && kind == "") {
							continue // no page but a program asks so
						}
						n++
						a, err := ask(method, port, path, strings.NewReader(`{"text":"a","query":"a","documents":["b"],"message":"a"}`), append(way, "Content-Type: "+kind)...)
						if err == nil && a.code != 403 && a.code != 415 {
							err = fmt.Errorf("%v", a)
						}
						for name := range a.header {
							if strings.HasPrefix(name, "Access-Control-") {
								err = fmt.Errorf("the answer has the header %s", name)
							}
						}
						r.count(fmt.Sprintf("%s %s origin %q type %q %v", method, path, origin, kind, way), err)
					}
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
	cancelled(r, w)
	keptAnswers(r, w, m)
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

// cancelled has an agent ask for much work and take all of it back, beside one that does not.
func cancelled(r *R, w *world) {
	m := w.mcp()
	const asked = 100 // of 128 that may wait
	r.try("what is taken back is not done", func() error {
		whole, err := w.asksMuch(w.mcp(), asked, false)
		if err != nil {
			return err
		}
		begun, err := w.asksMuch(m, asked, true)
		if err != nil {
			return err
		}
		r.figure("%d calls take %v of a processor, taken back %v", asked, whole, begun)
		if begun > whole/2 {
			return fmt.Errorf("%v of work for what was taken back, %v for what was not", begun, whole)
		}
		return nil
	})
	r.try("it answers on", func() error { _, err := m.call("tools/list", map[string]any{}); return err })
	r.try("it ends after all", m.close)
}

// asksMuch returns what an agent's n calls take of a processor until its session is at rest.
func (w *world) asksMuch(m *agent, n int, takenBack bool) (time.Duration, error) {
	pid := m.cmd.Process.Pid
	before := processor(pid)
	var lines []string // in one write: a busy machine does not come between a call and the word that takes it back
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"grep","arguments":{"pattern":"(?i)[a-z]+ [0-9]+ [a-z]+ the (run|walk)away[.] [a-z]+ [a-z]+ %d"}}}`, 5000+i, i))
	}
	for i := range n {
		if takenBack {
			lines = append(lines, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, 5000+i))
		}
	}
	if err := m.send(strings.Join(lines, "\n")); err != nil {
		return 0, err
	}
	if _, err := m.call("ping", map[string]any{}); err != nil {
		return 0, err
	}
	_, err := eventually(patience, func() error {
		busy := processor(pid)
		<-time.After(time.Second)
		if busy = processor(pid) - busy; busy > 20*time.Millisecond {
			return fmt.Errorf("it works on, %v of a second", busy)
		}
		return nil
	})
	return processor(pid) - before, err
}

// keptAnswers has so many answers that do not fit that not all can be kept.
func keptAnswers(r *R, w *world, m *agent) {
	n := r.rounds(40, 10000)
	for i := range n {
		if _, err := m.call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": fmt.Sprintf("ballast %d of the runaway", i), "limit": 50, "max_tokens": 2000, "passages": true}}); err != nil {
			r.Error(err)
			return
		}
	}
	r.try("answers that are kept", func() error {
		var files, bytes int64
		err := filepath.WalkDir(w.path(".amalfa"), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.Contains(path, "scratch") && d.Type().IsRegular() {
				if fi, err := d.Info(); err == nil {
					files, bytes = files+1, bytes+fi.Size()
				}
			}
			return nil
		})
		r.figure("of %d long answers %d are kept, %d KiB", n, files, bytes>>10)
		if err == nil && (files == 0 || files > 1010 || bytes > 51<<20) {
			err = fmt.Errorf("%d files of %d MiB", files, bytes>>20)
		}
		return err
	})
}

func httpRows() []row {
	return []row{
		{"F29", "requests that are too large in every way", false, hugeRequests},
		{"F30", "500 slow callers", false, slowLoris},
		{"F31", "100 clients at once, many agents on one index", false, manyClients},
	}
}
