package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/store"
	"amalfa/store/sqlite"
)

// vault is a store filled with notes.
func vault(t testing.TB, puts ...store.Put) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Apply(context.Background(), store.Batch{Puts: puts}); err != nil {
		t.Fatal(err)
	}
	return s
}

// note makes a put with a chunk per text; the text is its own hash.
func note(id, title string, texts ...string) store.Put {
	p := store.Put{Note: store.Note{ID: id, Title: title, Hash: id}}
	for i, text := range texts {
		p.Chunks = append(p.Chunks, store.Chunk{Seq: i, FirstLine: i + 1, LastLine: i + 1, Hash: text, Text: text})
	}
	return p
}

// compass embeds by a table of directions in degrees.
type compass struct {
	degrees map[string]float64
	digest  string
	err     error
	dim     int
}

var compassModel = store.Model{Digest: "compass-digest", Name: "compass", Dim: 2}

func direction(degrees float64) []float32 {
	return []float32{float32(math.Cos(degrees * math.Pi / 180)), float32(math.Sin(degrees * math.Pi / 180))}
}

func (c compass) EmbedQuery(_ context.Context, text string) ([]float32, string, error) {
	degrees, ok := c.degrees[text]
	if !ok && c.err == nil {
		return nil, "", fmt.Errorf("no direction for %q", text)
	}
	return append(direction(degrees), make([]float32, c.dim)...), c.digest, c.err
}

