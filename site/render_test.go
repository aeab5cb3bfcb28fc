package site

import (
	"strings"
	"testing"
	"time"

	"amalfa/notes"
	"amalfa/testdata/limits"

	"golang.org/x/net/html"
)

// page renders a text as the note docs/a.md, beside docs/b.md and a picture.
func page(t testing.TB, text string) Page {
	t.Helper()
	there := []notes.Name{{ID: "docs/b.md", Title: "Second"}, {ID: "docs/a.md", Title: "First"}}
	return NewRenderer().Render(Note{
		ID: "docs/a.md", File: []byte(text), Title: "First",
		Leads: func(to notes.Target) notes.Answer {
			for _, n := range there {
				if n.ID == to.Name || strings.EqualFold(n.Title, to.Name) || n.ID == to.Path() {
					return notes.Answer{ID: n.ID}
				}
			}
			if to.Path() == "docs/plan.pdf" {
				return notes.Answer{ID: to.Path(), IsFile: true}
			}
			return notes.Answer{}
		},
		Href: func(id string) string { return "/doc/" + id },
	})
}

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"wikilink", "See [[Second]].", `See <a href="/doc/docs/b.md" class="note">Second</a>.`},
		{"wikilink with a heading", "[[Second#Some Part|there]]", `<a href="/doc/docs/b.md#some-part" class="note">there</a>`},
		{"path", "[x](b.md)", `<a href="/doc/docs/b.md" class="note">x</a>`},
		{"reference", "[x][r]\n\n[r]: b.md", `<a href="/doc/docs/b.md" class="note">x</a>`},
		{"nowhere", "[[Third *one*]]", `<span class="broken" title="Third *one*">Third *one*</span>`},
		{"a file", "[plan](plan.pdf)", `<span class="file" title="docs/plan.pdf">plan</span>`},
		{"outside", "[x](https://example.org/a)", `<a href="https://example.org/a" rel="nofollow noreferrer">x</a>`},
		{"heading", "# One\n\n## Ärger & Co\n", `<h2 id="arger-co"><span id="L3"></span>Ärger &amp; Co</h2>`},
		{"two of a name", "# One\n\n# One\n", `<h1 id="one.2">`},
		{"line", "a\n\nb\n", `<p id="L3">b</p>`},
		{"line after front matter", "---\ntitle: x\n---\n\nb\n", `<p id="L5">b</p>`},
		{"code", "```go\nif a < b {}\n```\n", "<pre id=\"L2\"><code class=\"language-go\">if a &lt; b {}\n</code></pre>"},
		{"table", "| a | b |\n|---|---|\n| 1 | [[Second\\|two]] |\n", `<td><a href="/doc/docs/b.md" class="note">two</a></td>`},
		{"task", "- [x] done\n", `<input checked="" disabled="" type="checkbox"`},
		{"footnote", "a[^1]\n\n[^1]: b\n", `href="#fn:1" class="footnote-ref" role="doc-noteref"`},
		{"picture", "![a view](https://example.org/x.png)", `<span class="image" title="https://example.org/x.png">a view</span>`},
		{"script", "a <script>alert(1)</script> b", `a  b`},
		{"a link that pretends", "[x](x0:0)", `x`},
		{"a part of this page", "# One\n\n[x](#one)", `<a href="#one">x</a>`},
		{"a part as others spell it", "# Ärger & Co\n\n[x](#ärger--co)", `<a href="#arger-co">x</a>`},
		{"no such part", "[x](#two)", `<a title="#two" class="broken">x</a>`},
		{"no such part by name", "[[First#Two]]", `class="broken">First#Two</a>`},
		{"a heading below another", "[[Second#Some#Part|x]]", `<a href="/doc/docs/b.md#part" class="note">x</a>`},
		{"a block", "[[Second#^b1|x]]", `<a href="/doc/docs/b.md" class="note">x</a>`},
		{"an address of its own making", `<a href="c.html">x</a>`, `<p id="L1">x</p>`},
		{"an address that no one resolves", `<a href="/services/vector/stop" class="note">x</a>`, `class="broken">x</a>`},
		{"no scheme", "[x](//example.org/a)", `<a href="https://example.org/a"`},
		{"two of an id", `<b id="z">x</b><i id="z">y</i>`, `<b id="z">x</b><i>y</i>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(page(t, c.text).Body); !strings.Contains(got, c.want) {
				t.Errorf("%q is\n%s\nnot\n%s", c.text, got, c.want)
			}
		})
	}
}

func TestContents(t *testing.T) {
	p := page(t, "---\ntitle: x\n---\n# A *b*\n\n## `c` d\n")
	want := []Heading{{1, "a-b", "A b"}, {2, "c-d", "c d"}}
	if len(p.Contents) != 2 || p.Contents[0] != want[0] || p.Contents[1] != want[1] {
		t.Errorf("%v, not %v", p.Contents, want)
	}
	if p.Head != "---\ntitle: x\n---" || p.Lines != 7 || p.Shown != 7 {
		t.Errorf("%q, %d of %d lines", p.Head, p.Shown, p.Lines)
	}
}

// A long note is shown up to the end of a line, and says so.
func TestLongNoteIsCut(t *testing.T) {
	p := page(t, strings.Repeat("word word\n\n", 200_000))
	if p.Shown >= p.Lines || p.Shown < 100_000 || strings.Count(string(p.Body), "<p") != (p.Shown)/2 {
		t.Errorf("%d of %d lines, %d paragraphs", p.Shown, p.Lines, strings.Count(string(p.Body), "<p"))
	}
}

// What is made to take long ends as soon as text of its length does, or nearly: goldmark alone would take minutes.
func TestHostileTextsEnd(t *testing.T) {
	for _, part := range []string{"[a](b", "*a_", "![[](", "[", "<a ", "`", "[r]: x\n", "> ", "- ", "&amp", "<!--", "|a", "[^1]", "~~", "{{<", "\\", "_*", "](", "a@b.", "http://"} {
		text := strings.Repeat(part, 200_000/len(part))
		render := func(text string) (time.Duration, error) {
			began := time.Now()
			page(t, text)
			return time.Since(began), nil
		}
		limit := limits.Limit{Time: time.Second, Yard: 13 * time.Millisecond, Measure: func() (time.Duration, error) {
			return render(strings.Repeat("the tide table of the old harbour\n", 200_000/35))
		}}
		if took, err := limit.Kept(func() (time.Duration, error) { return render(text) }); err != nil {
			t.Errorf("%q %v", part, err)
		} else {
			t.Logf("%q: %v", part, took.Round(time.Millisecond))
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"<img src=x onerror=a>", "[a](javascript:b)", "[[Second]]", "<svg/onload=a>", "<a href=\"b.md\">x</a>", "![[Second]]", "<style>*{}</style>",
		"[x]: b.md\n[x]", "| a |\n|---|\n| [[b]] |", "<iframe src=//x>", "<form action=x><input name=y>", "{{< ref \"b\" >}}", "<base href=//x>", "<a href=x id=_search>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			t.Skip()
		}
		safe(t, string(page(t, text).Body))
	})
}

// safe checks by a parser of others that a page holds nothing that runs, loads or pretends to be the page itself.
func safe(t *testing.T, body string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("%s in %s", z.Raw(), body)
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			if strings.Contains(" script style iframe object embed img svg math form button link meta base video audio source template ", " "+tag.Data+" ") {
				t.Fatalf("<%s> in %s", tag.Data, body)
			}
			for _, a := range tag.Attr {
				scheme, _, ok := strings.Cut(strings.ToLower(a.Val), ":")
				if strings.HasPrefix(a.Key, "on") || strings.Contains(" src srcset style action formaction name ", " "+a.Key+" ") ||
					a.Key == "id" && strings.HasPrefix(a.Val, "_") ||
					a.Key == "href" && ok && !strings.ContainsAny(scheme, "/#?") && !strings.Contains(" http https mailto ", " "+scheme+" ") {
					t.Fatalf("%s=%q in %s", a.Key, a.Val, body)
				}
			}
		}
	}
}
