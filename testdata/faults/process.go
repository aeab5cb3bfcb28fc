//go:build unix

package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A stranger is a program of others on a port; it counts every byte that it is sent.
type stranger struct {
	net.Listener
	port  int
	bytes atomic.Int64
}

func (s *stranger) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	return counted{c, &s.bytes}, err
}

type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// manners are how strangers answer.
var manners = map[string]http.HandlerFunc{
	"healthy": func(w http.ResponseWriter, _ *http.Request) { // as ours would be
		_, _ = io.WriteString(w, `{"status":"ok","ready":true,"state":"ready"}`)
	},
	"a file server": http.NotFound, // as python3 -m http.server answers
	"silent":        func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() },
	"broken":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
}

// listens makes one that says it is healthy.
func (r *R) listens() *stranger { return r.stranger("127.0.0.1:0", manners["healthy"]) }

func (r *R) stranger(address string, answer http.HandlerFunc) *stranger {
	r.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		r.Fatal(err)
	}
	return r.listen(ln, answer)
}

func (r *R) listen(ln net.Listener, answer http.HandlerFunc) *stranger {
	s := &stranger{Listener: ln, port: ln.Addr().(*net.TCPAddr).Port}
	srv := &http.Server{ReadHeaderTimeout: patience, Handler: answer}
	go func() { _ = srv.Serve(s) }()
	r.Cleanup(func() { _ = srv.Close() })
	return s
}

// F6: a stranger holds each port, whatever it answers, also that of a service which died.
func portTaken(r *R) {
	var slowest time.Duration
	for manner, answer := range manners {
		slowest = max(slowest, portTakenBy(r, manner, answer))
	}
	r.try("the port of a service that died", func() error { return portOfTheDead(r) })
	r.figure("%d manners of answering; refused after %.2f s at most, 0 bytes sent to a stranger", len(manners), slowest.Seconds())
}

// portOfTheDead lets a stranger listen where the record of a killed service says that it does.
func portOfTheDead(r *R) error {
	w := r.world()
	w.notes(3)
	w.must("init", "--quiet")
	s, err := w.inItsPlace()
	if err != nil {
		return err
	}
	if now := w.status("vector"); now.State != "stopped" {
		return fmt.Errorf("the stranger counts as %s", now.State)
	}
	if _, err := w.searchBy("hybrid", "sacks"); err != nil {
		return err
	}
	w.note("n1.md", noteText(1, 3, " anew"))
	if err := w.whole(); err != nil {
		return err
	}
	if n := s.bytes.Load(); n > 0 {
		return fmt.Errorf("the stranger was sent %d bytes", n)
	}
	return nil
}

// inItsPlace kills the vector service and lets a stranger listen on its port, unless a connection of another row has got that meanwhile.
func (w *world) inItsPlace() (*stranger, error) {
	for {
		st := w.start("vector")
		w.kill(st.PID, syscall.SIGKILL)
		if _, err := gone(st.PID, patience); err != nil {
			return nil, err
		}
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", st.Port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return w.listen(ln, manners["healthy"]), nil
	}
}

func portTakenBy(r *R, manner string, answer http.HandlerFunc) time.Duration {
	w := r.world()
	w.notes(3)
	var slowest time.Duration
	services := []string{"vector", "reranker", "sonar", "dashboard"}
	if manner != "healthy" && !r.Full {
		services = services[:1]
	}
	for _, service := range services {
		s := r.stranger("127.0.0.1:0", answer)
		w.env[strings.ToUpper(service)+"_PORT"] = strconv.Itoa(s.port)
		r.try(service+", "+manner, func() error {
			holder := fmt.Sprintf(`port %d[\s\S]*pid %d`, s.port, os.Getpid())
			took, err := r.keeps(2*time.Second, func() (time.Duration, error) {
				said := w.amalfa(service, "start")
				return said.took, said.expect(holder, 1)
			})
			slowest = max(slowest, took)
			if err != nil {
				return err
			}
			if st := w.status(service); st.State != "stopped" {
				return fmt.Errorf("the stranger counts as %s", st.State)
			}
			for _, dir := range []string{w.path(".amalfa"), w.env["AMALFA_STATE_DIR"]} {
				if exists(filepath.Join(dir, "runtime", service+".pid")) {
					return fmt.Errorf("a record of %s is left in %s", service, dir)
				}
			}
			if err := w.whole(); err != nil {
				return err
			}
			if _, err := w.searchBy("hybrid", "sacks"); err != nil {
				return err
			}
			if n := s.bytes.Load(); n > 0 {
				return fmt.Errorf("the stranger was sent %d bytes", n)
			}
			return nil
		})
	}
	return slowest
}

