package postgres_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/store/text"
	"amalfa/testdata/pgserver"
)

// A note that goes because it is private leaves no trace; one that merely goes is told of.
func TestPrivateLeavesNoTrace(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func(id, word string) store.Put {
		p := storetest.Note(id, word, "of "+word)
		p.Note.Hash = "hash of " + word
		p.Edges = []store.Edge{{Source: id, Target: "b.md", Type: "LINKS_TO", Line: 1, Sentence: "a sentence of " + word}}
		return p
	}
	term := func(id, word string) store.Term {
		return store.Term{ID: "term:" + word, Stem: word, Name: word, Kind: "title", State: "active",
			Edges: []store.TermEdge{{Edge: store.Edge{Source: id, Target: "term:" + word, Type: "DEFINES", Line: 1, Sentence: word}, Evidence: id}}}
	}
	storetest.Apply(t, s, store.Batch{Puts: []store.Put{put("a.md", "quokka"), put("b.md", "wombat"), put("c.md", "numbat")}})
	if err := s.SetTerms(t.Context(), []store.Term{term("a.md", "quokka"), term("b.md", "wombat")}); err != nil {
		t.Fatal(err)
	}
	storetest.Apply(t, s, store.Batch{Puts: []store.Put{put("moved/a.md", "quokka")}, Deletes: []string{"a.md"}})
	database := url[strings.LastIndex(url, "/")+1:]
	if all := everyRow(t, srv, database); !strings.Contains(all, "quokka") || !strings.Contains(all, "moved/a.md") {
		t.Fatalf("the test does not see what is there: %s", all)
	}
	storetest.Apply(t, s, store.Batch{Deletes: []string{"moved/a.md", "c.md"}, Private: []string{"moved/a.md", "never.md"}})
	all := everyRow(t, srv, database)
	for _, word := range []string{"quokka", "a.md"} {
		if at := strings.Index(all, word); at >= 0 {
			t.Errorf("%q is left: …%.200s", word, all[max(0, at-100):])
		}
	}
	if got := storetest.Found(t, s, text.Phrase("wombat")); len(got) != 1 {
		t.Errorf("found %q", got)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	h, err := s.Changes(t.Context(), 0, 100)
	if err != nil || fmt.Sprintf("%d %s %t", len(h.Events), h.Events[len(h.Events)-1].Path, h.Pruned) != "3 c.md false" {
		t.Errorf("%+v %v", h, err)
	}
}

// everyRow is all that the tables of the schema hold, with what is in bytes as text.
func everyRow(t *testing.T, srv *pgserver.Server, database string) string {
	t.Helper()
	var all strings.Builder
	for table := range strings.FieldsSeq(srv.SQL(t, database, "SELECT relname FROM pg_class WHERE relnamespace = 'amalfa'::regnamespace AND relkind IN ('r', 'p')")) {
		columns := map[string]string{"pages": "encode(t.data, 'escape')", "segments": "encode(t.list, 'escape') || encode(t.directory, 'escape')"}
		all.WriteString(srv.SQL(t, database, "SELECT string_agg("+cmp.Or(columns[table], "t::text")+", chr(10)) FROM amalfa."+table+" t"))
	}
	return all.String()
}
