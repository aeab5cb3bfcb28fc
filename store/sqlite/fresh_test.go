package sqlite

import (
	"bytes"
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// oddNotes are notes with all that a put can hold, and what is odd in it.
func oddNotes() []store.Put {
	a := note("a/Índex.md", "Tide\x00 tables", "high water", "low water", "high water")
	a.Note.Tags, a.Note.Aliases = []string{"sea", "coast", "sea"}, []string{"Z", "Tides", "Z"}
	a.Note.Symbols = []string{"pkg.F", "pkg.A", "pkg.F"}
	a.Note.Date, a.Note.DateFrom = "2026-02-03", "front matter"
	a.Chunks[0].Seq, a.Chunks[2].Seq = 2, 0
	a.Chunks[1].Plain, a.Chunks[1].Hidden, a.Chunks[1].Note = "low\xffwater", "https://x.org", "elsewhere"
	a.Chunks[1].ID, a.Chunks[2].Heading = 77, nil
	a.Edges = []store.Edge{
		{Source: "x", Target: "b", Rule: notes.ByName, Type: "CITES", Weight: 0.1, Line: 2, Sentence: "<b>"},
		{Target: "tag:sea", Type: "TAGGED_AS", Weight: 1, Line: 1, Resolved: true}, {Target: "nowhere/x.md", Rule: notes.ByPath, Root: "r", Type: "LINKS_TO"},
	}
	b := note("b.md", "B", "high water")
	b.Note.Hash, b.File.State, b.File.Reason = "", store.Partial, "cut"
	return []store.Put{a, b, note("😀.md", ""), note("a/empty.md", "empty")}
}

func export(t *testing.T, s *Store) string {
	t.Helper()
	var out bytes.Buffer
	if err := s.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Notes that the index does not know are written another way than those it knows. What it holds then is the same, checksums too.
func TestFreshNotesAsKnownOnes(t *testing.T) {
	puts := oddNotes()
	quick, slow := fresh(t), fresh(t)
	apply(t, quick, store.Batch{Puts: puts})
	for _, p := range puts {
		apply(t, slow, store.Batch{Puts: []store.Put{{Note: store.Note{ID: p.Note.ID}}}})
	}
	apply(t, slow, store.Batch{Puts: puts})
	if diff := cmp.Diff(export(t, slow), export(t, quick)); diff != "" {
		t.Error(diff)
	}
	for _, query := range []string{"SELECT id || ' ' || sum || ' ' || title_terms FROM notes ORDER BY id", "SELECT name || ' ' || n.id FROM names JOIN notes n ON n.key = note ORDER BY 1"} {
		var lists [2][]string
		for i, s := range []*Store{slow, quick} {
			var err error
			if lists[i], err = column[string](s.db.QueryContext(t.Context(), query)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(lists[0], lists[1]); diff != "" || len(lists[0]) == 0 {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

// Another process may have put a note between the making of its draft and the transaction.
func TestDraftOfKnownNote(t *testing.T) {
	s := fresh(t)
	mine := store.Batch{Puts: []store.Put{note("a.md", "A", "mine"), note("b.md", "B", "mine too")}}
	drafts, err := s.drafts(t.Context(), mine.Puts)
	if err != nil || len(drafts) != 2 {
		t.Fatal(len(drafts), err)
	}
	apply(t, s, store.Batch{Puts: []store.Put{note("a.md", "A", "theirs")}})
	err = s.write(t.Context(), "write", func(tx *sql.Tx) error {
		w := newWriter(t.Context(), tx)
		defer w.close()
		return w.apply(mine, drafts)
	})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, store.Batch{})
	if diff := cmp.Diff([]string{"a.md:0", "b.md:0"}, found(t, s, text.Phrase("mine"))); diff != "" || len(found(t, s, text.Phrase("theirs"))) > 0 {
		t.Error(diff)
	}
}
