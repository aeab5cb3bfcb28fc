//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"amalfa/lifecycle"
)

// replace replaces a service by one that plays role.
func replace(s Spec, role string, wait time.Duration) (Replacement, error) {
	s.Env = append(s.Env[:len(s.Env):len(s.Env)], roleVar+"="+role)
	return Replace(context.Background(), s, wait, StopOptions{})
}

// fresh is a client that keeps no connection: what becomes of those is for the tests of services.
var fresh = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}

// callers ask a service without a pause until the returned function is called, which returns how many answers there were, and what failed.
func callers(address string) (end func() (int64, []error)) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	var served atomic.Int64
	for i := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				// With a body that cannot be sent twice, a client does not try again by itself.
				resp, err := fresh.Post("http://"+address+"/pid", "text/plain", io.MultiReader(strings.NewReader("x")))
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					err = errors.Join(err, resp.Body.Close())
				}
				if err == nil && resp.StatusCode != http.StatusOK {
					err = errors.New(resp.Status)
				}
				if err != nil {
					mu.Lock()
					failed = append(failed, fmt.Errorf("caller %d, question %d: %w", i, n, err))
					mu.Unlock()
				}
				served.Add(1)
			}
		})
	}
	return func() (int64, []error) {
		close(done)
		wg.Wait()
		return served.Load(), failed
	}
}

// A process after the other takes the place of the one before, and no client notices.
func TestReplaceRefusesNobody(t *testing.T) {
	s := spec(t, "serve hands")
	first := start(t, s)
	address := first.Address
	end := callers(address)
	pid := first.PID
	for range 5 {
		r, err := replace(s, "serve hands", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if r.Before != pid || r.PID == pid || r.AlreadyRunning || r.Killed || !r.Trusted || r.State != lifecycle.Ready || r.Address != address || r.Instance != first.Instance {
			t.Errorf("of pid %d: %+v", pid, r)
		}
		if alive(pid) {
			t.Errorf("pid %d is still there", pid)
		}
		pid = r.PID
	}
	if served, failed := end(); len(failed) > 0 || served == 0 {
		t.Errorf("%d of %d refused: %v", len(failed), served, failed[:min(3, len(failed))])
	}
}

// What was begun before is answered whole by the one that began it.
func TestReplaceLetsAnswersEnd(t *testing.T) {
	s := spec(t, "serve hands")
	first := start(t, s)
	body, write := io.Pipe()
	resp, err := fresh.Post("http://"+first.Address+"/slow", "text/plain", body) // answered as soon as it is asked
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	replaced := make(chan error, 1)
	go func() {
		r, err := replace(s, "serve hands", time.Minute)
		if err == nil && !r.Finishing {
			err = fmt.Errorf("it does not say that pid %d finishes: %+v", first.PID, r)
		}
		replaced <- err
	}()
	ok, err := eventually(context.Background(), time.Minute, func() (bool, error) { return inspect(t, s).PID != first.PID, nil })
	if !ok || err != nil {
		t.Fatalf("nobody takes its place: %v", err)
	}
	if !alive(first.PID) {
		t.Error("it ended before its answer")
	}
	if err := <-replaced; err != nil { // long before its answer has ended
		t.Error(err)
	}
	_, _ = io.WriteString(write, "the end of it")
	_ = write.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "the end of it" {
		t.Errorf("%q, %v", text, err)
	}
	if ok, err := eventually(context.Background(), time.Minute, func() (bool, error) { return !alive(first.PID), nil }); !ok || err != nil {
		t.Errorf("pid %d has answered all and is still there", first.PID)
	}
}

// One that does not come so far changes nothing.
func TestReplaceThatFails(t *testing.T) {
	for _, role := range []string{"serve hands failed", "serve hands loading", "crash"} {
		s := spec(t, "serve hands")
		first := start(t, s)
		end := callers(first.Address)
		r, err := replace(s, role, time.Second)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pid %d goes on as before", first.PID)) {
			t.Errorf("%s: %+v, %v", role, r, err)
		}
		if st := inspect(t, s); st.PID != first.PID || st.State != lifecycle.Ready || !st.Trusted {
			t.Errorf("%s: %+v", role, st)
		}
		if served, failed := end(); len(failed) > 0 || served == 0 {
			t.Errorf("%s: %d of %d refused: %v", role, len(failed), served, failed[0])
		}
		if r, err := replace(s, "serve hands", time.Minute); err != nil || r.PID == first.PID { // nothing is in the way of the next one
			t.Errorf("after %s: %+v, %v", role, r, err)
		}
	}
}

