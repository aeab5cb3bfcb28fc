//go:build unix

package faults

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the same version as the program has
)

// F11: another program holds the database for itself.
func locked(r *R) {
	w := r.world()
	w.notes(30)
	w.must("init", "--quiet")
	hold := time.Duration(r.rounds(3, 30)) * time.Second
	db, err := sql.Open("sqlite", w.path(".amalfa/amalfa.db"))
	if err != nil {
		r.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		r.Fatal(err)
	}
	if _, err := conn.ExecContext(context.Background(), "BEGIN EXCLUSIVE"); err != nil {
		r.Fatal(err)
	}
	var slowest time.Duration
	var reads []time.Duration
	var agents []*agent
	for range 4 {
		agents = append(agents, w.mcp())
	}
	for from, i := time.Now(), 0; time.Since(from) < hold; i++ {
		r.try("search", func() error {
			f, err := w.search("sacks")
			if err == nil && len(f.Results) != 30 {
				err = fmt.Errorf("%d of 30 notes", len(f.Results))
			}
			return err
		})
		r.try("an agent's search", func() error {
			from := time.Now()
			result, err := agents[i%4].call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": "word0x"}})
			reads = append(reads, time.Since(from))
			if err == nil && !strings.Contains(string(result), "n0.md") {
				err = fmt.Errorf("%.300s", result)
			}
			return err
		})
	}
	var wg sync.WaitGroup
	w.note("new.md", "# New\n\nA new bittern.\n")
	wg.Go(func() {
		r.try("init waits, or says who holds it", func() error {
			s := w.amalfa("init", "--quiet")
			slowest = s.took
			if s.code != 0 {
				return s.expect(`(?i)(busy|locked|held)`, 1, 5)
			}
			return nil
		})
	})
	<-time.After(time.Second)
	if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		r.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		r.Fatal(err)
	}
	wg.Wait()
	r.try("afterwards", func() error {
		if err := w.whole(); err != nil {
			return err
		}
		return w.finds("bittern", "new.md")
	})
	r.try("four writers, four readers and four agents at once, and the watcher", func() error {
		w.start("watcher")
		var together sync.WaitGroup
		for i := range 12 {
			together.Go(func() {
				switch i % 3 {
				case 0:
					w.note(fmt.Sprintf("w%d.md", i), fmt.Sprintf("# W\n\nWriter%dx.\n", i))
					w.must("init", "--quiet")
				case 1:
					if _, err := w.search("keel"); err != nil {
						r.Error(err)
					}
				default:
					if _, err := agents[i/3].call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": "keel"}}); err != nil {
						r.Error(err)
					}
				}
			})
		}
		together.Wait()
		w.must("watcher", "stop")
		return w.whole()
	})
	for _, a := range agents {
		r.try("the agent ends", a.close)
	}
	r.figure("held %v, of which init waited %.1f s; an agent's search meanwhile p99 %d ms", hold, slowest.Seconds(), percentile(reads, 0.99).Milliseconds())
}

// A damage spoils the files of an index in a folder.
type damage struct {
	what string
	do   func(r *R, dir string) error
}

