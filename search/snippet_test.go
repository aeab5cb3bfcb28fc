package search

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func snippetOf(t *testing.T, query, text string) string {
	t.Helper()
	q, err := parse(query)
	if err != nil {
		t.Fatal(err)
	}
	return newMarks(q).snippet(text)
}

func TestSnippet(t *testing.T) {
	filler := strings.Repeat("other words here ", 40)
	for _, c := range []struct{ name, query, text, want string }{
		{"short", "tide", "The tide\n\n  comes\tin.", "The tide · comes in."},
		{"control characters", "tide", "The \x1b[31mtide\x00 \u202ecomes", "The [31mtide comes"},
		{"empty", "tide", " \n", ""},
		{"no match", "tide", "nothing of it", "nothing of it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := snippetOf(t, c.query, c.text); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
	for _, c := range []struct{ name, query, text, holds string }{
		{"in the middle", "tide table", filler + "the tides of a table " + filler, "tides of a table"},
		{"most different words", "tide table", "tide tide tide " + filler + "tide table " + filler, "tide table"},
		{"at the end", "needle", filler + "needle", "needle"},
		{"without spaces", "満潮", strings.Repeat("海の話をする。", 100) + "次の満潮は明日です。" + strings.Repeat("山の話。", 100), "満潮"},
		{"identifier", "getTide", filler + "calls getTide(x) " + filler, "getTide(x)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := snippetOf(t, c.query, c.text)
			if !strings.Contains(got, c.holds) || utf8.RuneCountInString(got) > maxSnippet {
				t.Errorf("got %q (%d runes)", got, utf8.RuneCountInString(got))
			}
		})
	}
}

// TestBestSentence begins a snippet with the sentence that says most, and cuts between words and characters alone.
func TestBestSentence(t *testing.T) {
	long := strings.Repeat("Nothing of it stands here. ", 12)
	for _, c := range []struct{ name, query, text, want string }{
		{"first", "pier", long + "The pier was mended. " + long, "The pier was mended. Nothing"},
		{"before the end", "pier", long + "Old pier. The end.", "Old pier. The end. … Nothing"},
		{"most words", "old pier", "A pier. " + long + "An old pier. " + long, "An old pier."},
		{"paragraphs", "pier", long + "\nAn item\nThe pier\nmore", "The pier · more"},
		{"within a sentence", "pier", strings.Repeat("word after word and ", 30) + "pier then", "… "},
		{"no word is cut", "tide", "tide " + strings.Repeat("supercalifragilisticexpialidocious ", 20), "tide supercalifragilisticexpialidocious"},
	} {
		got := snippetOf(t, c.query, c.text)
		if !strings.HasPrefix(got, c.want) || utf8.RuneCountInString(got) > maxSnippet {
			t.Errorf("%s: %q (%d runes)", c.name, got, utf8.RuneCountInString(got))
		}
		for word := range strings.FieldsSeq(strings.Trim(got, "… ")) {
			if word != "…" && word != "·" && !slices.Contains(strings.Fields(c.text), word) {
				t.Errorf("%s: %q is cut", c.name, word)
			}
		}
	}
	for _, character := range []string{"👨‍👩‍👧‍👦", "e\u0301\u0323", "नि", "🇮🇹", "각"} {
		got := strings.Trim(snippetOf(t, "tide", strings.Repeat(character, 900)), "… ")
		if strings.ReplaceAll(got, character, "") != "" {
			t.Errorf("%q is cut: %q", character, got)
		}
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add("tide 満潮", strings.Repeat("a tide 満潮 \x00", 50))
	f.Add("x", strings.Repeat("🌊", 500))
	f.Fuzz(func(t *testing.T, query, text string) {
		q, err := parse(query)
		if err != nil {
			return
		}
		got := newMarks(q).snippet(text)
		if utf8.RuneCountInString(got) > maxSnippet || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q", got)
		}
	})
}

// TestMarks shows which words of a snippet a terminal marks.
func TestMarks(t *testing.T) {
	for _, c := range []struct{ query, text, want string }{
		{"tables", "The tide table of the port", "The tide [table] of the port"},
		{"the tide of the port", "The tide table of the port", "The [tide] table of the [port]"},
		{"満潮", "次の満潮は明日です。", "次の[満潮]は明日です。"},
		{"満潮", "満ちた潮", "満ちた潮"},
		{"東京タワー", "昨日東京タワーに行った", "昨日[東京タワー]に行った"},
		{"ทะเล", "น้ำทะเลใส", "น้ำ[ทะเล]ใส"},
		{"조수 시간", "조수 시간표", "[조수] [시간표]"},
		{"getTide", "calls getTide(x), not setTide", "calls [getTide](x), not [setTide]"},
		{"rm -rf", "never rm -rf data", "never [rm] -[rf] data"},
		{"café", "a cafe\u0301 there", "a [cafe\u0301] there"},
		{"прилив", "Таблица Прилив и отлив", "Таблица [Прилив] и отлив"},
		{"absent", "nothing of it", "nothing of it"},
	} {
		q, err := parse(c.query)
		if err != nil {
			t.Fatal(err)
		}
		got, at := "", 0
		for _, m := range newMarks(q).telling().spans(c.text) {
			got += c.text[at:m.From] + "[" + c.text[m.From:m.To] + "]"
			at = m.To
		}
		if got += c.text[at:]; got != c.want {
			t.Errorf("%s: got %q, want %q", c.query, got, c.want)
		}
	}
}