// Of four at once one does it, and all say which process runs.
func TestReplaceFourAtOnce(t *testing.T) {
	s := spec(t, "serve hands")
	first := start(t, s)
	end := callers(first.Address)
	var wg sync.WaitGroup
	results := make([]Replacement, 4)
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], err = replace(s, "serve hands soon", time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fresh, last := 0, inspect(t, s)
	for _, r := range results {
		if !r.AlreadyRunning {
			fresh++
		}
		if r.PID == first.PID {
			t.Errorf("%+v", r)
		}
	}
	if fresh == 0 || last.PID == first.PID || last.Instance != first.Instance {
		t.Errorf("%d new ones, now %+v", fresh, last)
	}
	if served, failed := end(); len(failed) > 0 || served == 0 {
		t.Errorf("%d of %d refused: %v", len(failed), served, failed[0])
	}
}

// What cannot hand over is left for its caller to stop.
func TestReplaceWithoutSuccession(t *testing.T) {
	s := spec(t, "serve")
	if _, err := replace(s, "serve", time.Second); !errors.Is(err, ErrNoSuccession) {
		t.Errorf("nobody runs: %v", err)
	}
	first := start(t, s)
	if _, err := replace(s, "serve", time.Second); !errors.Is(err, ErrNoSuccession) {
		t.Errorf("one that does not hand over: %v", err)
	}
	if st := inspect(t, s); st.PID != first.PID || st.State != lifecycle.Ready {
		t.Errorf("%+v", st)
	}
}

// A process that is killed in the middle leaves its place; a stop in the middle ends both.
func TestReplaceInterrupted(t *testing.T) {
	begun := func(s Spec, old int) (result chan error) {
		result = make(chan error, 1)
		go func() {
			_, err := replace(s, "serve hands soon", time.Minute)
			result <- err
		}()
		ok, err := eventually(context.Background(), time.Minute, func() (bool, error) { return len(children(t, s, old)) > 0, nil })
		if !ok || err != nil {
			t.Fatalf("no second process: %v", err)
		}
		return result
	}
	t.Run("killed", func(t *testing.T) {
		s := spec(t, "serve hands")
		first := start(t, s)
		result := begun(s, first.PID)
		p, _ := os.FindProcess(first.PID)
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		<-result // the new one may have been too early to know
		if st := start(t, s); st.PID == first.PID || st.State != lifecycle.Ready && st.State != lifecycle.Degraded || !st.Trusted {
			t.Errorf("%+v", st)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		s := spec(t, "serve hands")
		first := start(t, s)
		result := begun(s, first.PID)
		next := children(t, s, first.PID)
		if _, err := Stop(context.Background(), s, StopOptions{}); err != nil {
			t.Error(err)
		}
		<-result
		if st := inspect(t, s); st.State != lifecycle.Stopped {
			t.Errorf("%+v", st)
		}
		for _, pid := range append(next, first.PID) {
			if ok, _ := eventually(context.Background(), time.Minute, func() (bool, error) { return !alive(pid), nil }); !ok {
				t.Errorf("pid %d lives", pid)
			}
		}
	})
}

// children are the processes of a service's program but for one.
func children(t *testing.T, s Spec, but int) (pids []int) {
	t.Helper()
	all, err := process.Processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if exe, err := p.Exe(); err == nil && exe == s.Exe && int(p.Pid) != but {
			pids = append(pids, int(p.Pid))
		}
	}
	return pids
}