// directed gives chunks, by text, their vectors.
func directed(t testing.TB, s *sqlite.Store, degrees map[string]float64) {
	t.Helper()
	vectors := map[string][]float32{}
	for text, d := range degrees {
		vectors[text] = direction(d)
	}
	ctx := context.Background()
	if err := s.Apply(ctx, store.Batch{Vectors: vectors, Model: compassModel}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetActiveModel(ctx, compassModel); err != nil {
		t.Fatal(err)
	}
}

func ask(t testing.TB, s *Searcher, q Query) Answer {
	t.Helper()
	a, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return a
}

// places lists an answer as id:line.
func places(a Answer) []string {
	var out []string
	for _, h := range a.Results {
		out = append(out, fmt.Sprintf("%s:%d", h.ID, h.Lines[0]))
	}
	return out
}

func TestKeywordQuestions(t *testing.T) {
	s := New(vault(t,
		note("tides.md", "Tides", "High water comes twice a day.", "Low water comes between them all."),
		note("moon.md", "Moon", "The moon pulls the water high on every day of the year."),
		note("api.md", "API", "Call getTideTable(max_rows) for the table."),
		note("ja.md", "潮汐", "満潮は一日に二回あります。"),
		note("go.md", "Languages", "Written in C++ and Go."),
	), nil, nil)
	for _, c := range []struct {
		query Query
		want  []string
	}{
		{Query{Text: "water"}, []string{"tides.md:1", "moon.md:1"}},
		{Query{Text: "water", Passages: true}, []string{"tides.md:1", "tides.md:2", "moon.md:1"}},
		{Query{Text: "water", Limit: 1}, []string{"tides.md:1"}},
		{Query{Text: `"high water"`}, []string{"tides.md:1"}},
		{Query{Text: "water -moon", Strict: true}, []string{"tides.md:1"}},
		{Query{Text: `water -"high water" -moon`, Strict: true}, []string{"tides.md:2"}},
		{Query{Text: "getTideTable"}, []string{"api.md:1", "tides.md:1"}},
		{Query{Text: "max_rows"}, []string{"api.md:1"}},
		{Query{Text: "満潮"}, []string{"ja.md:1"}},
		{Query{Text: "C++"}, []string{"go.md:1"}},
		{Query{Text: "moon"}, []string{"moon.md:1"}},
		{Query{Text: "languages.md"}, []string{"go.md:1"}},
		{Query{Text: "zebra crossing"}, nil},
		{Query{Text: `*" OR (water`}, []string{"tides.md:1", "moon.md:1"}},
	} {
		t.Run(c.query.Text, func(t *testing.T) {
			c.query.Mode = Keyword
			a := ask(t, s, c.query)
			if d := cmp.Diff(c.want, places(a)); d != "" {
				t.Error(d)
			}
			if len(a.Degraded) > 0 || a.Mode != Keyword || a.Query != c.query.Text {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestHybrid(t *testing.T) {
	st := vault(t,
		note("a.md", "A", "ebb and flood"), note("b.md", "B", "tide tables"), note("c.md", "C", "mountain huts", "the tide again"),
	)
	directed(t, st, map[string]float64{"ebb and flood": 10, "tide tables": 30, "mountain huts": 90, "the tide again": 60})
	s := New(st, compass{degrees: map[string]float64{"tide": 0}, digest: compassModel.Digest}, nil)
	a := ask(t, s, Query{Text: "tide"})
	if d := cmp.Diff([]string{"b.md:1", "a.md:1", "c.md:2"}, places(a)); d != "" {
		t.Error(d)
	}
	// Spread of the cosines: cos 10° = 0.985 down to cos 90° = 0. b: 0.33 + 0.67·(1-(0.985-0.866)/0.985) = 0.9192.
	first := a.Results[0]
	want := Scores{Keyword: first.Scores.Keyword, Vector: ptr(math.Cos(math.Pi / 6)), Fused: ptr(0.9192)}
	if d := cmp.Diff(want, first.Scores, cmpopts.EquateApprox(0, 1e-3)); d != "" {
		t.Error(d)
	}
	if first.Score <= 0 || first.Score >= 1 || *first.Scores.Keyword <= 0 || a.Results[1].Scores.Keyword != nil {
		t.Errorf("%+v", a.Results)
	}
	v := ask(t, s, Query{Text: "tide", Mode: Vector, Passages: true})
	if d := cmp.Diff([]string{"a.md:1", "b.md:1", "c.md:2", "c.md:1"}, places(v)); d != "" {
		t.Error(d)
	}
	if v.Results[0].Scores.Keyword != nil || v.Results[0].Scores.Fused != nil {
		t.Errorf("%+v", v.Results[0].Scores)
	}
}

// monoglot reads Latin letters alone.
type monoglot struct{ compass }

func (monoglot) Reads(text string) float64 {
	if strings.ContainsAny(text, "満潮干は") {
		return 0
	}
	return 1
}

// What the model cannot read is ranked by its words, however near its vector is.
func TestUnreadableIsRankedByWords(t *testing.T) {
	st := vault(t, note("a.md", "A", "干潮は昼"), note("b.md", "B", "満潮は夜"), note("c.md", "C", "tide tables 満潮"))
	directed(t, st, map[string]float64{"干潮は昼": 0, "満潮は夜": 60, "tide tables 満潮": 50})
	degrees := map[string]float64{"満潮": 0}
	near := ask(t, New(st, compass{degrees: degrees, digest: compassModel.Digest}, nil), Query{Text: "満潮"})
	words := ask(t, New(st, monoglot{compass{degrees: degrees, digest: compassModel.Digest}}, nil), Query{Text: "満潮"})
	if places(near)[0] != "a.md:1" || places(words)[0] != "b.md:1" {
		t.Errorf("read: %v; unread: %v", places(near), places(words))
	}
}

func ptr(f float64) *float64 { return &f }

func TestExactNamesComeFirst(t *testing.T) {
	puts := []store.Put{
		note("docs/kraken.md", "Beasts", "about something else"),
		note("x.md", "The Tide Book", "about another thing"),
		note("code.md", "Code", "see tide_book_v2 for it"),
	}
	degrees := map[string]float64{"about something else": 80, "about another thing": 85, "see tide_book_v2 for it": 70}
	for i := range 40 {
		text := fmt.Sprintf("kraken and the tide book %d", i)
		puts = append(puts, note(fmt.Sprintf("n%02d.md", i), "N", text))
		degrees[text] = float64(i)
	}
	st := vault(t, puts...)
	directed(t, st, degrees)
	asked := map[string]float64{"docs/kraken.md": 0, "kraken.md": 0, "kraken": 0, "the tide book": 0, "x": 0, "how does tide_book_v2 work": 0, "tide_book_v2": 0}
	s := New(st, compass{degrees: asked, digest: compassModel.Digest}, nil)
	for query, want := range map[string]string{
		"docs/kraken.md": "docs/kraken.md", "kraken.md": "docs/kraken.md", "kraken": "docs/kraken.md", "the tide book": "x.md", "x": "x.md",
		"how does tide_book_v2 work": "code.md", "tide_book_v2": "code.md",
	} {
		for _, mode := range []string{Hybrid, Keyword} {
			if a := ask(t, s, Query{Text: query, Mode: mode}); len(a.Results) == 0 || a.Results[0].ID != want {
				t.Errorf("%s %q: %v, want %s first", mode, query, places(a), want)
			}
		}
	}
}

func TestDegraded(t *testing.T) {
	st := vault(t, note("a.md", "A", "tide"))
	bare := vault(t, note("a.md", "A", "tide"))
	directed(t, st, map[string]float64{"tide": 0})
	known := map[string]float64{"tide": 0}
	for _, c := range []struct {
		name     string
		store    store.Store
		embedder Embedder
		why      string
	}{
		{"no embedder", st, nil, "no embedding model is at hand"},
		{"no vectors", bare, compass{degrees: known, digest: compassModel.Digest}, "the index holds no vectors yet"},
		{"down", st, compass{err: errors.New("connection refused")}, "the question could not be embedded (connection refused)"},
		{"another model", st, compass{degrees: known, digest: "other"}, "the index was built by model compass (2 dimensions, compass-dige), not by the one that runs (2 dimensions, other)"},
		{"another dimension", st, compass{degrees: known, digest: compassModel.Digest, dim: 1}, "the index was built by model compass (2 dimensions, compass-dige), not by the one that runs (3 dimensions, compass-dige)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(c.store, c.embedder, nil)
			a := ask(t, s, Query{Text: "tide"})
			if d := cmp.Diff([]string{c.why + ", so this answer is by keyword only"}, a.Degraded); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff([]string{"a.md:1"}, places(a)); d != "" {
				t.Error(d)
			}
			if _, err := s.Search(context.Background(), Query{Text: "tide", Mode: Vector}); !errors.Is(err, ErrNoVectors) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("vector mode: %v", err)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	s := New(vault(t), nil, nil)
	for _, q := range []Query{{}, {Text: "a", Mode: "magic"}, {Text: "a", Limit: -1}, {Text: "a", Limit: MaxLimit + 1}} {
		if _, err := s.Search(context.Background(), q); !errors.Is(err, ErrQuery) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Search(ctx, Query{Text: "a", Mode: Keyword}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestVectorsAreReadAgainAfterAChange(t *testing.T) {
	st := vault(t, note("a.md", "A", "one"))
	directed(t, st, map[string]float64{"one": 0})
	s := New(st, compass{degrees: map[string]float64{"zzz": 90}, digest: compassModel.Digest}, nil)
	if d := cmp.Diff([]string{"a.md:1"}, places(ask(t, s, Query{Text: "zzz"}))); d != "" {
		t.Error(d)
	}
	err := st.Apply(context.Background(), store.Batch{
		Puts: []store.Put{note("b.md", "B", "two")}, Vectors: map[string][]float32{"two": direction(80)}, Model: compassModel,
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"b.md:1", "a.md:1"}, places(ask(t, s, Query{Text: "zzz"}))); d != "" {
		t.Error(d)
	}
	if err := st.Apply(context.Background(), store.Batch{Deletes: []string{"b.md"}}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a.md:1"}, places(ask(t, s, Query{Text: "zzz"}))); d != "" {
		t.Error(d)
	}
}

// A question of more words than are looked up keeps the rare ones.
func TestLongQuestionKeepsRareWords(t *testing.T) {
	var puts []store.Put
	var filler []string
	for i := range 60 {
		filler = append(filler, "filler"+letters(uint64(i)))
	}
	for i := range 20 {
		puts = append(puts, note(fmt.Sprintf("%02d.md", i), "", fmt.Sprintf("%s %d", strings.Join(filler, " "), i)))
	}
	puts = append(puts, note("rare.md", "", "zebra"))
	s := New(vault(t, puts...), nil, nil)
	a := ask(t, s, Query{Text: strings.Join(filler, " ") + " zebra", Mode: Keyword, Limit: 100, Passages: true})
	if len(a.Results) != 21 || a.Results[0].ID != "rare.md" {
		t.Errorf("%v", places(a))
	}
}

// Many questions while the index changes: every answer is whole, and equal questions on an index at rest are equal.
func TestConcurrentSearches(t *testing.T) {
	st := vault(t)
	ctx := context.Background()
	if err := st.SetActiveModel(ctx, compassModel); err != nil {
		t.Fatal(err)
	}
	s := New(st, compass{degrees: map[string]float64{"tide": 0}, digest: compassModel.Digest}, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 30 {
				if _, err := s.Search(ctx, Query{Text: "tide", Limit: 50}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 40 {
			text := fmt.Sprintf("tide %d", i)
			b := store.Batch{
				Puts: []store.Put{note(fmt.Sprintf("%d.md", i%13), "", text)}, Vectors: map[string][]float32{text: direction(float64(i))}, Model: compassModel,
			}
			if err := st.Apply(ctx, b); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	first := ask(t, s, Query{Text: "tide"})
	if len(first.Results) != 10 {
		t.Errorf("%d results", len(first.Results))
	}
	for range 5 {
		if d := cmp.Diff(first, ask(t, s, Query{Text: "tide"})); d != "" {
			t.Fatal(d)
		}
	}
}

// One long note that holds more of a word than all others does not keep them out of the answer.
func TestLongNoteLeavesRoom(t *testing.T) {
	puts := []store.Put{note("log.md", "Log")}
	degrees := map[string]float64{"log": 0}
	for i := range 3 * depth {
		text := fmt.Sprintf("kestrel kestrel kestrel %d", i)
		degrees[text] = float64(i) / 1000
		puts[0].Chunks = append(puts[0].Chunks, note("", "", text).Chunks...)
		puts[0].Chunks[i].Seq = i
	}
	for i := range 12 {
		text := fmt.Sprintf("a kestrel over field %d of many fields with so many other words in them", i)
		degrees[text] = float64(10 + i)
		puts = append(puts, note(fmt.Sprintf("n%02d.md", i), fmt.Sprint("Field ", i), text))
	}
	s := vault(t, puts...)
	delete(degrees, "log")
	directed(t, s, degrees)
	searcher := New(s, compass{degrees: map[string]float64{"kestrel": 0}, digest: compassModel.Digest}, nil)
	for _, mode := range []string{Keyword, Vector, Hybrid} {
		a := ask(t, searcher, Query{Text: "kestrel", Mode: mode})
		if len(a.Results) != DefaultLimit || a.Results[0].ID != "log.md" || len(a.Degraded) > 0 {
			t.Errorf("%s: %d results, first %s, %v", mode, len(a.Results), places(a), a.Degraded)
		}
	}
	if a := ask(t, searcher, Query{Text: "kestrel -path:log.md", Mode: Hybrid}); len(a.Results) != DefaultLimit {
		t.Errorf("%d results without it", len(a.Results))
	}
	if a := ask(t, New(s, nil, nil), Query{Text: "kestrel"}); len(a.Results) != DefaultLimit || len(a.Degraded) != 1 {
		t.Errorf("%d results by keyword only, %q", len(a.Results), a.Degraded)
	}
	if a := ask(t, searcher, Query{Text: "kestrel", Passages: true, Mode: Keyword}); a.Results[9].ID != "log.md" {
		t.Errorf("passages: %v", places(a))
	}
}
