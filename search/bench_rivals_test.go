package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/assets"
)

// fts5Alone asks SQLite's own full text search for the same words of the same chunks, ranked by its bm25.
func fts5Alone(b *testing.B, st *sqlite.Store) []time.Duration {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(filepath.Dir(st.Path()), "fts5.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := fillFTS5(b.Context(), db, st); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		for _, q := range questions() {
			start := time.Now()
			if n := fts5Matches(b, db, q); n == 0 {
				b.Fatal(q)
			}
			took = append(took, time.Since(start))
		}
	}
	return took
}

// fillFTS5 makes a table of the texts, when there is none yet.
func fillFTS5(ctx context.Context, db *sql.DB, st store.Store) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`CREATE VIRTUAL TABLE words USING fts5(text, content = '', tokenize = 'porter')`); err != nil {
		return nil // it is there
	}
	notes, err := st.List(ctx, "", "", 0)
	for _, n := range notes {
		chunks, readErr := st.Chunks(ctx, n.ID)
		err = errors.Join(err, readErr)
		for _, c := range chunks {
			_, insertErr := tx.Exec("INSERT INTO words (rowid, text) VALUES (?, ?)", c.ID, c.Text)
			err = errors.Join(err, insertErr)
		}
	}
	return errors.Join(err, tx.Commit())
}

// fts5Matches reads the best hundred matches of any of the words.
func fts5Matches(b *testing.B, db *sql.DB, question string) (n int) {
	b.Helper()
	rows, err := db.Query("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 100", strings.Join(strings.Fields(question), " OR "))
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var id int64
		if err := rows.Scan(&id); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return n
}

// numpyLoop compares questions with all vectors in numpy, on all cores, one question after the other, and picks the best hundred.
// The vectors are the last part of the file.
func numpyLoop(b *testing.B, file string, rows int) []time.Duration {
	cmd := exec.Command(assets.Python(b, "numpy"), "-c", fmt.Sprintf(`
import numpy as np, os, time
n, dim, file = %d, %d, %q
d = np.fromfile(file, "<f4", offset=os.path.getsize(file) - 4 * n * dim).reshape(n, dim)
assert abs(np.linalg.norm(d[n // 2]) - 1) < 1e-3
r = np.random.default_rng(1)
for i in range(65):
    q = r.standard_normal(dim, dtype="f4")
    t = time.perf_counter()
    s = d @ q
    best = np.argpartition(-s, 100)[:100]
    best = best[np.argsort(-s[best])]
    if i >= 5: print(time.perf_counter() - t)`, rows, benchDim, file))
	var took []time.Duration
	for b.Loop() {
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			d, err := time.ParseDuration(strings.TrimSpace(line) + "s")
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, d)
		}
	}
	return took
}