var damages = []damage{
	{"one byte", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db"), 1) }},
	{"1000 bytes", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db"), 1000) }},
	{"10 bytes", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db"), 10) }},
	{"100 bytes", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db"), 100) }},
	{"its head", func(r *R, dir string) error { return overwrite(r, filepath.Join(dir, "amalfa.db"), 0, 100) }},
	{"a page of zeros", func(r *R, dir string) error {
		return overwrite(nil, filepath.Join(dir, "amalfa.db"), 4096*int64(1+r.intn(20)), 4096)
	}},
	{"cut short", func(r *R, dir string) error {
		return os.Truncate(filepath.Join(dir, "amalfa.db"), int64(r.intn(100000)))
	}},
	{"cut in its last page", func(_ *R, dir string) error {
		fi, err := os.Stat(filepath.Join(dir, "amalfa.db"))
		if err != nil {
			return err
		}
		return os.Truncate(filepath.Join(dir, "amalfa.db"), fi.Size()-1)
	}},
	{"gone, its log left", func(_ *R, dir string) error { return os.Remove(filepath.Join(dir, "amalfa.db")) }},
	{"a table dropped", func(_ *R, dir string) error { return statement(filepath.Join(dir, "amalfa.db"), "DROP TABLE chunks") }},
	{"a column renamed", func(_ *R, dir string) error {
		return statement(filepath.Join(dir, "amalfa.db"), "ALTER TABLE notes RENAME COLUMN title TO caption")
	}},
	{"empty", func(r *R, dir string) error { return os.Truncate(filepath.Join(dir, "amalfa.db"), 0) }},
	{"not a database", func(r *R, dir string) error {
		return os.WriteFile(filepath.Join(dir, "amalfa.db"), []byte("hello, this is no database at all"), 0o600)
	}},
	{"an older schema's number", func(r *R, dir string) error { return schema(filepath.Join(dir, "amalfa.db"), 1) }},
	{"no -wal", func(r *R, dir string) error { return os.Remove(filepath.Join(dir, "amalfa.db-wal")) }},
	{"-wal: one byte", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db-wal"), 1) }},
	{"-wal: cut short", func(r *R, dir string) error {
		return os.Truncate(filepath.Join(dir, "amalfa.db-wal"), int64(r.intn(20000)))
	}},
	{"no -shm", func(r *R, dir string) error { return os.Remove(filepath.Join(dir, "amalfa.db-shm")) }},
	{"-shm of another index", func(r *R, dir string) error { return swap(r, dir, "amalfa.db-shm") }},
	{"-wal of another index", func(r *R, dir string) error { return swap(r, dir, "amalfa.db-wal") }},
	{"vectors of another index", func(r *R, dir string) error {
		return vectorsOf(dir, func(path string) error { return swap(r, dir, filepath.Base(path)) })
	}},
	{"random -shm", func(r *R, dir string) error { return random(r, filepath.Join(dir, "amalfa.db-shm"), 32768) }},
	{"random -wal", func(r *R, dir string) error { return random(r, filepath.Join(dir, "amalfa.db-wal"), 40000) }},
	{"vectors: one byte", func(r *R, dir string) error {
		return vectorsOf(dir, func(path string) error { return flip(r, path, 1) })
	}},
	{"vectors: cut short", func(r *R, dir string) error {
		return vectorsOf(dir, func(path string) error { return os.Truncate(path, int64(r.intn(20000))) })
	}},
	{"vectors: gone", func(r *R, dir string) error { return vectorsOf(dir, os.Remove) }},
	{"all gone", func(r *R, dir string) error { return os.RemoveAll(dir) }},
}

// flip turns bits of n bytes at random places.
func flip(r *R, path string, n int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for range n {
		data[r.intn(len(data))] ^= byte(1 + r.intn(255))
	}
	return os.WriteFile(path, data, 0o600)
}

func random(r *R, path string, n int) error {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.intn(256))
	}
	return os.WriteFile(path, data, 0o600)
}

func vectorsOf(dir string, do func(path string) error) error {
	paths, err := filepath.Glob(filepath.Join(dir, "vectors-*"))
	for _, path := range paths {
		err = do(path)
	}
	return err
}

// overwrite puts n random bytes, or zeros without an r, at a place of a file.
func overwrite(r *R, path string, at int64, n int) error {
	data := make([]byte, n)
	for i := range data {
		if r != nil {
			data[i] = byte(r.intn(256))
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt(data, at)
	return err
}

// swap puts a file of another index, whose writer was killed too, in the place of the index's own.
func swap(r *R, dir, name string) error {
	r.mu.Lock()
	if r.foreign == "" {
		r.mu.Unlock()
		other := r.world()
		other.notes(40)
		kept := other.killedIndex()
		r.mu.Lock()
		r.foreign = kept
	}
	r.mu.Unlock()
	data, err := os.ReadFile(filepath.Join(r.foreign, name))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), data, 0o600)
}

func schema(path string, version int) error {
	return statement(path, fmt.Sprintf("PRAGMA user_version=%d", version))
}

func statement(path, text string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(text)
	return err
}

// F12: the index is damaged in every way, and made anew from the notes.
func corrupted(r *R) {
	w := r.world()
	w.notes(40)
	dir := w.path(".amalfa")
	kept := w.killedIndex()
	want := w.clean()
	right, err := w.searchBy("hybrid", "sacks")
	if err != nil || len(right.Results) != 40 {
		r.Fatalf("%d of 40 notes: %v", len(right.Results), err)
	}
	damage := func(do func(*R, string) error) error {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.CopyFS(dir, os.DirFS(kept)); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			return err
		}
		return do(r, dir)
	}
	said, anew, hidden := 0, 0, 0
	for i := range r.rounds(len(damages), 100) {
		d := damages[i%len(damages)]
		r.try(d.what, func() error {
			if err := damage(d.do); err != nil {
				return err
			}
			f, err := w.searchBy("hybrid", "sacks")
			if err != nil || f.incomplete() {
				said++
			} else if !reflect.DeepEqual(f.Results, right.Results) {
				return fmt.Errorf("not a word, and another answer: %.2000s, not %.2000s", fmt.Sprint(f.Results), fmt.Sprint(right.Results))
			}
			if s := w.amalfa("init", "--quiet"); s.code != 0 {
				return fmt.Errorf("init: %v", s)
			}
			if w.aside() {
				anew++
			}
			if s := w.amalfa("validate", "--json"); s.code != 0 { // damage where nobody looked until now: the next init has heard of it
				hidden++
			}
			if err := w.whole(); err != nil {
				return err
			}
			return w.equal(want)
		})
	}
	r.try("mended by four at once", func() error {
		if err := damage(func(_ *R, dir string) error { // with its log, its head would be mended by that
			return cmp.Or(os.Remove(filepath.Join(dir, "amalfa.db-wal")), overwrite(r, filepath.Join(dir, "amalfa.db"), 0, 100))
		}); err != nil {
			return err
		}
		var together sync.WaitGroup
		for range 4 {
			together.Go(func() {
				if s := w.amalfa("init", "--quiet"); s.code != 0 {
					r.Errorf("init beside others: %v", s)
				}
			})
		}
		together.Wait()
		if n := len(w.asides()); n != 1 {
			return fmt.Errorf("it was set aside %d times", n)
		}
		if err := w.whole(); err != nil {
			return err
		}
		return w.equal(want)
	})
	r.try("set aside, file by file, while others open it", func() error { return w.setAsideSlowly(want) })
	r.try("a folder in its place is nobody's to remove", func() error {
		path := filepath.Join(dir, "amalfa.db")
		if err := damage(func(*R, string) error { return cmp.Or(os.Remove(path), os.Mkdir(path, 0o700)) }); err != nil {
			return err
		}
		for _, args := range [][]string{{"search", "sacks"}, {"init"}} {
			if err := w.amalfa(args...).expect("is not a regular file; remove it", 5); err != nil {
				return err
			}
		}
		return os.Remove(path)
	})
	r.try("of a newer program", func() error {
		if err := damage(func(_ *R, dir string) error { return schema(filepath.Join(dir, "amalfa.db"), 999) }); err != nil {
			return err
		}
		if err := w.amalfa("search", "sacks").expect("newer", 5); err != nil {
			return err
		}
		if err := w.amalfa("init").expect("newer", 5); err != nil {
			return err
		}
		if w.aside() {
			return fmt.Errorf("it was set aside")
		}
		return os.RemoveAll(dir)
	})
	r.figure("%d kinds; %d said so at once; %d built anew by init, %d by the one after validate; silent wrong answers 0", len(damages), said, anew, hidden)
}

// setAsideSlowly has init begin anew, and hold between the files that it sets aside where strace is there, while others search and
// write: each finds the old index or the new one.
func (w *world) setAsideSlowly(want map[string]string) error {
	var slowly []string
	if slow := []string{"strace", "-f", "-qq", "-o", os.DevNull, "-e", "trace=/rename", "-e", "inject=/rename:delay_exit=100000"}; works("strace", append(slow[1:], "true")...) == nil {
		slowly = slow
	}
	w.must("init", "--quiet")
	var together sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		together.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if f, err := w.search("sacks"); err != nil || len(f.Results) != 40 && !f.incomplete() {
					w.Errorf("search beside init --force: %d notes, %v", len(f.Results), err)
					return
				}
				if s := w.amalfa("init", "--quiet"); s.code != 0 {
					w.Errorf("init beside init --force: %v", s)
					return
				}
			}
		})
	}
	for range w.rounds(4, 20) {
		if s := w.through(slowly, "init", "--force", "--quiet"); s.code != 0 {
			w.Errorf("init --force beside others: %v", s)
		}
	}
	close(done)
	together.Wait()
	if err := w.whole(); err != nil {
		return err
	}
	return w.equal(want)
}

