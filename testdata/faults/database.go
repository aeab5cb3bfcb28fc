//go:build unix

package faults

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
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
	from := time.Now()
	for time.Since(from) < hold {
		r.try("search", func() error {
			f, err := w.search("sacks")
			if err == nil && len(f.Results) != 30 {
				err = fmt.Errorf("%d of 30 notes", len(f.Results))
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
	r.try("four writers and four readers at once", func() error {
		w.start("watcher")
		var together sync.WaitGroup
		for i := range 8 {
			together.Go(func() {
				if i%2 == 0 {
					w.note(fmt.Sprintf("w%d.md", i), fmt.Sprintf("# W\n\nWriter%dx.\n", i))
					w.must("init", "--quiet")
				} else if _, err := w.search("keel"); err != nil {
					r.Error(err)
				}
			})
		}
		together.Wait()
		w.must("watcher", "stop")
		return w.whole()
	})
	r.figure("held %v; init waited %.1f s", hold, slowest.Seconds())
}

// A damage spoils the files of an index in a folder.
type damage struct {
	what string
	do   func(r *R, dir string) error
}

var damages = []damage{
	{"one byte", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db"), 1) }},
	{"1000 bytes", func(r *R, dir string) error { return flip(r, filepath.Join(dir, "amalfa.db"), 1000) }},
	{"cut short", func(r *R, dir string) error {
		return os.Truncate(filepath.Join(dir, "amalfa.db"), int64(r.intn(100000)))
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

func schema(path string, version int) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(fmt.Sprintf("PRAGMA user_version=%d", version))
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
				return fmt.Errorf("not a word, and another answer: %.2000v, not %.2000v", f.Results, right.Results)
			}
			if w.must("init", "--quiet"); w.aside() {
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
	r.figure("%d said so at once; %d built anew by init, %d by the one after validate; silent wrong answers 0", said, anew, hidden)
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
func (w *world) aside() bool {
	w.Helper()
	paths, err := filepath.Glob(w.path(".amalfa/amalfa.db.aside-*"))
	if err != nil {
		w.Fatal(err)
	}
	return len(paths) > 0
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
