package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTerms(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"words", "High water, twice!", []string{"high", "water", "twice"}},
		{"accents", "naïve Café ÜBER Łódź Straße Øre", []string{"naive", "cafe", "uber", "lodz", "strasse", "ore"}},
		{"decomposed", "cafe\u0301", []string{"cafe"}},
		{"Turkish", "İstanbul ısı", []string{"istanbul", "isi"}},
		{"camelCase", "getUserID HTTPServer Sha256Sum", []string{"getuserid", "get", "user", "id", "httpserver", "http", "server", "sha256sum", "sha256", "sum"}},
		{"snake_case", "_max_rows__ MAX_ROWS", []string{"max_rows", "max", "rows", "max_rows", "max", "rows"}},
		{"underscores", "__ _", nil},
		{"hyphen", "bge-small-en-v1.5", []string{"bge", "small", "en", "v1", "5"}},
		{"languages", "C++ C# c#x C##", []string{"c++", "c", "c#", "c", "c", "x", "c"}},
		{"Japanese", "日本語", []string{"日本", "本語", "語"}},
		{"one letter", "日", []string{"日"}},
		{"mixed", "東京tower", []string{"東京", "京", "tower"}},
		{"kana voicing", "がぎ", []string{"がぎ", "ぎ"}},
		{"half-width kana", "ｶﾞｷﾞ", []string{"ガギ", "ギ"}},
		{"full-width", "ＡＢＣ１", []string{"abc1"}},
		{"Korean", "한국어를", []string{"한국", "국어", "어를", "를"}},
		{"Korean decomposed", "\u1112\u1161\u11ab\u1100\u116e\u11a8", []string{"한국", "국"}},
		{"Thai clusters", "น้ำ", []string{"น้ํา", "า"}},
		{"Arabic points", "كِتَاب أحمد", []string{"كتاب", "احمد"}},
		{"Hebrew points", "שָׁלוֹם", []string{"שלום"}},
		{"Devanagari", "हिन्दी भाषा", []string{"हिन्दी", "भाषा"}},
		{"Cyrillic", "Ёлка мой за́мок", []string{"елка", "мой", "замок"}},
		{"Greek", "Οδυσσεύς ΟΔΥΣΣΕΥΣ", []string{"οδυσσευσ", "οδυσσευσ"}},
		{"emoji", "🌊🌊 ok 👩‍💻 ❤️", []string{"🌊", "🌊", "ok", "👩", "💻", "❤"}},
		{"control", "a\x00b\u200bc", []string{"a", "bc"}},
		{"invalid", "a\xffb", []string{"a", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Terms(c.text)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"phrase", Phrase("High water"), `"high water"`},
		{"phrase of a run", Phrase("日本語"), `"日本 本語"`},
		{"phrase across scripts", Phrase("日本 x"), `"日本 本 x"`},
		{"phrase that ends in one letter", Phrase("x 日"), `"x 日"*`},
		{"phrase of nothing", Phrase("?!"), ""},
		{"syntax is data", Phrase(`" OR NEAR(a*)`), `"or near a"`},
		{"prefix", Term("日*"), `"日"*`},
		{"or", Or(Term("a"), "", Term("b")), `("a" OR "b")`},
		{"one", And("", Term("a")), `"a"`},
		{"none", Or(), ""},
		{"not", Not(Term("a"), Term("b")), `("a" NOT "b")`},
		{"not nothing", Not(Term("a"), ""), `"a"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %s, want %s", c.got, c.want)
			}
		})
	}
}

func TestQueryTerms(t *testing.T) {
	want := []string{"get_user", "get", "user", "日本", "本語", "語*", "c#", "c"}
	if d := cmp.Diff(want, QueryTerms("get_user 日本語 語 C#")); d != "" {
		t.Error(d)
	}
}

func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"getUserID", "日本語 を", "น้ำ", "C++", "a\u0301\u0301", "\xff\x00", "👩‍💻", "ｶﾞ", "İ", "Ⱥ", "_a_B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms := Terms(text)
		for _, term := range terms {
			if term == "" || !utf8.ValidString(term) || strings.ContainsFunc(term, unicode.IsSpace) || strings.ContainsAny(term, `"*`) {
				t.Fatalf("%q: term %q", text, term)
			}
			if utf8.RuneCountInString(term) > 2*maxTerm+2 {
				t.Fatalf("%q: term of %d runes", text, utf8.RuneCountInString(term))
			}
		}
		held := map[string]bool{}
		for _, term := range terms {
			held[term] = true
		}
		for _, q := range QueryTerms(text) {
			if q = strings.TrimSuffix(q, AnyEnd); !held[q] {
				t.Fatalf("%q: query term %q is not among %q", text, q, terms)
			}
		}
	})
}