// killedIndex returns a copy of the folder of an index whose writer was killed, so that its log holds what the database lacks.
func (w *world) killedIndex() string {
	w.Helper()
	w.must("init", "--quiet")
	st := w.start("watcher")
	w.note("n1.md", noteText(1, 40, " and a late bunting"))
	if _, err := eventually(patience, func() error { return w.finds("bunting", "n1.md") }); err != nil {
		w.Fatal(err)
	}
	if err := w.vectorsOfAll(); err != nil {
		w.Fatal(err)
	}
	w.kill(st.PID, syscall.SIGKILL)
	if _, err := gone(st.PID, patience); err != nil {
		w.Fatal(err)
	}
	if fi, err := os.Stat(w.path(".amalfa/amalfa.db-wal")); err != nil || fi.Size() == 0 {
		w.Fatalf("there is no log: %v", err)
	}
	kept := filepath.Join(w.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(w.path(".amalfa"))); err != nil {
		w.Fatal(err)
	}
	return kept
}

// aside tells whether an index was set aside.
func (w *world) aside() bool { return len(w.asides()) > 0 }

func (w *world) asides() (paths []string) {
	w.Helper()
	paths, err := filepath.Glob(w.path(".amalfa/amalfa.db.aside-????????T??????.?????????"))
	if err != nil {
		w.Fatal(err)
	}
	return paths
}

