package inline

import (
	"strings"
	"testing"
)

// hostile are texts that a parser which looks ahead or back too often takes quadratic time for, by what is repeated.
var hostile = map[string]string{
	"open links": "[a](b", "angled": "[a](<b", "titles": "[a](b \"", "single titles": "[a](b 'c", "title in brackets": "[a](b (c", "parentheses": "[a](((((", "escapes": "[a](\\(",
	"emphasis": "*a_", "strong": "**a *b", "closers": "a* ", "mixed": "*a **b _c ~~d ", "threes": "a***b*", "intraword": "_a*", "strike": "~a~~",
	"embeds": "![[](", "wikilinks": "[[", "aliases": "[[a|", "bars": "[[a|[", "ends": "]]", "label": "[a][", "nested": "[", "nested images": "![", "close": "]",
	"links in links": "[a](b)[", "images in links": "![[a](b)", "ticks": "` `` ``` ", "tags": "<a ", "attributes": "<a b='", "double": "<a b=\"c", "unquoted": "<a b=", "comments": "<!--",
	"instructions": "<?", "cdata": "<![CDATA[", "declarations": "<!a", "math": "$a ", "display": "$$a", "escaped math": "$\\$", "remarks": "%%a", "hash": "#a", "hash brackets": "#[[a",
	"quotes before tags": "\"*_'#", "www": "_www.a_", "https": "(https://a_", "dots": "www.a.", "entities": "&#", "ampersands": "&amp", "footnotes": "[^a", "autolinks": "<a:", "mails": "<a@b.",
	"tag labels": "[tag: a", "address ends": "www.a.b)&a;",
}

// growing is a text of about n bytes with runs of backticks, each longer than the one before.
func growing(n int) string {
	var b strings.Builder
	for i := 1; b.Len() < n; i++ {
		b.WriteString(strings.Repeat("`", i) + " ")
	}
	return b.String()
}

// perByte is the work of a text that is twice as long, for each byte, over that of the text, and that work itself.
func perByte(work func(n int) int) (ratio, each float64) {
	const n = 20_000
	one, two := float64(work(n))/n, float64(work(2*n))/(2*n)
	return two / max(one, 0.5), two
}

// The work for each byte does not grow with the text.
func TestHostileTextsTakeLinearTime(t *testing.T) {
	check := func(name string, work func(n int) int) {
		if ratio, each := perByte(work); ratio > 1.1 || each > 60 {
			t.Errorf("%s: %.1f looks at a byte, %.2f times as many as in half the text", name, each, ratio)
		}
	}
	defs := Definitions{"a": {Destination: "b"}}
	for name, piece := range hostile {
		times := func(n int) string { return strings.Repeat(piece, n/len(piece)) }
		for _, tail := range []string{"", "]", "](b)", ">", "*_**", "\n\n"} {
			check(name+" and "+tail, func(n int) int { return parse([]byte(times(n)+tail), defs).work })
		}
		check(name+" and its mirror", func(n int) int { return parse([]byte(times(n/2)+strings.Repeat("a]", n/4)), defs).work })
	}
	check("growing runs", func(n int) int { return parse([]byte(growing(n)), defs).work })
	for name, piece := range map[string]string{
		"definitions": "[r]: x\n", "open titles": "[r]: x \"\n", "titles": "[r]: x '\n[s]: y \"\n[t]: z (\n", "labels": "[r", "colons": "[r]:", "titles below": "[r]: x\n\"",
	} {
		check("definitions, "+name, func(n int) int {
			r := reader{text: []byte(strings.Repeat(piece, n/len(piece)))}
			Definitions{}.add(&r)
			return r.work
		})
	}
}
