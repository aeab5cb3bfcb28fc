//go:build unix

package faults

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A sample is what one process holds at one moment.
type sample struct {
	at                          time.Duration
	rss, fds, routines, threads float64
}

// look samples a process; goroutines are known of those that serve /metrics.
func look(at time.Duration, pid, port int) sample {
	s := sample{at: at, rss: float64(memory(pid, "VmRSS:")) / (1 << 20)}
	if list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
		s.fds = float64(len(list))
	}
	if list, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)); err == nil {
		s.threads = float64(len(list))
	}
	if port != 0 {
		if a, err := get(port, "/metrics"); err == nil {
			if m := regexp.MustCompile(`(?m)^go_goroutines (\d+)`).FindStringSubmatch(a.body); m != nil {
				s.routines, _ = strconv.ParseFloat(m[1], 64)
			}
		}
	}
	return s
}

// slope fits a line to the last half of the samples (least squares) and returns its rise in an hour.
func slope(samples []sample, of func(sample) float64) float64 {
	half := samples[len(samples)/2:]
	var n, sx, sy, sxx, sxy float64
	for _, s := range half {
		x, y := s.at.Hours(), of(s)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}

// shortSoak shows that the load runs, and no leak of an operation each; the slopes need the soak's length.
const shortSoak = 6 * time.Second

// F32: notes are saved, agents ask, texts are embedded and searched, for a long time.
func soak(r *R) {
	r.needLinux("for /proc")
	length := r.Soak
	if length == 0 {
		length = shortSoak
	}
	w, watcher := r.watched(200)
	vec, sonar := w.start("vector"), w.start("sonar")
	m := w.mcp()
	processes := []struct {
		name      string
		pid, port int
	}{{"vector", vec.PID, vec.Port}, {"watcher", watcher.PID, 0}, {"sonar", sonar.PID, sonar.Port}, {"mcp", m.cmd.Process.Pid, 0}}
	samples := map[string][]sample{}
	done := make(chan struct{})
	var wg sync.WaitGroup
	load := func(what string, do func(i int) error) {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					r.try(what, func() error { return do(i) })
				}
			}
		})
	}
	load("save", func(i int) error {
		w.note(fmt.Sprintf("n%d.md", i%200), noteText(i%200, 200, fmt.Sprintf(" saved%d", i)))
		<-time.After(20 * time.Millisecond)
		return nil
	})
	load("embed", func(i int) error {
		_, err := vector(vec.Port, fmt.Sprintf("the load of %d", i))
		<-time.After(5 * time.Millisecond)
		return err
	})
	load("ask", func(i int) error {
		_, err := m.call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": fmt.Sprintf("word%dx sacks", i%200)}})
		<-time.After(20 * time.Millisecond)
		return err
	})
	load("search", func(i int) error {
		_, err := w.searchBy("hybrid", fmt.Sprintf("word%dx", i%200))
		<-time.After(50 * time.Millisecond)
		return err
	})
	load("chat", func(int) error {
		_, err := get(sonar.Port, "/health")
		<-time.After(20 * time.Millisecond)
		return err
	})
	from, tick := time.Now(), time.NewTicker(max(100*time.Millisecond, min(10*time.Second, length/60)))
	defer tick.Stop()
	for time.Since(from) < length {
		<-tick.C
		for _, p := range processes {
			samples[p.name] = append(samples[p.name], look(time.Since(from), p.pid, p.port))
		}
	}
	close(done)
	wg.Wait()
	for _, p := range processes {
		r.flat(p.name, samples[p.name], length)
	}
	r.try("the agent ends", m.close)
	r.try("sound", w.whole)
	if length < 30*time.Minute {
		r.leave("the slopes over 30 minutes", "for lack of time: task soak has them")
	}
}

// quietest are the lowest of each six samples: a request that is served at the moment has goroutines of its own.
func quietest(samples []sample, of func(sample) float64) (low []sample) {
	for part := range slices.Chunk(samples, 6) {
		low = append(low, slices.MinFunc(part, func(a, b sample) int { return cmp.Compare(of(a), of(b)) }))
	}
	return low
}

// flat prints the curve of a process, and fails where its last half rises: by more than 5 % of its memory within the time that was
// measured, by more than four descriptors or goroutines. Below ten minutes a process has not yet warmed up, and counts of things alone tell.
func (r *R) flat(name string, samples []sample, length time.Duration) {
	var curve strings.Builder
	const least = 9 // rows; of a long load one a minute
	for i, rows := 0, max(least, int(length.Minutes())); i <= rows; i++ {
		s := samples[i*(len(samples)-1)/rows]
		routines := "unknown" // to those without /metrics
		if s.routines > 0 {
			routines = fmt.Sprint(s.routines)
		}
		fmt.Fprintf(&curve, "\n  %-8s %6.1f s  %7.1f MB  %4.0f descriptors  %4.0f threads  %7s goroutines", name, s.at.Seconds(), s.rss, s.fds, s.threads, routines)
	}
	r.Log(curve.String())
	first, last := samples[len(samples)/2], samples[len(samples)-1]
	rise := func(of func(sample) float64) float64 { return slope(samples, of) * length.Hours() / 2 }
	memoryRise := rise(func(s sample) float64 { return s.rss })
	r.try(name+" is flat", func() error {
		if length >= 10*time.Minute && memoryRise > 0.05*first.rss+2 {
			return fmt.Errorf("memory rose by %.1f MB of %.1f in the last half", memoryRise, first.rss)
		}
		if fds := rise(func(s sample) float64 { return s.fds }); fds > 4 && length >= time.Minute {
			return fmt.Errorf("descriptors rose by %.1f in the last half", fds)
		}
		routines := func(s sample) float64 { return s.routines }
		if n := slope(quietest(samples, routines), routines) * length.Hours() / 2; n > 4 && length >= time.Minute {
			return fmt.Errorf("goroutines rose by %.1f in the last half", n)
		}
		if n := rise(func(s sample) float64 { return s.threads }); n > 4 && length >= 10*time.Minute {
			return fmt.Errorf("threads rose by %.1f in the last half", n)
		}
		if last.fds > 200 || last.routines > 500 {
			return fmt.Errorf("%.0f descriptors, %.0f goroutines", last.fds, last.routines)
		}
		return nil
	})
	if length < 10*time.Minute {
		r.figure("%s %.0f MB", name, last.rss)
		return
	}
	r.figure("%s %.0f MB %+.1f MB/h, %.0f descriptors %+.1f/h, %.0f threads %+.1f/h", name, last.rss, slope(samples, func(s sample) float64 { return s.rss }),
		last.fds, slope(samples, func(s sample) float64 { return s.fds }), last.threads, slope(samples, func(s sample) float64 { return s.threads }))
}