// F15: the model in the settings is not the one of the index.
func otherModel(r *R) {
	w := r.world()
	w.notes(20)
	w.must("init", "--quiet")
	for _, width := range []int{16, 64} {
		r.try(fmt.Sprintf("32 → %d dimensions", width), func() error {
			w.end()
			w.env["EMBEDDING_MODEL"] = w.tinyModel(width)
			f, err := w.searchBy("hybrid", "sacks")
			if err != nil {
				return err
			}
			if len(f.Degraded) == 0 {
				return fmt.Errorf("vectors of two models were compared, or not a word was said")
			}
			if len(f.Results) != 20 {
				return fmt.Errorf("%d of 20 notes by keyword", len(f.Results))
			}
			if err := w.whole(); err != nil {
				return err
			}
			f, err = w.searchBy("hybrid", "sacks")
			if err == nil && len(f.Degraded) > 0 {
				err = fmt.Errorf("still degraded: %v", f.Degraded)
			}
			return err
		})
	}
	r.try("the same width, other weights", func() error {
		w.end()
		other := w.tinyModel(64)
		if err := os.Rename(filepath.Join(other, "model.onnx"), filepath.Join(other, "old")); err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(other, "old"))
		if err != nil {
			return err
		}
		data[len(data)/2] ^= 0x10 // in the middle of the table
		if err := os.WriteFile(filepath.Join(other, "model.onnx"), data, 0o600); err != nil {
			return err
		}
		w.env["EMBEDDING_MODEL"] = other
		f, err := w.searchBy("hybrid", "sacks")
		if err == nil && len(f.Degraded) == 0 {
			err = fmt.Errorf("vectors of two models were compared, or not a word was said")
		}
		if err != nil {
			return err
		}
		return w.whole()
	})
	r.figure("questions in another model's space 0")
}

func databaseRows() []row {
	return []row{
		{"F11", "database held by another program; many writers", false, locked},
		{"F12", "damaged database, sidecars and vectors", false, corrupted},
		{"F15", "another model, another width, other weights", false, otherModel},
	}
}

func schemaOf(path string) (n int, err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return n, db.QueryRow("PRAGMA user_version").Scan(&n)
}
