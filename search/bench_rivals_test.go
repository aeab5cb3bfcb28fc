package search

import (
	"database/sql"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/assets"
)

// fts5Alone asks SQLite's own full text search for the same words on the same rows, ranked by its bm25.
func fts5Alone(b *testing.B, path string) []time.Duration {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
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
