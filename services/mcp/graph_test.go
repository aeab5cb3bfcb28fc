package mcp

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"amalfa/store"

	"github.com/google/go-cmp/cmp"
)

// embed gives every passage a vector: its words, counted. Passages are as alike as the words they share.
func (v *vault) embed() {
	v.t.Helper()
	ctx := context.Background()
	model := store.Model{Digest: "words", Name: "words", Dim: 256}
	notes, err := v.st.List(ctx, "", "", 0)
	v.must(err)
	b := store.Batch{Model: model, Vectors: map[string][]float32{}}
	for _, n := range notes {
		chunks, err := v.st.Chunks(ctx, n.ID)
		v.must(err)
		for _, c := range chunks {
			x := make([]float32, model.Dim)
			for word := range strings.FieldsSeq(strings.ToLower(c.Text)) {
				h := fnv.New32a()
				fmt.Fprint(h, strings.Trim(word, ".,[]()"))
				x[h.Sum32()%256]++
			}
			b.Vectors[c.Hash] = x
		}
	}
	v.must(v.st.Apply(ctx, b))
	v.must(v.st.SetActiveModel(ctx, model))
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
	v.embed()

	t.Run("gaps", func(t *testing.T) {
		out, text := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.5})
		if len(out.Gaps) == 0 || out.Gaps[0].Source != "copy/tides.md" || out.Gaps[0].Target != "docs/tides.md" || !out.Untrusted {
			t.Fatalf("%+v", out)
		}
		if e := out.Gaps[0].Evidence; e[0].Location != "copy/tides.md:3-3" || e[1].Location != "docs/tides.md:5-6" || !strings.Contains(text, "   | High water at the quay") {
			t.Errorf("%+v\n%s", e, text)
		}
		first, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.01, "limit": 1})
		next, _ := ask[gapsOut](t, cs, "find_gaps", map[string]any{"threshold": 0.01, "limit": 1, "cursor": *first.NextCursor})
		if next.Gaps[0].Source == first.Gaps[0].Source && next.Gaps[0].Target == first.Gaps[0].Target {
			t.Errorf("the cursor leads to %+v again", next.Gaps)
		}
	})
	t.Run("path", func(t *testing.T) {
		out, text := ask[pathOut](t, cs, "find_path", map[string]any{"from": "tag:harbour", "to": "pilots"})
		want := []step{
			{From: "tag:harbour", To: "README.md", Type: "TAGGED_AS", Location: "README.md:1"},
			{From: "README.md", To: "docs/pilots.md", Type: "LINKS_TO", Location: "README.md:3", Sentence: "See pilots.", Forward: true},
		}
		if d := cmp.Diff(want, out.Steps); d != "" || !out.Found {
			t.Error(d)
		}
		if !strings.Contains(text, "README.md -LINKS_TO-> docs/pilots.md\n  README.md:3 | See pilots.\n") {
			t.Error(text)
		}
		none, text := ask[pathOut](t, cs, "find_path", map[string]any{"from": "README.md", "to": "log/2024/storm.md"})
		if none.Found || !strings.Contains(text, "Nothing connects") {
			t.Errorf("%+v %s", none, text)
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
		if r := out.Results[0].Reasons; len(r) != 1 || !strings.HasPrefix(r[0], "says something like lines 5-6 (cosine 0.") {
			t.Errorf("reasons %q", r)
		}
		small, text := ask[relatedOut](t, cs, "related", map[string]any{"id": "docs/tides.md", "limit": 3, "max_tokens": 200})
		if small.Omitted == 0 || len(small.Results)+small.Omitted != 3 || !strings.Contains(text, "more did not fit") {
			t.Errorf("%+v", small)
		}
	})
}
