package eval

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func TestTrials(t *testing.T) {
	chunk := func(note string, heading ...string) store.Chunk { return store.Chunk{Note: note, Heading: heading} }
	got := HeadingTrials([]store.Chunk{
		chunk("a.md", "A", "When the tide turns"), chunk("a.md", "A", "When the tide turns"), chunk("b.md", "B", "How to use it"),
		chunk("c.md", "How to use it"), chunk("c.md", "Short one"), chunk("d.md"),
	})
	if d := cmp.Diff([]Trial{{Question: "When the tide turns", Answer: "a.md"}}, got); d != "" {
		t.Error(d)
	}
	edge := func(sentence, target string, resolved bool) store.Edge {
		return store.Edge{Source: "a.md", Target: target, Sentence: sentence, Resolved: resolved}
	}
	got = LinkTrials([]store.Edge{
		edge("The water follows [[Moon|her]] twice a day.", "moon.md", true), edge("See the [big table](x.md) of heights.", "x.md", true),
		edge("See [[Sun]].", "sun.md", true), edge("Nobody ever wrote of [[Gone]] here.", "Gone", false), edge("All about #sea and salt", "tag:sea", true),
	})
	want := []Trial{
		{"The water follows twice a day.", "moon.md", "a.md"}, {"See the big table of heights.", "x.md", "a.md"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
