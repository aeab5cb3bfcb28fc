package mdx

import (
	"bytes"
	"strings"
	"testing"
)

// pages are texts in which ⟦program⟧ is marked; some are refused by MDX itself.
var pages = map[string]string{
	"a sign":                                "if 1 < 2 then word and 3 > 2",
	"a sign at a line's end":                "if 1 <\n2 then word > 2",
	"no name":                               "a <3 b <- c <= d",
	"a comment of HTML":                     "<!-- word -->",
	"an address":                            "see https://a.b/{word}/c and ⟦{d}⟧",
	"prose in braces":                       "a {some words here} b {one: two} c {1 2} d {100%} {'it''s}",
	"a template's":                          "{% raw %} {{ page.title | upper: 1 }} {...}",
	"a brace that nothing closes":           "a {b\n\n⟦{c}⟧",
	"a tag that nothing closes":             "a <b c d\n\n⟦<e>⟧f⟦</e>⟧",
	"an attribute's quote":                  `⟦<a b='\'>⟧word⟦</a>⟧`,
	"a brace in a string":                   "⟦{a ? '}' : \"{\"}⟧ word",
	"a brace in a pattern":                  `⟦{/[/}]\//.test(b) / c}⟧ word`,
	"a brace in a comment":                  "⟦{a /* } */ // }\n}⟧ word",
	"templates":                             "⟦{`${`}`}`}⟧ word",
	"tags in program":                       "⟦{a.map(b => <li key={b}>{b} it's</li>)}⟧ word",
	"a body":                                "⟦{() => { if (a < b) { return '}' } return /}/ }}⟧ word",
	"code":                                  "`{a}` ⟦{b}⟧ ``<c>`{d}`` ⟦<e/>⟧",
	"code in two items":                     "- a ` ⟦{b}⟧\n- c ` d",
	"escapes":                               `\{a\} \<b ⟦{c}⟧`,
	"lines":                                 "⟦<a\n  b='c'\n  d={e}\n>⟧\n  word ⟦{f}⟧\n⟦</a>⟧",
	"blank lines in braces":                 "⟦{\n\na\n\n}⟧\n\nword",
	"blank lines in a tag":                  "<a\n\nb='c'>",
	"blank lines in an attribute":           "⟦<a b={`\n\n`}>⟧\nword\n⟦</a>⟧",
	"a bracket that looks like a quotation": "⟦<a\n  b\n>⟧\n- word\n⟦</a>⟧",
	"one with text behind it":               "⟦<a\n>⟧word⟦</a>⟧ more",
	"a minus that looks like an item":       "⟦{a\n- b\n}⟧ word",
	"a quotation":                           "> ⟦{a +⟧\n>⟦ b}⟧ word",
	"a fence in an item":                    "- ```js\n  {a}\n  ```\n  ⟦{b}⟧",
	"an item that ends a fence":             "- ```js\n  {a}\n\n⟦{b}⟧",
	"a fence in a quotation":                "> ~~~\n> {a}\n\n⟦{b}⟧",
	"a fence of four":                       "````\n```\n{a}\n````\n⟦{b}⟧",
	"imports":                               "⟦import a, {b as c} from 'd'\nimport * as e from 'f' // g\nexport {h} from 'i'\n⟧\nword",
	"an export of many lines":               "⟦export const a = {\n\n  b: `\n\n`,\n}\n⟧\nword",
	"an export of a function":               "⟦export default function A({b}) {\n\n  return <c>d</c>\n}\n⟧\nword",
	"words that import":                     "import duties are high\n\nexport of goods",
	"an import within a text":               "word\nimport a from 'b'",
	"an import that goes on":                "⟦import a from 'b'\n⟧word",
	"an import without a blank":             "import⟦{a}⟧ from 'b'",
	"an indented import":                    " import a from 'b'",
	"a table":                               "| a | b |\n|---|---|\n| ⟦{c}⟧ | `{d}` |",
	"a heading's name":                      "# a {#b}\n\n⟦{c.#d}⟧",
	"a heading":                             "# a ⟦{b}⟧ ⟦<c/>⟧ {d",
	"names":                                 "a ⟦<a.b/>⟧ ⟦<c:d/>⟧ ⟦<e-f/>⟧ ⟦<Ä/>⟧ ⟦<>⟧⟦</>⟧ ⟦<g / >⟧",
	"a long list":                           "⟦export const a = [" + strings.Repeat("'b', ", 100_000) + "]\n⟧\nword",
	"a form feed":                           "a\fb ⟦{c}⟧",
}

func TestMask(t *testing.T) {
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			src := strings.NewReplacer("⟦", "", "⟧", "").Replace(page)
			var want strings.Builder
			program := false
			for _, r := range page {
				switch {
				case r == '⟦' || r == '⟧':
					program = r == '⟦'
				case program && r != '\n':
					want.WriteString(strings.Repeat(string(Masked), len(string(r))))
				case r == Masked:
					want.WriteByte(' ')
				default:
					want.WriteRune(r)
				}
			}
			if got := string(Mask([]byte(src), 0)); got != want.String() {
				t.Errorf("of %q\n%q is left, want\n%q", src, got, want.String())
			}
		})
	}
}

// bombs cost others quadratic time; here a page of each takes no longer than another page of its length.
var bombs = []string{
	"{", "<a ", "<a \"", "`{", "<a b={", "<a>{b}", "```\n", "import a from 'b'\n\n", "export const a = {\n\n", "{'", "{a'b ", "{\n", "{/*", "{`", "{[", "{(1,", "{[1]:[", "> ", "> {\n",
	"{a}", "<", "{a => {", "{`${", "<a.", "<a:b c=<", "{a?", "{!", "{/[", "export default {a:\n\n", "{() => {/", "https://a{", "- ```\n", "{{a:", "a\n{b\n",
}

func TestBombs(t *testing.T) {
	for _, piece := range bombs {
		src := []byte(strings.Repeat(piece, 1<<20/len(piece)))
		if got := Mask(src, 0); len(got) != len(src) {
			t.Errorf("%q: %d bytes became %d", piece, len(src), len(got))
		}
	}
}

func FuzzMDX(f *testing.F) {
	for _, page := range pages {
		f.Add(strings.NewReplacer("⟦", "", "⟧", "").Replace(page))
	}
	for _, piece := range bombs {
		f.Add(strings.Repeat(piece, 3))
	}
	f.Fuzz(func(t *testing.T, page string) {
		src := []byte(page)
		out := Mask(src, 0)
		if len(out) != len(src) {
			t.Fatalf("%d bytes became %d", len(src), len(out))
		}
		for i, c := range out {
			if c != src[i] && c != Masked && src[i] != Masked || (c == '\n') != (src[i] == '\n') {
				t.Fatalf("byte %d: %q became %q", i, src[i], c)
			}
		}
		if bytes.IndexByte(Unmask(out), Masked) >= 0 {
			t.Fatal("program shows")
		}
	})
}
