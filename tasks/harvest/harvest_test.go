package harvest

import (
	"slices"
	"testing"
	"time"

	"amalfa/store"
)

func text(c store.Chunk) string { return c.Text }

func TestFrom(t *testing.T) {
	n := store.Note{ID: "a.md", Title: "Tide gauge", Kind: "markdown"}
	e := From(n, []store.Chunk{{Note: "a.md", FirstLine: 3, LastLine: 5, Heading: []string{"Tide gauge"},
		Text: "A stilling basin is a pipe that keeps waves out.\nThe **float** rises. The paper drum is deprecated, the stilling basin is not.\nThe paper drum is old."}}, text)
	kinds, retired := map[string]string{}, []string{}
	for _, x := range e.Entities {
		kinds[x.Name] = x.Kind
		if x.Retired {
			retired = append(retired, x.Name)
		}
	}
	if kinds["Tide gauge"] != Title || kinds["stilling basin"] != Definition || kinds["float"] != Bold || kinds["paper drum"] != Statistic {
		t.Errorf("%v", kinds)
	}
	if !slices.Equal(retired, []string{"paper drum"}) {
		t.Errorf("retired: %v", retired)
	}
	if len(e.Relations) != 1 || e.Relations[0].Target != "pipe" {
		t.Errorf("relations: %+v", e.Relations)
	}
}

func TestLexiconForgets(t *testing.T) {
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	one := Source{ID: "a.md", Day: day, Extract: Extract{Entities: []Entity{{Key: "crane", Name: "Crane", Kind: Title, Count: 1, Line: 1}}}}
	two := Source{ID: "b.md", Day: day.AddDate(2, 0, 0), Extract: Extract{Entities: []Entity{{Key: "crane", Name: "crane", Kind: Statistic, Count: 3, Line: 2}}}}
	other := Source{ID: "c.md", Day: day.AddDate(2, 0, 0)}
	all := Lexicon([]Source{one, two})
	if len(all) != 1 || all[0].State != Active || all[0].Notes != 2 || all[0].Name != "Crane" || len(all[0].Node().Edges) != 3 {
		t.Errorf("%+v", all)
	}
	if all := Lexicon([]Source{one, other}); all[0].State != Historical {
		t.Errorf("%+v", all)
	}
	if all := Lexicon([]Source{other}); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func FuzzFrom(f *testing.F) {
	for _, s := range []string{"", "A b is a c.", "潮汐表とは表である。", "**x** deprecated", "deprecated"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := From(store.Note{ID: "a.md", Title: s, Kind: "markdown"}, []store.Chunk{{Text: s, FirstLine: 1}}, text)
		if len(e.Entities) > maxEntities || len(e.Relations) > maxRelations {
			t.Fatal(len(e.Entities), len(e.Relations))
		}
		Lexicon([]Source{{ID: "a.md", Extract: e}})
	})
}
