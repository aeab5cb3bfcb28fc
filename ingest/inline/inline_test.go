package inline

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told are the tokens of a block but its markup, one a line, and last what a reader sees.
func told(block string, defs Definitions) []string {
	tokens := Parse([]byte(block), defs)
	names := map[Kind]string{Hidden: "hidden", Link: "link", Image: "image", Wikilink: "wikilink", Embed: "embed", Tag: "tag", Comment: "comment"}
	var out []string
	for _, t := range tokens {
		if t.Kind != Markup {
			out = append(out, names[t.Kind]+" "+t.Text)
		}
	}
	return append(out, "sees "+Visible([]byte(block), tokens))
}

// TestExtensions reads what note-taking programs write and CommonMark does not know.
func TestExtensions(t *testing.T) {
	defs := Definitions{}
	defs.Add([]byte("[1]: one.md\n[known]: known.md 'title'"))
	for _, tt := range []struct {
		block string
		want  []string
	}{
		// wikilinks
		{"[[a]] [[b|the b]] [[c#d|c]]", []string{"wikilink a", "wikilink b|the b", "hidden b", "wikilink c#d|c", "hidden c#d", "sees a the b c"}},
		{"![[p.png|100]] ![[q]]", []string{"embed p.png|100", "hidden p.png", "embed q", "sees 100 q"}},
		{"[[Long\nName]] [[Very\nlong\nName|as\nhere]]", []string{"wikilink Long Name", "wikilink Very long Name|as here", "hidden Very long Name", "sees Long\nName as\nhere"}},
		{"[[a|with [brackets] inside]]", []string{"wikilink a|with [brackets] inside", "hidden a", "sees with [brackets] inside"}},
		{"[[a|ends in [brackets]]]", []string{"wikilink a|ends in [brackets]", "hidden a", "sees ends in [brackets]"}},
		{"[[a|one ] more]]", []string{"wikilink a|one ] more", "hidden a", "sees one ] more"}},
		{"[[a|`]]` in code]]", []string{"wikilink a|`]]` in code", "hidden a", "sees `]]` in code"}},
		{"see [[[a]]]", []string{"wikilink a", "sees see [a]"}},
		{"1 < 2 [[a]] 3 > 2", []string{"wikilink a", "sees 1 < 2 a 3 > 2"}},
		{"`[[a]]` \\[[b]] [\\[c]] [[d", []string{"sees [[a]] [[b]] [[c]] [[d"}},
		{"[[ spaced ]] [[ a - b ]]", []string{"wikilink  spaced ", "wikilink  a - b ", "sees  spaced   a - b "}},
		// what has two brackets and is none
		{"[[]] [[ ]] [[:space:]] [[:alpha:]_] [[=e=]] [[.hyphen.]] [^[:digit:]]", []string{"sees [[]] [[ ]] [[:space:]] [[:alpha:]_] [[=e=]] [[.hyphen.]] [^[:digit:]]"}},
		{"[[ -f x ]] [[ ! -d y ]] [[ $a == b ]] [[ \"a\" =~ ^b ]] [[ 1 -lt 2 ]] [[ -n a && -z b ]]", []string{
			"sees [[ -f x ]] [[ ! -d y ]] [[ $a == b ]] [[ \"a\" =~ ^b ]] [[ 1 -lt 2 ]] [[ -n a && -z b ]]"}},
		{"[[a, b], [c, d]]", []string{"sees [[a, b], [c, d]]"}},
		// what is a link in CommonMark stays one
		{"claim [[3]](Note.md) [[2]](<a b.md> 'c')", []string{"link Note.md", "hidden Note.md", "link a b.md", "hidden a b.md", "hidden c", "sees claim [3] [2]"}},
		{"[[1]] [[known]] [[a]][known]", []string{"link one.md", "hidden one.md", "link known.md", "hidden known.md", "hidden title", "link known.md", "hidden known.md", "hidden title", "sees [1] [known] [a]"}},
		{"[[a]](not a destination) [[b]][unknown]", []string{"wikilink a", "wikilink b", "sees a(not a destination) b[unknown]"}},
		// tags
		{"*#ital* **#bold** \"#quoted\" '#single' (#round) [#square] “#curly” ~~#struck~~ |#cell|", []string{
			"tag ital", "tag bold", "tag quoted", "tag single", "tag round", "tag square", "tag curly", "tag struck", "tag cell", "sees #ital #bold \"#quoted\" '#single' (#round) [#square] “#curly” #struck |#cell|"}},
		{"==#marked== ***#both*** <b>#in</b> <td>#td</td> <a href=b>#no</a> x=#no -#no", []string{
			"tag marked", "tag both", "tag in", "tag td", "link b", "hidden b", "sees ==#marked== #both #in  #td  #no x=#no -#no"}},
		{"<[[a]]> List<[[b]]> x <- [[c]] -> <not [[d]] a tag>", []string{"wikilink a", "wikilink b", "wikilink c", "wikilink d", "sees <a> List<b> x <- c -> <not d a tag>"}},
		{"_#ital_ __#bold__ _#a_b_ #c_ #d/e-f", []string{"tag ital", "tag bold", "tag a_b", "tag c_", "tag d/e-f", "sees #ital #bold #a_b #c_ #d/e-f"}},
		{"#[[two words]] a#no ##no \\#no `#no` &#35; x/#no https://a.bc/#no", []string{"tag two words", "link https://a.bc/#no", "sees #two words a#no ##no #no #no # x/#no https://a.bc/#no"}},
		{"[tag: sea] #日本 #a.", []string{"tag  sea", "tag 日本", "tag a", "sees [tag: sea] #日本 #a."}},
		// math, by pandoc's rule
		{"$A = [[a,b]]$ and $$[[x]] #no$$", []string{"sees A = [[a,b]] and [[x]] #no"}},
		{"$5 and [[a]] for $6", []string{"wikilink a", "sees $5 and a for $6"}},
		{"$20,000 [[a]] USD$30 and $ x$ and $x $ \\$[[b]]$", []string{"wikilink a", "wikilink b", "sees $20,000 a USD$30 and $ x$ and $x $ $b$"}},
		{"$a \\$ *b* [[c]]$ *d*", []string{"sees a \\$ *b* [[c]] d"}},
		{"$$ [[open]]", []string{"wikilink open", "sees $$ open"}},
		// remarks
		{"a %%[[b]] #no *c*%% d", []string{"hidden [[b]] #no *c*", "sees a  d"}},
		{"100%% [[a]]", []string{"wikilink a", "sees 100%% a"}},
		// footnotes
		{"claim[^1] next[^long-note]. [^not a note] [^](a.md)", []string{"hidden 1", "hidden long-note", "link a.md", "hidden a.md", "sees claim next. [^not a note] ^"}},
		{"^[see [[a]]] [!note] [ ] [x]", []string{"wikilink a", "sees ^[see a] [!note] [ ] [x]"}},
		// HTML
		{"<a href=\"N &amp; M.md\" title='t'>n</a> <A\nHREF=x.md>x</A> <img src=i.png alt='a b'>", []string{
			"link N & M.md", "hidden N & M.md", "hidden t", "link x.md", "hidden x.md", "image i.png", "hidden i.png", "hidden a b", "sees n x "}},
		{"a<!-- tags: b -->c", []string{"comment <!-- tags: b -->", "hidden  tags: b ", "sees ac"}},
	} {
		if d := cmp.Diff(tt.want, told(tt.block, defs)); d != "" {
			t.Errorf("%q: %s", tt.block, d)
		}
	}
}

