package ingest

import (
	"strings"
	"testing"

	"amalfa/notes"
)

func TestProse(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"paragraph":   {"a b\nc\n", "a b\nc"},
		"title":       {"# T\n\n# U\n\nx\n", "T|U|x"},
		"code":        {"a `b` c ``d ` e`` f\n\n```\ng\n```\n\n    h\n", "a ... c ......... f"},
		"math":        {"a $b$ c \\$d\n\n$$\ne\n$$\n", "a ... c .$d"},
		"links":       {"a [b](c) [[d|e]] ![f](g) <http://h.i> https://j.k l\n", "a ...... ....... ....... ............ ........... l"},
		"labels":      {"a [b][c] [c] d\n\n[c]: x\n", "a ...... ... d"},
		"emphasis":    {"a **b** _c_ ~~d~~\n", "a ++b++ +c+ ++d++"},
		"tags":        {"a #b <!-- c --> d\n", "a .. .......... d"},
		"front":       {"---\na: b\n---\nc\n", "c"},
		"properties":  {"a:: b\n\nc\n", "c"},
		"quote":       {"> a\n> b\n", "a\nb"},
		"table":       {"| a | b |\n|---|---|\n| c | d |\n", "a|b|c|d"},
		"html":        {"<div>a</div>\n\nb <i>c</i> <a href=\"x\">d</a> e\n", "b ...c.... ................. e"},
		"shortcode":   {"a {{< b >}} c\n", "a ......... c"},
		"remark":      {"a %%b%% c\n", "a ..... c"},
		"escapes":     {"a\\_b &amp; c\n", "a._b ..... c"},
		"heading":     {"## a `b`\n", "a ..."},
		"code marks":  {"[x](`y`) z `w`\n", "........ z ..."},
		"open fences": {"a ` b $ c\n", "a ` b $ c"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range NewReader().Prose("a.md", []byte(tt.text), notes.Vault{}) {
				got = append(got, strings.TrimSpace(strings.NewReplacer("\x00", ".", "\x01", "+").Replace(string(p.Text))))
				for i, c := range p.Text {
					if from, to, ok := p.Source(i, i+1); !ok || c > 1 && tt.text[from:to] != string(c) {
						t.Fatalf("%q at %d", tt.text, i)
					}
				}
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("%q\nwant %q", s, tt.want)
			}
		})
	}
}
