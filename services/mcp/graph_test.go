package mcp

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"amalfa/store"

	"github.com/google/go-cmp/cmp"
)

// wordVectors embeds a text as the counts of its words, so that passages are as alike as the words they share.
type wordVectors struct{}

func (wordVectors) Model(context.Context) (store.Model, error) {
	return store.Model{Digest: "words", Name: "words", Dim: 256}, nil
}

func (wordVectors) Embed(_ context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = make([]float32, 256)
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			h := fnv.New32a()
			fmt.Fprint(h, strings.Trim(word, ".,[]()"))
			vectors[i][h.Sum32()%256]++
		}
	}
	return vectors, nil
}

func TestGapsPathRelated(t *testing.T) {
	v := newVault(t)
	v.write("copy/tides.md", "# Tides\n\nHigh water at the quay comes forty minutes after the table says.\n")
	cs := connect(t, v.options(), nil)
	for tool, args := range map[string]map[string]any{"find_gaps": {}, "related": {"id": "no such"}, "find_path": {"from": "README.md", "to": "no such"}} {
		if text := refused(t, cs, tool, args); !strings.Contains(text, "hint: ") {
			t.Errorf("%s: %s", tool, text)
		}
	}
	before, _ := ask[relatedOut](t, cs, "related", map[string]any{"id": "README.md"})
	if len(before.Degraded) != 1 || len(before.Results) != 2 {
		t.Errorf("related without vectors: %+v", before)
	}
	v.embed(wordVectors{})

	t.Run("gaps", func(t *testing.T) {
		out, text := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.5})
		if len(out.Gaps) == 0 || out.Gaps[0].Source != "copy/tides.md" || out.Gaps[0].Target != "docs/tides.md" || !out.Untrusted {
			t.Fatalf("%+v", out)
		}
		if e := out.Gaps[0].Evidence; e[0].Location != "copy/tides.md:1-3" || e[1].Location != "docs/tides.md:1-6" || !strings.Contains(text, "   | High water at the quay") {
			t.Errorf("%+v\n%s", e, text)
		}
		first, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.01, "limit": 1})
		next, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.01, "limit": 1, "cursor": *first.NextCursor})
		if next.Gaps[0].Source == first.Gaps[0].Source && next.Gaps[0].Target == first.Gaps[0].Target {
			t.Errorf("the cursor leads to %+v again", next.Gaps)
		}
		if first.Total < 2 || next.Total != first.Total {
			t.Errorf("of %d and %d gaps", first.Total, next.Total)
		}
		if inside, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.01, "folder": "/copy/"}); inside.Total != 0 {
			t.Errorf("a folder of one note has gaps: %+v", inside)
		}
		if s, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.01, "kind": "structural"}); slices.ContainsFunc(s.Gaps, func(g gap) bool { return g.Kind != "structural" }) {
			t.Errorf("structural gaps: %+v", s.Gaps)
		}
	})
	t.Run("links that do not lead where they should", func(t *testing.T) {
		broken, text := ask[gapsOut](t, cs, "find_gaps", map[string]any{"kind": "broken"})
		want := []gap{{Source: "README.md", Target: "docs/missing", Kind: "broken", Reasons: []string{"no note answers, perhaps it means docs/tides.md"},
			Evidence: []quote{{"README.md:4-4", []string{}, "docs/missing: no note answers, perhaps it means docs/tides.md"}}}}
		if d := cmp.Diff(want, broken.Gaps); d != "" || broken.Total != 1 || !strings.Contains(text, "README.md:4-4") {
			t.Errorf("%s\n%s", d, text)
		}
		if outside, text := ask[gapsOut](t, cs, "find_gaps", map[string]any{"kind": "broken", "folder": "docs"}); outside.Total != 0 || !strings.Contains(text, "No broken links") {
			t.Errorf("%+v %s", outside, text)
		}
		several, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"kind": "ambiguous", "max_tokens": 200})
		if len(several.Gaps) != 1 || !strings.HasSuffix(several.Gaps[0].Evidence[0].Text, "it leads to the first of docs/pilots.md, log/pilots.md") {
			t.Errorf("%+v", several)
		}
		named, _ := ask[linksOut](t, cs, "explore_links", map[string]any{"id": "pilots", "relation": "unlinked"})
		if len(named.Links) != 1 || named.Links[0].Type != "UNLINKED" || named.Links[0].Source != "log/2024/storm.md" || named.Links[0].Direction != "in" {
			t.Errorf("%+v", named)
		}
		if text := refused(t, cs, "find_gaps", map[string]any{"folder": "no such"}); !strings.Contains(text, "no note of the index lies in this folder") || !strings.Contains(text, "hint: ") {
			t.Error(text)
		}
	})
	t.Run("path", func(t *testing.T) {
		out, text := ask[pathOut](t, cs, "find_path", map[string]any{"from": "tag:harbour", "to": "pilots"})
		want := []step{
			{From: "tag:harbour", To: "README.md", Type: "TAGGED_AS", Location: "README.md:4", Sentence: "#harbour"},
			{From: "README.md", To: "docs/pilots.md", Type: "LINKS_TO", Location: "README.md:3", Sentence: "See [tides](docs/tides.md) and [pilots](docs/pilots.md).", Forward: true},
		}
		if d := cmp.Diff(want, out.Steps); d != "" || !out.Found {
			t.Error(d)
		}
		if !strings.Contains(text, "README.md -LINKS_TO-> docs/pilots.md\n  README.md:3 | See [tides](docs/tides.md) and [pilots](docs/pilots.md).\n") {
			t.Error(text)
		}
		none, text := ask[pathOut](t, cs, "find_path", map[string]any{"from": "README.md", "to": "log/2024/storm.md"})
		if none.Found || !strings.Contains(text, "Nothing connects") {
			t.Errorf("%+v %s", none, text)
		}
		if far, _ := ask[pathOut](t, cs, "find_path", map[string]any{"from": "tag:harbour", "to": "pilots", "max_steps": 1}); far.Found {
			t.Errorf("%+v", far)
		}
	})
	t.Run("related", func(t *testing.T) {
		out, _ := ask[relatedOut](t, cs, "related", map[string]any{"id": "docs/tides.md", "limit": 3})
		ids := []string{}
		for _, r := range out.Results {
			ids = append(ids, r.ID)
		}
		if d := cmp.Diff([]string{"copy/tides.md", "README.md", "docs/pilots.md"}, ids); d != "" {
			t.Error(d)
		}
		if r := out.Results[0].Reasons; len(r) != 1 || !strings.HasPrefix(r[0], "says something like lines 1-6 (cosine 0.") {
			t.Errorf("reasons %q", r)
		}
		small, text := ask[relatedOut](t, cs, "related", map[string]any{"id": "docs/tides.md", "limit": 3, "max_tokens": 200})
		if small.Omitted == 0 || len(small.Results)+small.Omitted != 3 || !strings.Contains(text, "more did not fit") {
			t.Errorf("%+v", small)
		}
	})
}
