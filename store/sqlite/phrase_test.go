package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/store"
	"amalfa/store/batch"
	"amalfa/store/text"
)

// pieces are what generated texts are made of: every script, and words that share stems, parts and beginnings.
var pieces = strings.Fields(`tide tides tidal table tables the of water waters getTideTable get_tide_table max_rows C++ C# v1.5 x15 wait-free
	naïve naive café Ünïcödé straße вода воды вода́ νερό νερού מים מַיִם ماء مَاء पानी पानीं 潮 満潮 満潮時 干潮の時刻 高潮 大潮 水位 밀물 썰물 밀물과 썰물이 น้ำ น้ำขึ้น น้ำลง
	ទឹក ရေ ཆུ 🌊 🏄 👩‍🔬 🇫🇷 ﬁne １２３ ½ a b ab ba 3 33 --flag path/to/file.go`)

func pieceText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(pieces[r.IntN(len(pieces))])
		b.WriteString([]string{" ", " ", " ", "", ", ", "-", "\n"}[r.IntN(7)])
	}
	return b.String()
}

// phrases are expressions over what the texts may hold: phrases of their pieces, single terms and beginnings of terms.
func phrases(r *rand.Rand) []string {
	var list []string
	for range 150 {
		list = append(list, text.Phrase(pieceText(r, 1+r.IntN(4))))
		for _, term := range text.QueryTerms(pieceText(r, 1)) {
			list = append(list, text.Term(term))
		}
		terms := text.Terms(pieceText(r, 1+r.IntN(2)))
		if len(terms) == 0 {
			continue
		}
		last := []rune(terms[len(terms)-1])
		terms[len(terms)-1] = string(last[:1+r.IntN(len(last))])
		list = append(list, text.Term(strings.Join(terms, " ")+text.AnyEnd))
	}
	return slices.DeleteFunc(list, func(expr string) bool { return expr == "" })
}

// What chunks hold a phrase or the beginning of a word is what SQLite's FTS5 finds, whatever was added, changed and removed in
// whatever batches.
func TestPhrasesAreThoseOfFTS5(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := fresh(t)
	asked, hits := 0, 0
	for step := range 40 {
		var b store.Batch
		for range 1 + r.IntN(8) {
			id := fmt.Sprintf("%s%d.md", pieces[r.IntN(8)], r.IntN(10))
			if r.IntN(4) == 0 {
				b.Deletes = append(b.Deletes, id)
				continue
			}
			var texts []string
			for range r.IntN(30) {
				texts = append(texts, pieceText(r, 1+r.IntN(30)))
			}
			b.Puts = append(b.Puts, note(id, pieceText(r, 2), texts...))
		}
		check(t, s.Apply(context.Background(), b))
		if step%8 != 7 {
			continue
		}
		check(t, s.Check(context.Background()))
		fts := fts5Of(t, s)
		for _, expr := range phrases(r) {
			got, err := s.Keyword(context.Background(), expr, 1<<20)
			check(t, err)
			n, err := s.Count(context.Background(), expr, 1<<20)
			check(t, err)
			ids := idsOf(got)
			slices.Sort(ids)
			if d := cmp.Diff(fts(expr), ids, cmpopts.EquateEmpty()); d != "" || n != len(got) {
				t.Fatalf("step %d, %s: counted %d: %s", step, expr, n, d)
			}
			asked, hits = asked+1, hits+min(1, n)
		}
	}
	if t.Logf("%d expressions, %d found something", asked, hits); hits < asked/2 {
		t.Errorf("only %d of %d expressions found something", hits, asked)
	}
}

func idsOf(matches []store.Match) []int64 {
	var ids []int64
	for _, m := range matches {
		ids = append(ids, m.Chunk)
	}
	return ids
}

// fts5Of indexes the words of all chunks in a table of FTS5, as layouts 1 and 2 did, and returns what answers from it.
func fts5Of(t *testing.T, s *Store) func(expr string) []int64 {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	check(t, err)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE VIRTUAL TABLE words USING fts5(text, heading, title, path, content = '', tokenize = 'porter ascii tokenchars ''_+#''')`)
	check(t, err)
	notes, err := s.List(context.Background(), "", "", 0)
	check(t, err)
	for _, n := range notes {
		chunks, err := s.Chunks(context.Background(), n.ID)
		check(t, err)
		for _, c := range chunks {
			w := batch.Columns(c, batch.TermsOf(n))
			_, err := db.Exec("INSERT INTO words (rowid, text, heading, title, path) VALUES (?, ?, ?, ?, ?)", c.ID, w[0], w[1], w[2], w[3])
			check(t, err)
		}
	}
	return func(expr string) []int64 {
		var ids []int64
		rows, err := db.Query("SELECT rowid FROM words WHERE words MATCH ?", expr)
		check(t, each(rows, err, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		}))
		return ids
	}
}