// reusePID gives the PID of a killed service to another program, in a PID namespace of its own, and lets everything act on it.
const reusePID = `
w=$1; n=$2; lived=0
for i in $(seq $n); do
  "$w" sonar start >/dev/null || exit 9
  pid=$("$w" sonar status --json | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
  kill -9 $pid; while kill -0 $pid 2>/dev/null; do wait; done
  victim=0
  for t in $(seq 50); do
    echo $((pid-1)) > /proc/sys/kernel/ns_last_pid; sleep 999 & victim=$!
    [ $victim = $pid ] && break; kill $victim
  done
  [ $victim = $pid ] || { echo no reuse; exit 8; }
  "$w" sonar status >/dev/null; [ $? = 3 ] || echo taken for ours
  "$w" sonar stop >/dev/null || echo stop failed
  "$w" stop-all --all >/dev/null || echo stop-all failed
  "$w" sonar start >/dev/null || echo start failed
  "$w" sonar stop >/dev/null || echo stop of the new failed
  kill -0 $victim && lived=$((lived+1)); kill -9 $victim
done
echo lived $lived`

// F7: a dead service's PID belongs to another program.
func recycledPID(r *R) {
	r.needLinux("for PID namespaces")
	r.needRoot("for a PID namespace")
	r.need("for a PID namespace", "unshare", "--pid", "--fork", "--mount-proc", "true")
	w := r.world()
	w.notes(1)
	n := r.rounds(3, 100)
	cmd := exec.Command("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", reusePID, "sh", w.Bin, strconv.Itoa(n))
	cmd.Dir, cmd.Env, cmd.WaitDelay = w.root, w.environ(), time.Second
	out, err := cmd.CombinedOutput()
	lived := strings.Count(string(out), "\n") == 1 && strings.Contains(string(out), fmt.Sprintf("lived %d\n", n))
	for i := range n {
		r.try(fmt.Sprintf("round %d", i), func() error {
			if !lived {
				return fmt.Errorf("%v: %s", err, out)
			}
			return nil
		})
	}
	r.figure("victims alive %d/%d", n, n)
}

// F8: many starts at once leave one daemon, and a mix of start, stop and restart leaves none or one.
func startRace(r *R) {
	w := r.world()
	w.notes(1)
	w.must("init", "--quiet")
	const together = 20
	rounds := r.rounds(1, 50)
	two := 0
	services := []string{"sonar", "reranker", "watcher", "vector", "dashboard"}
	for range rounds {
		for _, service := range services {
			r.try(service, func() error {
				pids := map[int]bool{}
				var mu sync.Mutex
				var wg sync.WaitGroup
				var wrong error
				for range together {
					wg.Go(func() {
						s := w.amalfa(service, "start", "--json")
						mu.Lock()
						defer mu.Unlock()
						if s.code != 0 {
							wrong = fmt.Errorf("%v", s)
							return
						}
						pids[w.parse(s.out).PID] = true
					})
				}
				wg.Wait()
				if len(pids) > 1 {
					two++
				}
				if wrong == nil && len(pids) != 1 {
					wrong = fmt.Errorf("%d starts name the pids %v", together, pids)
				}
				w.must(service, "stop")
				for pid := range pids {
					if _, err := gone(pid, patience); err != nil {
						return err
					}
				}
				return wrong
			})
		}
	}
	r.try("start, stop and restart at once", func() error {
		var wg sync.WaitGroup
		for i := range r.rounds(9, 60) {
			wg.Go(func() { w.amalfa("sonar", []string{"start", "stop", "restart"}[i%3]) })
		}
		wg.Wait()
		w.must("sonar", "start")
		if st := w.status("sonar"); st.State != "degraded" && st.State != "ready" {
			return fmt.Errorf("sonar is %s", st.State)
		}
		return w.sound()
	})
	r.figure("second instances 0 of %d starts", rounds*len(services)*together)
	if two > 0 {
		r.Errorf("%d times there were two", two)
	}
}

