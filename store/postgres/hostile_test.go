package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/storetest"
)

// hostile are texts that mean something to SQL, to PostgreSQL's formats of arrays, copies and JSON, or to nobody.
var hostile = []string{
	`'; DROP TABLE amalfa.notes; --`, `'' OR ''='`, `" OR "x`, `\'; SELECT 1; --`, `$1`, `$$; DELETE FROM notes; $$`, `%`, `_`, `{a,"b",NULL}`, `NULL`,
	`\.`, `\N`, `\\x00`, "a\x00b", "\xff\xfe", "\xed\xa0\x80", "\U0010f800", "\U0010ffff", "\u202egnp.exe", "\u2028", "a\tb\nc\r", `E'\u0000'`, `:name`, `?`, `/* `, `[[1,2],"]`,
	`{"a": "\u0000"}`, strings.Repeat("'\"\\{", 20_000),
}

// hostileBatch has a text in every field of a batch that is one.
func hostileBatch(i int, text string) store.Batch {
	id, valid := fmt.Sprintf("%d %s.md", i, text), strings.ToValidUTF8(text, "\ufffd") // a file keeps lists as JSON, which has no other
	m := store.Model{Digest: "d" + text, Name: text, Dim: 2}
	return store.Batch{
		Puts: []store.Put{{
			Note: store.Note{ID: id, Title: text, Hash: text, Kind: text, Tags: []string{valid, valid + "/x"}, Aliases: []string{valid}, Date: text, DateFrom: text,
				Symbols: []string{strings.ReplaceAll(valid, "\x00", "")}},
			Chunks: []store.Chunk{{Heading: []string{valid, "h"}, Hash: id, Text: text, Plain: text + " plain", Hidden: text}},
			Edges: []store.Edge{{Target: text, Type: text, Sentence: text, Root: text}, {Target: notes.TagPrefix + text, Type: text},
				{Target: id, Rule: notes.ByPath, Type: "LINKS_TO"}},
		}},
		Files:   []store.File{{ID: "skipped " + id, State: store.Skipped, Reason: text, Hash: text, Chunker: text}},
		Others:  []store.Other{{ID: "other " + id}},
		Vectors: map[string][]float32{id: {.6, .8}}, Model: m,
	}
}

// A text is a text in every field: the server keeps and answers what a file does, and all its tables stay.
func TestHostileTextInEveryField(t *testing.T) {
	b := openBoth(t)
	ctx := t.Context()
	for i, text := range hostile {
		batch := hostileBatch(i, text)
		b.apply(t, batch)
		id := batch.Puts[0].Note.ID
		same(t, b, "a remark", func(st store.Store) (string, error) {
			if err := st.SetRemark(ctx, text, text); err != nil {
				return "", err
			}
			return st.Remark(ctx, text)
		})
		same(t, b, "a term", func(st store.Store) ([]store.Term, error) {
			term := store.Term{ID: notes.TermPrefix + text, Stem: text, Name: text, Kind: text, State: text,
				Edges: []store.TermEdge{{Edge: store.Edge{Source: notes.TermPrefix + text, Target: id, Type: notes.AppearsIn, Sentence: text}, Evidence: id}}}
			if err := st.SetTerms(ctx, []store.Term{term}); err != nil {
				return nil, err
			}
			return st.Terms(ctx)
		})
		same(t, b, "the note", func(st store.Store) (store.Note, error) { return st.Get(ctx, id) })
		same(t, b, "its edges", func(st store.Store) ([]store.Edge, error) { return st.Edges(ctx, id, store.Both) })
		same(t, b, "its events", func(st store.Store) (int, error) {
			events, err := st.ChangesOf(ctx, id, 5)
			return len(events), err
		})
		for _, by := range []store.By{store.ByTag, store.ByType, store.ByLink} {
			same(t, b, "filter "+string(by), func(st store.Store) (*store.Set, error) {
				return st.Select(ctx, []store.Condition{{By: by, Values: []string{text}}})
			})
		}
		same(t, b, "linkers", func(st store.Store) ([]string, error) { return st.Linkers(ctx, []string{notes.Key(text), text}) })
		same(t, b, "nearest", func(st store.Store) ([]store.Match, error) {
			return st.Nearest(ctx, batch.Model.Digest, []float32{1, 0}, 3, nil)
		})
		if t.Failed() {
			t.Fatalf("text %d: %.60q", i, text)
		}
	}
	if d := cmp.Diff(storetest.ExportOf(t, b.file), storetest.ExportOf(t, b.server)); d != "" {
		t.Errorf("exports differ:\n%.3000s", d)
	}
	for _, st := range []store.Store{b.server, b.file} {
		check(t, st.Check(ctx))
	}
}
