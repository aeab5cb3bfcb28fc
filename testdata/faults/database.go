//go:build unix

package faults

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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
	{"no -wal", func(r *R, dir string) error { return os.RemoveAll(filepath.Join(dir, "amalfa.db-wal")) }},
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
	want := w.clean()
	w.must("init", "--quiet")
	dir, kept := w.path(".amalfa"), filepath.Join(r.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(dir)); err != nil {
		r.Fatal(err)
	}
	said, forced := 0, 0
	for i := range r.rounds(len(damages), 100) {
		d := damages[i%len(damages)]
		r.try(d.what, func() error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			if err := os.CopyFS(dir, os.DirFS(kept)); err != nil {
				return err
			}
			if err := os.Chmod(dir, 0o700); err != nil {
				return err
			}
			if err := d.do(r, dir); err != nil {
				return err
			}
			f, err := w.searchBy("hybrid", "sacks")
			if err != nil || len(f.Degraded) > 0 {
				said++
			} else if len(f.Results) != 40 {
				return fmt.Errorf("%d of 40 notes, and not a word: a silent wrong answer", len(f.Results))
			}
			if s := w.amalfa("init", "--quiet"); s.code != 0 { // it names the command that mends, which has to
				if err := s.expect(`run "amalfa init --force"`, 5); err != nil {
					return err
				}
				w.must("init", "--force", "--quiet")
				forced++
			}
			if err := w.whole(); err != nil {
				return err
			}
			return w.equal(want)
		})
	}
	r.figure("%d said so at once, %d mended by init --force, silent wrong answers 0", said, forced)
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
