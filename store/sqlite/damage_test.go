package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amalfa/store"
	"amalfa/store/text"
)

var bitsToFlip = flag.Int("bits", 100, "single bits that TestTurnedBits turns, one at a time")

// whole is a closed index with something of everything, in several segments, and what it answers.
func whole(t *testing.T) (data []byte, answers string) {
	t.Helper()
	ctx := context.Background()
	s := varied(t)
	for n := range 6 {
		b := store.Batch{Vectors: map[string][]float32{}, Model: model3}
		for i := range 10 {
			p := note(fmt.Sprintf("n%d.md", 10*n+i), fmt.Sprintf("Title %d", i), fmt.Sprintf("ebb and flood %d", n), fmt.Sprintf("spring tide %d", i))
			p.Note.Tags = []string{"sea", fmt.Sprintf("t%d", i)}
			p.Edges = []store.Edge{{Target: fmt.Sprintf("n%d", i), Type: "LINKS_TO", Weight: 1, Line: 3, Sentence: "See it."}}
			for _, c := range p.Chunks {
				b.Vectors[c.Hash] = []float32{float32(n) + 1, float32(i), 1}
			}
			b.Puts = append(b.Puts, p)
		}
		b.Deletes = []string{fmt.Sprintf("n%d.md", 10*n-3)}
		apply(t, s, b)
	}
	answers = answersOf(ctx, s)
	check(t, s.Close())
	data, err := os.ReadFile(s.Path())
	check(t, err)
	return data, answers
}

// answersOf is all that an index says, as text.
func answersOf(ctx context.Context, s *Store) string {
	var out bytes.Buffer
	say := func(answer any, err error) { fmt.Fprintln(&out, answer, err) }
	say(nil, s.Export(ctx, &out))
	for _, expr := range []string{text.Term("tide"), text.Term("flood"), text.Phrase("ebb and flood 3"), text.Phrase("満潮"), text.Phrase("満"), text.Term("sea")} {
		say(s.Keyword(ctx, expr, 100))
	}
	say(s.Nearest(ctx, model3.Digest, []float32{0, .6, .8}, 100, nil))
	for i := range 60 {
		say(s.Edges(ctx, fmt.Sprintf("n%d.md", i), store.Both))
		say(s.Find(ctx, fmt.Sprintf("n%d", i)))
	}
	for _, c := range []store.Condition{{By: store.ByTag, Values: []string{"sea"}}, {By: store.ByPath, Values: []string{"docs"}}, {By: store.ByAfter, Values: []string{"2020-01-01"}}} {
		say(s.Newest(ctx, []store.Condition{c}, 100))
	}
	say(s.Changes(ctx, 0, 1000))
	say(s.ChangesOf(ctx, "n7.md", 10))
	stats, err := s.Stats(ctx)
	stats.Bytes = 0
	say(stats, err)
	return out.String()
}

// verdict opens a damaged copy and tells whether it is called corrupt. It fails the test when it is called sound and then fails or
// answers otherwise, and when the error is of another kind.
func verdict(t *testing.T, what string, data []byte, answers string) (corrupt bool) {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "amalfa.db")
	check(t, os.WriteFile(path, data, 0o600))
	s, err := Open(ctx, path, Options{})
	if err == nil {
		defer s.Close()
		err = s.Check(ctx)
	}
	switch {
	case errors.Is(err, store.ErrCorrupt), errors.Is(err, store.ErrNewer), errors.Is(err, store.ErrNoIndex):
		if strings.Contains(err.Error(), "sql: no rows") {
			t.Errorf("%s: %v", what, err)
		}
		return true
	case err != nil:
		t.Errorf("%s: not named corrupt: %v", what, err)
	default:
		if got := answersOf(ctx, s); got != answers {
			t.Errorf("%s: called sound, and answers otherwise: %s", what, firstDifference(answers, got))
		}
	}
	return false
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: %.200q, was %.200q", i, y[i], x[i])
		}
	}
	return fmt.Sprintf("%d lines, were %d", len(y), len(x))
}

