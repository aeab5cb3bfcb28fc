package ingest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
