package ingest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/tokenizer"
)

const pageText = `---
title: Quick start
---
import Tabs from '@theme/Tabs';
import { a,
  b } from "x"

export const meta = {
  title: 'hidden',

  deep: { a: 1 },
}

# Install {props.name} the <Badge kind="hidden">tool</Badge>

import duties are high, and export markets closed.

<Tabs
  items={["hidden", '>']}
>
  <Tab label="hidden">
    Run [this](guide.mdx) with ` + "`<Kept a={1}>`" + ` first.

    ` + "```jsx" + `
    import kept from 'kept'
    <Kept>{kept}</Kept>
    ` + "```" + `
  </Tab>
</Tabs>

{/* hidden comment */}

1 < 2 and a \{kept\} and {unclosed [[target]]

- item <br/> one #tag
- <Icon/>
`

func TestMDXHoldsItsTextOnly(t *testing.T) {
	n := prepareText(t, "docs/start.mdx", pageText, wordCount, 512)
	want := []string{"14-36 Install the tool | # … -"}
	if diff := cmp.Diff(want, outline(n)); diff != "" {
		t.Error(diff)
	}
	text := n.put.Chunks[0].Text
	wantText := "# Install  the tool\n\nimport duties are high, and export markets closed.\n\n    Run [this](guide.mdx) with `<Kept a={1}>` first.\n\n" +
		"    ```jsx\n    import kept from 'kept'\n    <Kept>{kept}</Kept>\n    ```\n\n\n1 < 2 and a \\{kept\\} and {unclosed [[target]]\n\n- item  one #tag\n-"
	if diff := cmp.Diff(wantText, text); diff != "" {
		t.Error(diff)
	}
	wantEdges := []string{strings.Repeat("·", 22) + " LINKS_TO docs/guide.mdx path", strings.Repeat("·", 33) + " CITES target", strings.Repeat("·", 35) + " TAGGED_AS tag:tag"}
	if diff := cmp.Diff(wantEdges, edgeLines(n.put.Edges)); diff != "" {
		t.Error(diff)
	}
	if n.put.Note.Title != "Quick start" || n.put.Note.Kind != "markdown" {
		t.Errorf("%+v", n.put.Note)
	}
}

func TestPageThatIsAllProgram(t *testing.T) {
	p := preparer{markdown: newMarkdown(), count: wordCount, maxTokens: 512}
	n, err := p.prepare("a.mdx", []byte("import x from 'y'\n\n<App/>\n"))
	if err == nil {
		t.Errorf("indexed: %+v", n.put)
	}
}

func TestMDXBombs(t *testing.T) {
	for name, piece := range map[string]string{"braces": "{", "tags": "<a ", "quotes": "<a \"", "ticks": "`{", "nested": "<a b={", "closed": "<a>{b}", "fences": "```\n", "imports": "import a from 'b'\n\n", "open imports": "export const a = {\n\n", "strings": "{'", "apostrophes": "{a'b "} {
		t.Run(name, func(t *testing.T) {
			src := []byte(strings.Repeat(piece, 1<<20/len(piece)))
			began := time.Now()
			_ = maskCode(src, 0)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzMDX(f *testing.F) {
	f.Add([]byte(pageText))
	for _, s := range []string{"export default {", "{a\\", "<a b='{\n\n>", "```\n{", "`{`}", "<>x</>", "<a.b:c {...d}/>", "\f<x>\f", "import 'a'\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		src, _, err := cleanText(src)
		if err != nil {
			return
		}
		out := maskCode(src, 0)
		if len(out) != len(src) {
			t.Fatalf("%d bytes became %d", len(src), len(out))
		}
		for i, c := range out {
			if c != src[i] && c != masked && src[i] != masked || (c == '\n') != (src[i] == '\n') {
				t.Fatalf("byte %d: %q became %q", i, src[i], c)
			}
		}
		if bytes.IndexByte([]byte(unmasked(out)), masked) >= 0 {
			t.Fatal("masked bytes show")
		}
		p := preparer{markdown: newMarkdown(), count: tokenizer.Estimate, maxTokens: 100}
		if _, err := p.prepare("a.mdx", src); err != nil && strings.Contains(err.Error(), "cannot be parsed") {
			t.Fatal(err)
		}
	})
}
