package inline

import "testing"

func FuzzInline(f *testing.F) {
	for _, s := range []string{
		"[[a|b#c]] ![[d]] #tag", "[a](b \"c\") [d][e] `f`", "<!-- tags: [REL: x] -->", "[tag: y] \\[[z]]", "[a](<b>) ![c](d)", "``` ` ``",
		"*a **b_ c_** ~~d~~", "$a$ $$b$$ %%c%%", "&amp; &#35; &copy", "<a href='b' title=c>", "https://a.b/c_d. www.e.f", "[[a|b [c]]]", "_#a_b_",
		"[d]: <e> 'f'\n[g]: h\n(i", "![a [b](c) [[d]]](e)",
	} {
		f.Add([]byte(s))
	}
	defs := Definitions{}
	defs.Add([]byte("[e]: f 'g'"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n := (Definitions{}).Add(text); n < 0 || n > len(text) {
			t.Fatalf("definitions of %d bytes in %q", n, text)
		}
		s := parse(text, defs)
		if most := 100 * (len(text) + 100); s.work > most {
			t.Fatalf("%d steps for %d bytes: %q", s.work, len(text), text)
		}
		check(t, text, s.out)
		check(t, text, HTML(text))
	})
}

// check tells whether tokens stand within the text, in order, and markup does not overlap.
func check(t *testing.T, text []byte, tokens []Token) {
	t.Helper()
	seen, last := 0, 0
	for _, tok := range tokens {
		if tok.Start < last || tok.Start >= tok.End || tok.End > len(text) {
			t.Fatalf("%+v in %q", tok, text)
		}
		if tok.To != 0 && (tok.From < tok.Start || tok.From > tok.To || tok.To > tok.End) {
			t.Fatalf("%+v is named elsewhere in %q", tok, text)
		}
		last = tok.Start
		if tok.Kind == Markup {
			if tok.Start < seen {
				t.Fatalf("%+v overlaps in %q", tok, text)
			}
			seen = tok.End
		}
	}
	_ = Visible(text, tokens)
}
