//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// deadly is how many processes a text ends before it is refused.
const deadly = 2

// F34: one text kills the model's process whenever it is read: of a caller, as a document to be ranked, and in a note.
func poisoned(r *R) {
	w := r.realWorld()
	text := func(what string) string { // as long as the model reads, so that it is at work for a while
		return strings.Repeat(fmt.Sprintf("The %s cormorant of run %d dives beside the pier. ", what, r.intn(1<<40)), 60)
	}
	poison, sound := text("poisoned"), text("sound")
	body := func(texts ...string) io.Reader {
		data, _ := json.Marshal(map[string]any{"texts": texts})
		return bytes.NewReader(data)
	}
	for i := range deadly {
		r.try(fmt.Sprintf("death %d", i+1), func() error {
			st := w.start("vector")
			go func() { _, _ = post(st.Port, "/embed", body(poison)) }() // it is answered by a death
			if _, err := eventually(patience, func() error { return busy(st.Port) }); err != nil {
				return err
			}
			w.kill(st.PID, syscall.SIGSEGV)
			_, err := gone(st.PID, patience)
			return err
		})
	}
	st := w.start("vector")
	r.try("refused, and named", func() error {
		a, err := post(st.Port, "/embed", body(poison))
		if err == nil && (a.code != 422 || !strings.Contains(a.body, "quarantined")) {
			err = fmt.Errorf("%v", a)
		}
		if err != nil {
			return err
		}
		return w.amalfa("vector", "quarantine").expect(`[0-9a-f]{12}`, 0)
	})
	r.try("all others are served", func() error {
		a, err := post(st.Port, "/embed", body(sound))
		if err == nil && a.code != 200 {
			err = fmt.Errorf("%v", a)
		}
		return err
	})
	r.try("until it is forgotten", func() error {
		w.must("vector", "quarantine", "--clear")
		w.must("vector", "restart")
		a, err := post(w.status("vector").Port, "/embed", body(poison))
		if err == nil && a.code != 200 {
			err = fmt.Errorf("%v", a)
		}
		return err
	})
	poisonedPairs(r)
	poisonedIndex(r)
	r.figure("refused after %d deaths, by the embedder, the reranker and a whole index", deadly)
}

// reading is what the model of a service reads at this moment, as the file says that outlives its process: its PID and the keys of texts.
func (w *world) reading(service string) (pid int, keys []string) {
	data, err := os.ReadFile(filepath.Join(w.env["AMALFA_STATE_DIR"], "runtime", service+".inflight"))
	const slot = 32 // bytes; the first slot has the PID
	if err != nil || len(data) < slot {
		return 0, nil
	}
	for at := slot; at+slot <= len(data); at += slot {
		if key := data[at : at+slot]; !bytes.Equal(key, make([]byte, slot)) {
			keys = append(keys, fmt.Sprintf("%x", key))
		}
	}
	return int(binary.LittleEndian.Uint64(data)), keys
}

// killAt ends a service's process, as by a fault of its own, while it reads a text that is chosen by its key. It returns the key, "" where
// ctx ended before.
func (w *world) killAt(ctx context.Context, service string, chosen func(key string) bool) string {
	for ctx.Err() == nil { // without a pause: a small model reads within a millisecond
		pid, keys := w.reading(service)
		if !slices.ContainsFunc(keys, chosen) || !alive(pid) {
			continue
		}
		w.kill(pid, syscall.SIGSTOP)
		<-time.After(5 * time.Millisecond) // it runs on for a moment after the signal is sent
		_, keys = w.reading(service)
		at := slices.IndexFunc(keys, chosen)
		if at >= 0 {
			w.kill(pid, syscall.SIGSEGV)
		}
		w.kill(pid, syscall.SIGCONT)
		if at >= 0 {
			_, _ = gone(pid, patience)
			return keys[at]
		}
	}
	return ""
}

// slow holds each call of that name by a process, after it is done, until stop: what takes a moment can then be met in the middle.
func (w *world) slow(pid int, call string, hold time.Duration) (stop func()) {
	w.Helper()
	cmd := exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "-p", strconv.Itoa(pid), "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:delay_exit=%d", call, hold.Microseconds()))
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	traced := regexp.MustCompile(`(?m)^TracerPid:\s+[1-9]`)
	if _, err := eventually(patience, func() error {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err == nil && !traced.Match(status) {
			err = errors.New("strace does not hold the process")
		}
		return err
	}); err != nil {
		w.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Kill() // an interrupted strace waits for what it traces
		_ = cmd.Wait()
	}
}

// longRead chooses the text that is read for so many looks: no question, but a passage.
func longRead(looks int) func(key string) bool {
	seen := map[string]int{}
	return func(key string) bool {
		seen[key]++
		return seen[key] >= looks
	}
}