// F10: a service is told to stop in the middle of long work.
func stopAtWork(r *R) {
	w := r.realWorld()
	w.note("a.md", "# A\n\nOne.\n")
	long := strings.Repeat("The harbour master counts every boat that enters before the tide turns. ", 30)
	batch := func(n int) string { // of texts that nobody embedded before
		texts := make([]string, n)
		for i := range texts {
			texts[i] = fmt.Sprintf("%d. %s", r.intn(1<<40), long)
		}
		data, _ := json.Marshal(map[string]any{"texts": texts})
		return string(data)
	}
	var slowest time.Duration
	stop := func(texts, signals int) (time.Duration, error) {
		st := w.start("vector")
		result := make(chan error, 1)
		go func() {
			a, err := post(st.Port, "/embed", strings.NewReader(batch(texts)))
			if err == nil && a.code != 200 && a.code != 503 {
				err = fmt.Errorf("%v", a)
			}
			if err == nil && a.code == 503 && a.header.Get("Retry-After") == "" {
				err = fmt.Errorf("503 without Retry-After")
			}
			result <- err
		}()
		if _, err := eventually(patience, func() error { return busy(st.Port) }); err != nil {
			return 0, err
		}
		<-time.After(200 * time.Millisecond)
		from := time.Now()
		w.kill(st.PID, syscall.SIGTERM)
		if signals > 1 { // once the first has come through: two at once are one (signal(7))
			if _, err := eventually(patience, func() error {
				if now := w.status("vector"); now.State != "stopping" && now.State != "stopped" {
					return fmt.Errorf("vector is %s", now.State)
				}
				return nil
			}); err != nil {
				return 0, err
			}
			w.kill(st.PID, syscall.SIGTERM)
		}
		// A new caller is answered too, or finds nobody there.
		if a, err := post(st.Port, "/embed", strings.NewReader(`{"text":"late"}`)); err == nil && a.code != 503 && a.code != 200 {
			return 0, fmt.Errorf("a late caller got %v", a)
		}
		if _, err := gone(st.PID, patience); err != nil {
			return 0, err
		}
		took := time.Since(from)
		if err := <-result; err != nil && signals == 1 {
			return 0, fmt.Errorf("the running request: %w", err)
		}
		if exists(filepath.Join(w.env["AMALFA_STATE_DIR"], "runtime", "vector.pid")) {
			return 0, fmt.Errorf("its record is left")
		}
		return took, nil
	}
	within := func(limit time.Duration, texts, signals int) func() error {
		return func() error {
			took, err := r.keeps(limit, func() (time.Duration, error) { return stop(texts, signals) })
			slowest = max(slowest, took)
			return err
		}
	}
	// 10 s drain, then a second to answer what waits; a second signal skips the drain.
	for range r.rounds(1, 10) {
		r.try("one signal, short work", within(12*time.Second, 6, 1))
		r.try("two signals, long work", within(8*time.Second, 256, 2))
	}
	if r.Full {
		r.try("one signal, long work", within(13*time.Second, 256, 1))
	}
	r.figure("slowest stop %.1f s, requests without an HTTP status 0", slowest.Seconds())
}

// busy fails until a service works on a request.
func busy(port int) error {
	a, err := get(port, "/metrics")
	if err != nil {
		return err
	}
	for line := range strings.Lines(a.body) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(name, "amalfa_requests_in_flight") && value != "0" {
			return nil
		}
	}
	return fmt.Errorf("nothing is at work: %.300s", a.body)
}

func processRows() []row {
	return []row{
		{"F6", "port held by a stranger that says it is healthy", false, portTaken},
		{"F7", "stale PID of another program", false, recycledPID},
		{"F8", "20 starts at once; start, stop and restart at once", false, startRace},
		{"F10", "SIGTERM during a long embedding", false, stopAtWork},
	}
}
