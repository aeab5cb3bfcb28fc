//go:build unix

package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// A status is a row of `servers --json`.
type status struct {
	Service, State string
	Port, PID      int
	RSSBytes       int64
	Model          string
	Error          string
}

// client asks loopback alone, and never keeps a connection.
var client = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

func (w *world) start(service string, more ...string) status {
	w.Helper()
	s := w.must(append([]string{service, "start", "--json"}, more...)...)
	return w.parse(s.out)
}

func (w *world) parse(out string) status {
	w.Helper()
	var st status
	if err := json.Unmarshal([]byte(out), &st); err != nil {
		var list []status
		if json.Unmarshal([]byte(out), &list) != nil || len(list) == 0 {
			w.Fatalf("no status: %v: %s", err, out)
		}
		st = list[0]
	}
	return st
}

func (w *world) status(service string) status {
	w.Helper()
	return w.parse(w.amalfa(service, "status", "--json").out)
}

// kill sends a signal; a process that is gone already is no error.
func (w *world) kill(pid int, sig syscall.Signal) {
	w.Helper()
	if pid <= 1 {
		w.Fatalf("kill pid %d", pid)
	}
	if err := syscall.Kill(pid, sig); err != nil && err != syscall.ESRCH {
		w.Fatalf("kill -%d %d: %v", sig, pid, err)
	}
}

// alive tells whether a process runs; a zombie has ended.
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !bytes.Contains(stat, []byte(") Z "))
}

// gone waits until a process has ended.
func gone(pid int, limit time.Duration) (time.Duration, error) {
	return eventually(limit, func() error {
		if alive(pid) {
			return fmt.Errorf("pid %d lives", pid)
		}
		return nil
	})
}

// An answer is one of a service.
type answer struct {
	code   int
	body   string
	header http.Header
	took   time.Duration
}

func (a answer) String() string { return fmt.Sprintf("%d %.300s", a.code, a.body) }

// post sends JSON to a port of loopback.
func post(port int, path string, body io.Reader, headers ...string) (answer, error) {
	return ask(http.MethodPost, port, path, body, append([]string{"Content-Type: application/json"}, headers...)...)
}

func get(port int, path string) (answer, error) { return ask(http.MethodGet, port, path, nil) }

func ask(method string, port int, path string, body io.Reader, headers ...string) (answer, error) {
	from := time.Now()
	req, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), body)
	if err != nil {
		return answer{}, err
	}
	for _, h := range headers {
		key, value, _ := strings.Cut(h, ": ")
		if key == "Host" {
			req.Host = value
		}
		req.Header.Set(key, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{took: time.Since(from)}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return answer{resp.StatusCode, string(data), resp.Header, time.Since(from)}, err
}

// answers fails unless a service says it lives.
func answers(port int) error {
	a, err := get(port, "/health")
	if err != nil {
		return err
	}
	if a.code != 200 {
		return fmt.Errorf("/health: %v", a)
	}
	return nil
}

// vector embeds one text.
func vector(port int, text string, headers ...string) ([]float64, error) {
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return nil, err
	}
	a, err := post(port, "/embed", bytes.NewReader(body), headers...)
	if err != nil {
		return nil, err
	}
	var v struct{ Vector []float64 }
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.code != 200 {
		return nil, fmt.Errorf("embed: %v", a)
	}
	return v.Vector, nil
}