// poisonedPairs has the reranker read a document that ends it, each time for another question.
func poisonedPairs(r *R) {
	w := r.world()
	poison := strings.Repeat("A poisoned avocet wades. ", 8) // one window
	ask := func(port, i int, documents ...string) (answer, error) {
		data, err := json.Marshal(map[string]any{"query": fmt.Sprintf("question %d", i), "documents": documents})
		if err != nil {
			return answer{}, err
		}
		return post(port, "/rerank", bytes.NewReader(data))
	}
	if err := works("strace", "-f", "-qq", "-o", os.DevNull, "true"); err != nil {
		r.leave("the reranker", err.Error())
		return
	}
	for i := range deadly {
		r.try(fmt.Sprintf("reranker: death %d", i+1), func() error {
			st := w.start("reranker")
			letGo := w.slow(st.PID, "pwrite64", time.Second) // between the note that it reads a text and the reading
			defer letGo()
			question := r.intn(1 << 20)
			go func() { _, _ = ask(st.Port, question, poison) }() // it is answered by a death
			if _, err := eventually(patience, func() error {
				if _, keys := w.reading("reranker"); len(keys) == 0 {
					return errors.New("nothing is read")
				}
				return nil
			}); err != nil {
				return err
			}
			w.kill(st.PID, syscall.SIGKILL)
			letGo() // a process that is traced is not gone before its tracer
			_, err := gone(st.PID, patience)
			return err
		})
	}
	st := w.start("reranker")
	r.try("reranker: refused, and named", func() error {
		a, err := ask(st.Port, 7, "A sound avocet.", poison)
		if err == nil && (a.code != 422 || !strings.Contains(a.body, "quarantined") || !strings.Contains(a.body, "document 1")) {
			err = fmt.Errorf("%v", a)
		}
		if err != nil {
			return err
		}
		return w.amalfa("reranker", "quarantine").expect(`[0-9a-f]{12}.*is refused`, 0)
	})
	r.try("reranker: all others are served", func() error {
		a, err := ask(st.Port, 8, "A sound avocet.", "Another one.")
		if err == nil && a.code != 200 {
			err = fmt.Errorf("%v", a)
		}
		return err
	})
	r.try("reranker: until it is forgotten", func() error {
		w.must("reranker", "quarantine", "--clear")
		a, err := ask(st.Port, 9, poison)
		if err == nil && a.code != 200 {
			err = fmt.Errorf("%v", a)
		}
		return err
	})
}

// poisonedIndex makes an index of notes one of which ends the model's process whenever it is read.
func poisonedIndex(r *R) {
	const sound = 6
	poison := "# Poison\n\n" + strings.Repeat(fmt.Sprintf("The poisoned curlew of run %d probes. ", r.intn(1<<40)), 25) + "\n"
	alone := r.realWorld()
	alone.note("poison.md", poison)
	alone.start("vector")
	cmd := alone.command(context.Background(), nil, "init", "--quiet")
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	key := alone.killAt(ctx, "vector", longRead(500))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	alone.end()
	if key == "" {
		r.Fatal("nothing is read")
	}

	w := r.realWorld()
	w.note("poison.md", poison)
	for i := range sound {
		w.note(fmt.Sprintf("n%d.md", i), noteText(i, sound, fmt.Sprintf(" in run %d", r.intn(1<<40))))
	}
	deaths := 0
	killing, stop := context.WithTimeout(context.Background(), 4*patience)
	defer stop()
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		for {
			if w.killAt(killing, "vector", func(k string) bool { return k == key }) == "" {
				return
			}
			deaths++
		}
	}()
	r.try("index: the others have all they had", func() error {
		_, err := eventually(patience, func() error {
			w.amalfa("init", "--quiet") // it may say that the service died
			s := w.amalfa("coverage", "--json")
			return s.expect(`quarantined|died twice`, 0)
		})
		if err != nil {
			return err
		}
		s := w.amalfa("validate", "--json")
		var v struct {
			OK, _                  bool
			Notes, Chunks, Vectors int
		}
		if err := json.Unmarshal([]byte(s.out), &v); err != nil {
			return fmt.Errorf("%w: %v", err, s)
		}
		if !v.OK || v.Notes != sound+1 || v.Vectors != v.Chunks-1 {
			return fmt.Errorf("%d notes, %d passages, %d vectors: %v", v.Notes, v.Chunks, v.Vectors, s)
		}
		return w.finds("curlew", "poison.md") // by words, as ever
	})
	stop()
	<-killed
	r.try("index: after two deaths", func() error { // but for one that came when the text had just been read
		if deaths < deadly || deaths > 2*deadly {
			return fmt.Errorf("%d deaths", deaths)
		}
		return nil
	})
}