// Whichever single bit of the file turns over, the index is called corrupt, or answers as before.
func TestTurnedBits(t *testing.T) {
	data, answers := whole(t)
	r := rand.New(rand.NewPCG(7, 8))
	noticed := 0
	for range *bitsToFlip {
		at, bit := r.IntN(len(data)), r.IntN(8)
		data[at] ^= 1 << bit
		if verdict(t, fmt.Sprintf("bit %d of byte %d", bit, at), data, answers) {
			noticed++
		}
		data[at] ^= 1 << bit
	}
	t.Logf("%d of %d turned bits noticed; the others are in unused space", noticed, *bitsToFlip)
}

// Every single bit of a vector is covered.
func TestTurnedBitsOfAVector(t *testing.T) {
	data, answers := whole(t)
	vector := readBlob(t, data, "SELECT data FROM vectors ORDER BY key DESC LIMIT 1")
	at := bytes.LastIndex(data, vector)
	for i := range 8 * len(vector) {
		data[at+i/8] ^= 1 << (i % 8)
		if !verdict(t, fmt.Sprintf("bit %d of a vector", i), data, answers) {
			t.Errorf("bit %d of a vector turned over unnoticed", i)
		}
		data[at+i/8] ^= 1 << (i % 8)
	}
}

func readBlob(t *testing.T, data []byte, query string) (blob []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "amalfa.db")
	check(t, os.WriteFile(path, data, 0o600))
	db, err := sql.Open("sqlite", fileURL(path))
	check(t, err)
	defer db.Close()
	check(t, db.QueryRow(query).Scan(&blob))
	return blob
}