// TestVisible resolves all that stands for something else.
func TestVisible(t *testing.T) {
	for block, want := range map[string]string{
		"snake\\_case caf&eacute; foo**bar** ~~x~~ a\\\nb": "snake_case café foobar x a\nb",
		"The [linked *phrase*](b.md \"no\") continues":     "The linked phrase continues",
		"![alt *text*](i.png) [![x](y)](z)":                "alt text x",
		"`a * b` ``c ` d`` `` ` ``":                        "a * b c ` d `",
		"<https://a.b/c> <b>d</b><br>":                     "https://a.b/c d ",
		"one<br>two<hr/>three<wbr>four":                    "one two threefour",
		"&#x41;&#66;&copy;&copy &nosuch; &semi; &#0;":      "AB©&copy &nosuch; ; \uFFFD",
	} {
		if got := Visible([]byte(block), Parse([]byte(block), nil)); got != want {
			t.Errorf("%q: %q, want %q", block, got, want)
		}
	}
}

func TestDefinitions(t *testing.T) {
	long := strings.Repeat("x", maxLabel)
	for _, tt := range []struct {
		paragraph, label, destination, title, rest string
	}{
		{"[a]:\n  Note.md\nrest", "A", "Note.md", "", "rest"},
		{"[a]: z.md 'two\nlines'\n[b]: N.md\n", "b", "N.md", "", ""},
		{"[a]: b.md \"c \\\" d\"\n", "a", "b.md", "c \" d", ""},
		{"[a]: b.md 'open\nrest", "a", "", "", "[a]: b.md 'open\nrest"},
		{"[a]: b.md\n'open\nrest", "a", "b.md", "", "'open\nrest"},
		{"[two\n  words]: <b c.md> (d)\nrest", "Two  words", "b c.md", "d", "rest"},
		{"[ẞ]: b.md", "SS", "b.md", "", ""},
		{"[ΑΓΩ]: b.md", "αγω", "b.md", "", ""},
		{"[a]: b\\_c&amp;d.md\n[a]: second.md", "a", "b_c&d.md", "", ""},
		{"[a]: <>\nrest", "a", "", "", "rest"},
		{"[^1]: footnote", "^1", "", "", "[^1]: footnote"},
		{"[ ]: b", " ", "", "", "[ ]: b"},
		{"[" + long + "]: b", long, "b", "", ""},
		{"[" + long + "y]: b", long + "y", "", "", "[" + long + "y]: b"},
		{"[a]: b.md c", "a", "", "", "[a]: b.md c"},
	} {
		defs := Definitions{}
		n := defs.Add([]byte(tt.paragraph))
		to, _ := defs.lookup([]byte(tt.label))
		if to != (Definition{tt.destination, tt.title}) || tt.paragraph[n:] != tt.rest {
			t.Errorf("%.50q: %+v, rest %.50q", tt.paragraph, to, tt.paragraph[n:])
		}
	}
}

func TestHTMLBlocks(t *testing.T) {
	block := "<p>One <a href='a.md'>two</a> &amp; [[three]]<script>\nx < y\n</script><STYLE>z</STYLE><!-- tags: b -->four</p>"
	tokens := HTML([]byte(block))
	if got, want := Visible([]byte(block), tokens), " One two & [[three]]    four "; got != want {
		t.Errorf("sees %q, want %q", got, want)
	}
	if !slices.Contains(tokens, Token{Link, 7, 22, "a.md", 16, 20}) || !slices.Contains(tokens, Token{Kind: Comment, Start: 85, End: 101, Text: "<!-- tags: b -->"}) {
		t.Errorf("%+v", tokens)
	}
}
