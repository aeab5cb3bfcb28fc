package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
	"amalfa/store/text"
)

// Each script has a text and words of it, and every word must find the text and no other.
func testWordsOfEveryScript(t *testing.T, mk Maker) {
	scripts := []struct {
		id, text string
		words    []string
	}{
		{"chinese", "潮汐是海水的周期性涨落现象。", []string{"潮汐", "海水", "涨", "现象", "周期性"}},
		{"japanese", "満潮と干潮のグラフを書く", []string{"満潮", "グラフ", "書く", "潮", "ｸﾞﾗﾌ"}},
		{"korean", "한국어를 배우고 있습니다", []string{"한국어", "배우", "있습니다"}},
		{"thai", "น้ำขึ้นน้ำลงเป็นปรากฏการณ์", []string{"ปรากฏการณ์", "น้ำขึ้น", "น้ำลง"}},
		{"lao", "ນ້ຳທະເລ", []string{"ທະເລ"}},
		{"khmer", "ទឹកសមុទ្រ", []string{"សមុទ្រ"}},
		{"burmese", "ပင်လယ်ရေ", []string{"ပင်လယ်"}},
		{"arabic", "المَدّ والجزر ظاهرة طبيعية", []string{"المد", "ظاهرة", "طبيعية"}},
		{"persian", "جزر و مد می\u200cشود", []string{"می\u200cشود"}},
		{"hebrew", "גאות ושפל בים", []string{"גאות", "ושפל"}},
		{"hindi", "ज्वार और भाटा समुद्र में", []string{"ज्वार", "समुद्र"}},
		{"tamil", "அலைகள் கடல்", []string{"கடல்"}},
		{"russian", "Ёлка и прилив; Морской", []string{"елка", "ПРИЛИВ", "морской"}},
		{"greek", "Παλίρροια και θάλασσα", []string{"παλιρροια", "ΘΑΛΑΣΣΑ"}},
		{"georgian", "ზღვის მოქცევა", []string{"ზღვის"}},
		{"armenian", "Ծովի մակընթացություն", []string{"ծովի"}},
		{"vietnamese", "Thủy triều lên xuống", []string{"thủy", "trieu"}},
		{"emoji", "surf 🏄 and 🌊 🇫🇷", []string{"🌊", "🏄", "🇫🇷"}},
		{"code", "func getTideTable(max_rows int) C++", []string{"getTideTable", "gettidetable", "table", "max_rows", "C++"}},
	}
	s := mk.fresh(t)
	var b store.Batch
	for _, sc := range scripts {
		b.Puts = append(b.Puts, Note(sc.id, "", sc.text))
	}
	Apply(t, s, b)
	for _, sc := range scripts {
		for _, word := range sc.words {
			want := []string{sc.id + ":0"}
			var any []string
			for _, term := range text.QueryTerms(word) {
				any = append(any, text.Term(term))
			}
			if got := Found(t, s, text.Or(any...)); len(got) == 0 || got[0] != want[0] {
				t.Errorf("%s: word %s found %v", sc.id, word, got)
			}
			if d := cmp.Diff(want, Found(t, s, text.Phrase(word))); d != "" && word != "潮" {
				t.Errorf("%s: phrase %s: %s", sc.id, word, d)
			}
		}
	}
}

func testKeywordColumns(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	heading := Note("b.md", "B", "text about nothing")
	heading.Chunks[0].Heading = []string{"Kraken"}
	alias := Note("d.md", "D", "text about nothing at all")
	alias.Note.Aliases = []string{"kraken"}
	Apply(t, s, store.Batch{Puts: []store.Put{
		Note("a.md", "Kraken", "text about something"), heading, Note("sea/kraken-notes.md", "C", "text of it"), alias,
		Note("e.md", "E", "the kraken in a text"), Note("f.md", "F", "nothing"),
	}})
	got := Found(t, s, text.Term("kraken"))
	want := []string{"a.md:0", "b.md:0", "d.md:0", "sea/kraken-notes.md:0", "e.md:0"} // title, heading, alias, path, text
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	renamed := Note("a.md", "Squid", "text about something")
	Apply(t, s, store.Batch{Puts: []store.Put{renamed}})
	if d := cmp.Diff(want[1:], Found(t, s, text.Term("kraken"))); d != "" {
		t.Errorf("after a new title: %s", d)
	}
}

func testStems(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "", "tide tables"), Note("b.md", "", "a tidal wave")}})
	if d := cmp.Diff([]string{"a.md:0"}, Found(t, s, text.And(text.Term("tides"), text.Term("table")))); d != "" {
		t.Error(d)
	}
}

// Whatever is typed reaches the database as a phrase, never as syntax.
func testHostileText(t *testing.T, mk Maker) {
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "", "drop table notes near water")}})
	for _, hostile := range []string{
		`*`, `"`, `""`, `'`, `NEAR(`, `NEAR(water notes, 2)`, `text:water`, `-water`, `^water`, `{text title}: water`, `water*`, `AND`,
		`OR`, `NOT`, `a AND`, `'; DROP TABLE notes; --`, `water" OR "x`, "water\x00notes", strings.Repeat("(", 4000),
		strings.Repeat("water ", 4000), strings.Repeat("🌊", 2000), "\xff\xfe",
	} {
		if _, err := s.Keyword(context.Background(), text.Phrase(hostile), 10); err != nil {
			t.Errorf("%.40q: %v", hostile, err)
		}
		var terms []string
		for _, term := range text.QueryTerms(hostile) {
			terms = append(terms, text.Term(term))
		}
		if _, err := s.Keyword(context.Background(), text.Or(terms...), 10); err != nil {
			t.Errorf("words of %.40q: %v", hostile, err)
		}
	}
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := s.Keyword(context.Background(), `raw "syntax`, 10); !errors.Is(err, store.ErrSyntax) {
		t.Errorf("an expression of none of our functions: %v", err)
	}
}

func testCountAndMatching(t *testing.T, mk Maker) {
	ctx := context.Background()
	s := mk.fresh(t)
	Apply(t, s, store.Batch{Puts: []store.Put{Note("a.md", "", "water one", "water two", "stone")}})
	for limit, want := range map[int]int{1: 1, 2: 2, 9: 2} {
		if n, err := s.Count(ctx, text.Term("water"), limit); err != nil || n != want {
			t.Errorf("count to %d: %d, %v", limit, n, err)
		}
	}
	got, err := s.Matching(ctx, text.Phrase("water two"), []int64{1, 2, 3, 99})
	if d := cmp.Diff(map[int64]bool{2: true}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}