// Rows that are gone, cut or changed where SQLite sees nothing wrong are noticed.
func TestDamagedRows(t *testing.T) {
	data, answers := whole(t)
	for _, script := range []string{
		"DELETE FROM pages WHERE key = (SELECT min(key) FROM pages)",
		"DELETE FROM pages WHERE key = (SELECT max(key) FROM pages)",
		"DELETE FROM pages",
		"INSERT INTO pages (data) SELECT data FROM pages LIMIT 1",
		"UPDATE pages SET data = substr(data, 1, length(data) / 2)",
		"UPDATE pages SET data = zeroblob(length(data)) WHERE key = (SELECT max(key) FROM pages)",
		"UPDATE pages SET data = (SELECT data FROM pages ORDER BY key LIMIT 1)",
		"DROP TABLE pages",
		"DELETE FROM segments WHERE key = (SELECT min(key) FROM segments)",
		"UPDATE segments SET words = words + 65536 WHERE key = (SELECT min(key) FROM segments)",
		"UPDATE segments SET chunks = chunks + 1 WHERE key = (SELECT min(key) FROM segments); UPDATE segments SET chunks = chunks - 1 WHERE key = (SELECT max(key) FROM segments)",
		"UPDATE segments SET list = x''", "UPDATE segments SET directory = substr(directory, 2)",
		"UPDATE vectors SET data = substr(data, 1, 8) WHERE key = (SELECT min(key) FROM vectors)",
		"UPDATE vectors SET data = 'text' WHERE key = (SELECT min(key) FROM vectors)",
		"DELETE FROM vectors WHERE key = (SELECT max(key) FROM vectors)",
		"DELETE FROM models", "UPDATE models SET dim = 2",
		"DELETE FROM chunks WHERE id = (SELECT min(id) FROM chunks)",
		"UPDATE chunks SET id = 9999 WHERE id = (SELECT min(id) FROM chunks)",
		"UPDATE chunks SET text = replace(text, 'tide', 'Tide')", "UPDATE chunks SET text = substr(text, 1, 3)",
		"UPDATE chunks SET heading = '[' WHERE id = (SELECT max(id) FROM chunks)",
		"UPDATE chunks SET first_line = 'x' WHERE id = (SELECT max(id) FROM chunks)",
		"UPDATE chunks SET last_line = 7 WHERE id = (SELECT max(id) FROM chunks)",
		"UPDATE chunks SET passage = (SELECT min(key) FROM passages)",
		"UPDATE passages SET hash = 'c:other' WHERE key = (SELECT min(key) FROM passages)",
		"DELETE FROM passages WHERE key = (SELECT max(key) FROM passages)",
		"DELETE FROM notes WHERE id = 'n1.md'", "UPDATE notes SET title = 'Other' WHERE id = 'n1.md'",
		"UPDATE notes SET title_terms = 'other' WHERE id = 'n1.md'", "UPDATE notes SET kind = 'other' WHERE id = 'n1.md'",
		"DELETE FROM tags WHERE note = (SELECT min(note) FROM tags)", "UPDATE tags SET tag = 'lake' WHERE tag = 'sea'",
		"DELETE FROM names WHERE name = 'n1'", "DELETE FROM aliases", "DELETE FROM edges WHERE key = (SELECT min(key) FROM edges)",
		"UPDATE edges SET sentence = 'No.' WHERE key = (SELECT max(key) FROM edges)",
		"DELETE FROM files WHERE id = 'n1.md'", "UPDATE files SET hash = 'h' WHERE id = 'n1.md'", "UPDATE files SET reason = 'r' WHERE id = 'x.bin'", "UPDATE history SET path = 'n.md' WHERE cursor = 5", "UPDATE files SET state = 'failed' WHERE id = 'n1.md'",
		"DELETE FROM meta WHERE name = 'generation'", "DELETE FROM meta WHERE name = 'model'", "DELETE FROM meta WHERE name = 'stamp'",
		"DELETE FROM meta WHERE name = 'complete_since'", "DELETE FROM meta WHERE name = 'sum'",
		"UPDATE meta SET value = 'd4' WHERE name = 'model'", "UPDATE meta SET value = value - 1 WHERE name = 'generation'",
	} {
		t.Run(script, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "amalfa.db")
			check(t, os.WriteFile(path, data, 0o600))
			execute(t, path, script)
			damaged, err := os.ReadFile(path)
			check(t, err)
			if bytes.Equal(damaged, data) {
				t.Fatal("it changed nothing")
			}
			if !verdict(t, script, damaged, answers) {
				t.Error("unnoticed")
			}
		})
	}
}

// A question that meets a damaged page or vector says that the index is corrupt; it never speaks of rows.
func TestQuestionsToADamagedIndex(t *testing.T) {
	data, _ := whole(t)
	ctx := context.Background()
	for script, ask := range map[string]func(*Store) error{
		"DELETE FROM pages": func(s *Store) error {
			_, err := s.Keyword(ctx, text.Term("tide"), 10)
			return err
		},
		"UPDATE pages SET data = substr(data, 2)": func(s *Store) error {
			_, err := s.Matching(ctx, text.Phrase("spring tide"), []int64{1, 2, 3})
			return err
		},
		"UPDATE vectors SET data = zeroblob(length(data))": func(s *Store) error {
			_, err := s.Nearest(ctx, model3.Digest, []float32{1, 0, 0}, 3, nil)
			return err
		},
		"DROP TABLE segments": func(s *Store) error {
			_, err := s.Count(ctx, text.Term("tide"), 10)
			return err
		},
		"DELETE FROM meta WHERE name = 'generation'": func(s *Store) error {
			_, err := s.DataVersion(ctx)
			return err
		},
	} {
		path := filepath.Join(t.TempDir(), "amalfa.db")
		check(t, os.WriteFile(path, data, 0o600))
		execute(t, path, script)
		s := open(t, path, Options{ReadOnly: true})
		if err := ask(s); !errors.Is(err, store.ErrCorrupt) || slices.Contains(strings.Split(err.Error(), ": "), "sql") {
			t.Errorf("%s: %v", script, err)
		}
	}
}
