package ingest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/testdata/assets"
)

// MDX's own parser, with GitHub's tables and addresses.
var mdxPackages = []string{"mdast-util-from-markdown@2.1.0", "micromark-extension-mdxjs@3.0.0", "mdast-util-mdx@3.0.0", "micromark-extension-gfm@3.0.0", "mdast-util-gfm@3.1.0"}

// A verdict is what that parser says of a page.
type verdict struct {
	Text  []string // texts and code
	Links []string // addresses
	Error string
}

// mdxReference asks it about pages.
func mdxReference(t *testing.T, pages []string) []verdict {
	t.Helper()
	node, modules := assets.NPM(t, mdxPackages...)
	script := filepath.Join(t.TempDir(), "mdx.mjs")
	text, err := os.ReadFile("testdata/mdx.mjs")
	if err == nil {
		err = os.WriteFile(script, text, 0o600)
	}
	if err == nil {
		err = os.Symlink(modules, filepath.Join(filepath.Dir(script), "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	for _, p := range pages {
		line, _ := json.Marshal(p)
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), node, script)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	verdicts := make([]verdict, len(pages))
	d := json.NewDecoder(bytes.NewReader(out))
	for i := range verdicts {
		if err := d.Decode(&verdicts[i]); err != nil {
			t.Fatal(err)
		}
	}
	return verdicts
}

var numbered = regexp.MustCompile(`w\d+`)

// numberedWords are the words of a page that was made, sorted.
func numberedWords(text string) []string {
	return slices.Sorted(slices.Values(numbered.FindAllString(text, -1)))
}

// A writer makes pages in which every word is another one, so that it can be told of each whether it is text.
type writer struct {
	*rand.Rand
	count int
	prose []string // words that people write
	wild  bool     // what no parser takes is written too
}

func (w *writer) one(of ...func() string) string { return of[w.IntN(len(of))]() }

func (w *writer) pick(of ...string) string { return of[w.IntN(len(of))] }

func (w *writer) name() string {
	w.count++
	return fmt.Sprintf("w%d", w.count)
}

func (w *writer) word() string {
	name := w.name()
	w.prose = append(w.prose, name)
	return name
}

func (w *writer) sentence() string { return w.many(1, 4, " ", w.inline) }

// many joins from least to most pieces.
func (w *writer) many(least, most int, between string, piece func() string) string {
	parts := make([]string, least+w.IntN(most-least+1))
	for i := range parts {
		parts[i] = piece()
	}
	return strings.Join(parts, between)
}

func (w *writer) inline() string {
	return w.one(w.word, w.word, w.word, w.mark, w.code, w.expression, w.element, w.sign, w.broken)
}

func (w *writer) mark() string {
	return w.one(
		func() string { return "**" + w.word() + "**" },
		func() string { return "[" + w.word() + "](a.md)" },
		func() string { return "_" + w.word() + w.pick("\n", " ") + w.word() + "_" },
		func() string { return w.word() + w.pick(`\{`, `\<`, "&lt;", "}", " > ", `\`+"`") + w.word() },
		func() string { return "https://a.b/" + w.word() + "{" + w.word() + "}" },
	)
}

func (w *writer) code() string {
	return w.one(
		func() string { return "`" + w.word() + w.pick("{", "<a>", "{'", "</", "\n") + w.word() + "`" },
		func() string { return "``" + w.word() + "`{" + w.word() + "``" },
	)
}

func (w *writer) sign() string {
	return w.pick("1 < ", "a <\n", "< ") + w.word() + w.pick(" and 3 > 2", " > ", "", " <= ")
}

// broken is prose that looks like program.
func (w *writer) broken() string {
	if !w.wild {
		return w.word()
	}
	return w.one(
		func() string { return "{" + w.word() + " " + w.word() + "}" },
		func() string { return "{" + w.word() + ": " + w.word() },
		func() string { return "<" + w.pick("3 ", "=", "-", "!-- ") + w.word() },
		func() string { return "{% " + w.word() + " %}" },
		func() string { return "{{ a.b | " + w.word() + ": 1 }}" },
		func() string { return "{" + w.word() + ". " + w.word() + ".}" },
		func() string { return "<" + w.word() + " " + w.word() },
		func() string { return "{...}" + w.word() },
	)
}

// value is an expression of JavaScript.
func (w *writer) value(depth int) string {
	if depth == 0 {
		return w.one(w.name, func() string { return "'" + w.name() + w.pick("}", "{", `\'`, "//", "") + "'" }, func() string { return "1.5e-3" }, func() string { return `"` + w.name() + `"` })
	}
	v := func() string { return w.value(depth - 1) }
	return w.one(v, v,
		func() string {
			return v() + w.pick(" + ", " && ", ".a.b ?? ", " === ", " < ", "/", " in ", " instanceof ", ", ") + v()
		},
		func() string { return v() + " ? " + v() + " : " + v() },
		func() string { return "[" + v() + ", ..." + w.name() + ",]" },
		func() string {
			return "{" + w.name() + ", a: (" + v() + "), 'b': " + v() + ", [c]: 1, d() { return {} }}.a"
		},
		func() string { return "`" + w.name() + "}${" + v() + "}`" },
		func() string { return w.pick("/}[/}]\\//g", "!/{/", "typeof /'/") + ".test(" + w.name() + ")" },
		func() string { return "() => " + v() },
		func() string { return "(a, {b = 1}) => { if (" + v() + ") { return '}' } /* } */ }" },
		func() string { return "/* } " + w.name() + " */ " + v() },
		func() string { return v() + " // }\n" },
		func() string { return "async function a() { await " + v() + " }" },
		func() string { return "new A(" + v() + ")?.b[" + v() + "]" },
		func() string { return "<a b='" + w.name() + "'>" + w.name() + " it's {" + v() + "}</a>" },
		func() string { return "class extends A { b = " + v() + " }" },
		func() string { return "!" + w.name() + "++ - -" + w.name() },
	)
}

func (w *writer) expression() string {
	return "{" + w.one(func() string { return w.value(2) }, func() string { return "" }, func() string { return "/* " + w.name() + " */" }, func() string { return w.value(1) }) + "}"
}

func (w *writer) attributes() string {
	return w.many(0, 3, "", func() string {
		return " " + w.one(w.name, func() string { return w.name() + "='" + w.name() + w.pick(">", "{", `\`, "\n") + "'" },
			func() string { return "a-b:c = {" + w.value(2) + "}" }, func() string { return "{..." + w.value(1) + "}" })
	})
}

func (w *writer) element() string {
	name := w.pick("a", "B", "c.D", "e-f", "g:h", "", "Ä", "$")
	attributes := ""
	if name != "" {
		attributes = w.attributes()
		if w.IntN(3) == 0 {
			return "<" + name + attributes + w.pick("/>", " />", "/ >")
		}
	}
	return "<" + name + attributes + ">" + w.word() + "</" + name + w.pick(">", " >")
}

func (w *writer) statement() string {
	return w.one(
		func() string { return "import " + w.name() + ", {a as " + w.name() + "} from '" + w.name() + "'" },
		func() string { return "import * as " + w.name() + " from \"a\";" },
		func() string { return "export const " + w.name() + " = {\n\n  a: " + w.value(2) + "\n}" },
		func() string { return "export default " + w.value(1) },
		func() string { return "export function " + w.name() + "(a) {\n\n  return <b>" + w.name() + "</b>\n}" },
		func() string { return "export {" + w.name() + ",} from 'a' // " + w.name() },
		func() string { return "import 'a'\nexport * from 'b'" },
	)
}

func (w *writer) block(depth int) string {
	if depth == 0 {
		return w.sentence()
	}
	below := func() string { return w.many(1, 2, "\n\n", func() string { return w.block(depth - 1) }) }
	return w.one(w.sentence, w.sentence, w.table,
		func() string { return "## " + strings.ReplaceAll(w.sentence(), "\n", " ") },
		func() string { return "- " + indent(below(), "  ") + "\n- " + w.word() },
		func() string { return "1. " + indent(w.block(0), "   ") + "\n2. " + w.word() },
		func() string { return "> " + indent(below(), "> ") },
		w.fence,
		func() string { return "{\n\n" + w.value(2) + "\n\n}" },
		func() string {
			return "<A" + w.attributes() + ">\n\n" + indent(below(), w.pick("", "  ", "    ")) + "\n\n</A>"
		},
		func() string { return "<A>\n  " + w.word() + " " + w.expression() + "\n</A>" },
		func() string { return w.element() + " " + w.expression() },
		func() string { return "import{" + w.name() + "} from " + w.word() },
		func() string { return "export " + w.pick("of ", "duties ") + w.word() },
	)
}

func (w *writer) fence() string {
	run := w.pick("```", "~~~~")
	return run + "js\n" + w.word() + " {\n\n<a " + w.word() + "\nimport " + w.word() + "\n" + run
}

func (w *writer) table() string {
	return "| " + w.word() + " | " + w.word() + " |\n|---|:-:|\n| " + w.word() + " {1} | `" + w.word() + "{` |"
}

func indent(text, by string) string { return strings.ReplaceAll(text, "\n", "\n"+by) }

func (w *writer) page() string {
	parts := []string{}
	for range 1 + w.IntN(4) {
		if w.IntN(3) == 0 {
			parts = append(parts, w.statement())
		}
		parts = append(parts, w.block(2))
	}
	return strings.Join(parts, "\n\n") + w.pick("", "\n")
}

// What MDX's own parser calls text is what people find a page by, word for word, and its links are ours; where that parser gives up
// on a page, no word of its text is lost.
func TestMDXReference(t *testing.T) {
	const n = 3000
	writers, pages := make([]*writer, n), make([]string, n)
	for i := range pages {
		writers[i] = &writer{Rand: rand.New(rand.NewPCG(uint64(i), 12)), wild: i%3 == 0}
		pages[i] = writers[i].page()
	}
	sound, compared := 0, 0
	for i, v := range mdxReference(t, pages) {
		got, links := visibleWords(pages[i])
		if v.Error == "" {
			sound++
			want := numberedWords(strings.Join(v.Text, " "))
			compared += len(want)
			if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("page %d: their text (-), ours (+):\n%s%s", i, diff, pages[i])
			}
			theirs := slices.DeleteFunc(v.Links, func(to string) bool { return to != "a.md" })
			if len(theirs) != links {
				t.Errorf("page %d: %d links, want %d:\n%s", i, links, len(theirs), pages[i])
			}
			continue
		}
		for _, word := range writers[i].prose {
			if _, ok := slices.BinarySearch(got, word); !ok {
				t.Errorf("page %d (%s): %s is lost:\n%s", i, v.Error, word, pages[i])
			}
		}
	}
	t.Logf("%d pages, %d of them sound with %d words", n, sound, compared)
	if sound < n/3 || sound > n*9/10 {
		t.Error("the pages say little")
	}
}

// visibleWords are the words that a page is found by, and how many links to a.md it has. A page without text is no note.
func visibleWords(page string) (words []string, links int) {
	p := preparer{markdown: newMarkdown(), count: wordCount, maxTokens: 512}
	n, err := p.prepare("page.mdx", []byte(page))
	if err != nil {
		return nil, 0
	}
	var all strings.Builder
	for _, c := range n.put.Chunks {
		all.WriteString(cmp.Or(c.Plain, c.Text) + "\n")
	}
	for _, e := range n.put.Edges {
		if e.Target == "a.md" {
			links++
		}
	}
	return numberedWords(all.String()), links
}
