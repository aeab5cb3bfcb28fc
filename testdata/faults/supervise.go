//go:build unix

package faults

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// F33: a service dies again and again.
func crashLoop(r *R) {
	w := r.world()
	w.notes(3)
	w.must("init", "--quiet")
	w.must("servers", "start")
	st := w.status("vector")
	var back []time.Duration
	deaths := 0
	r.try("started again", func() error {
		for deaths < 10 {
			pid := st.PID
			w.kill(pid, syscall.SIGSEGV)
			deaths++
			took, err := eventually(patience, func() error {
				st = w.status("vector")
				if st.State == "failed" || (st.State == "ready" && st.PID != pid && st.PID != 0) {
					return nil
				}
				return fmt.Errorf("vector is %s, pid %d", st.State, st.PID)
			})
			if err != nil {
				return err
			}
			if st.State == "failed" {
				return nil
			}
			back = append(back, took)
		}
		return fmt.Errorf("no limit after %d deaths", deaths)
	})
	r.try("then failed, with the cause", func() error {
		s := w.amalfa("servers")
		return s.expect(`(?i)vector[\s\S]*failed[\s\S]*(signal|SIGSEGV|segmentation|died)`, 0)
	})
	r.try("until it is asked for", func() error {
		w.must("vector", "start")
		if st := w.status("vector"); st.State != "ready" {
			return fmt.Errorf("vector is %s", st.State)
		}
		return nil
	})
	r.try("what stop-all stopped stays so", func() error {
		w.must("stop-all")
		<-time.After(time.Second)
		return w.amalfa("servers").expect(`vector .*stopped`, 0)
	})
	r.try("sound", w.whole)
	first := time.Duration(0)
	if len(back) > 0 {
		first = back[0]
	}
	r.figure("%d deaths, back after %.2f s at first, then failed", deaths, first.Seconds())
}

// F36: the program is replaced while its services run.
func upgrade(r *R) {
	w := r.world()
	w.notes(20)
	copied := filepath.Join(r.TempDir(), "amalfa")
	if err := copyFile(w.bin, copied); err != nil {
		r.Fatal(err)
	}
	w.bin = copied
	w.must("init", "--quiet")
	st := w.start("vector")
	w.start("watcher")
	r.try("replaced while it runs", func() error {
		plain, err := r.Plain() // another build of the same source
		if err != nil {
			return err
		}
		if err := copyFile(plain, copied+".new"); err != nil {
			return err
		}
		if err := os.Rename(copied+".new", copied); err != nil {
			return err
		}
		w.env["AMALFA_ORT_LIB"] = r.runtime() // the other build carries none
		if _, err := vector(st.Port, "hello"); err != nil {
			return err
		}
		w.note("after.md", "# After\n\nA phalarope after the upgrade.\n")
		_, err = eventually(patience, func() error { return w.finds("phalarope", "after.md") })
		return err
	})
	r.try("said so", func() error { return w.amalfa("servers").expect(`(?i)restart`, 0) })
	var refused, served atomic.Int64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() { // callers that go on while all is replaced
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			// A search makes vectors of its own where the service is away, and then says so.
			if f, err := w.searchBy("hybrid", fmt.Sprintf("word%dx", i%20)); err != nil || len(f.Results) == 0 {
				refused.Add(1)
			} else {
				served.Add(1)
			}
		}
	}()
	r.try("restarted, one by one", func() error {
		for _, service := range []string{"vector", "watcher"} {
			if s := w.amalfa(service, "restart"); s.code != 0 {
				return fmt.Errorf("%v", s)
			}
		}
		if now := w.status("vector"); now.PID == st.PID || now.State != "ready" {
			return fmt.Errorf("vector is %s, pid %d", now.State, now.PID)
		}
		return nil
	})
	close(done)
	<-stopped
	r.try("no search without an answer", func() error {
		if n := refused.Load(); n > 0 {
			return fmt.Errorf("%d of %d", n, n+served.Load())
		}
		return nil
	})
	r.try("an index of a newer program is refused, and left as it is", func() error {
		w.end()
		db := w.path(".amalfa/amalfa.db")
		if err := schema(db, 999); err != nil {
			return err
		}
		if err := w.amalfa("init").expect("newer", 5); err != nil {
			return err
		}
		return schema(db, schemaVersion(w))
	})
	r.try("sound", w.whole)
	r.figure("%d searches meanwhile, 0 without an answer", served.Load())
}

// schemaVersion is the layout of an index that this program makes.
func schemaVersion(w *world) int {
	w.Helper()
	other := w.R.world()
	other.note("a.md", "# A\n")
	other.must("init", "--quiet", "--no-daemon")
	n, err := schemaOf(other.path(".amalfa/amalfa.db"))
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

func superviseRows() []row {
	return []row{
		{"F26", "a folder on a network, without events", false, networkFolder},
		{"F32", "mixed load: memory, descriptors, goroutines", true, soak},
		{"F33", "a service that dies again and again", false, crashLoop},
		{"F34", "a text that kills the model's process", false, poisoned},
		{"F35", "a fresh machine on which all is missing", false, freshMachine},
		{"F36", "the program is replaced while its services run", false, upgrade},
		{"X5", "64 descriptors", false, fewDescriptors},
		{"X6", "the clock of running services jumps a day", false, clockJumps},
	}
}
