package ingest

import "testing"

// What the model reads before a passage, and what it does not: names that say nothing.
func TestContextOfAPassage(t *testing.T) {
	for _, c := range []struct{ id, text, want string }{
		{"tides.md", "x", "tides\n\nx"},
		{"n/d000123.md", "x", "x"},
		{"n/Untitled 3.md", "## Tides\n\nx", "Tides\n\nx"},
		{"n/202403051430 My idea.md", "x", "My idea\n\nx"},
		{"n/202403051430 My idea.md", "# 202403051430 My idea\n\nx", "My idea\n\nx"},
		{"n/f47ac10b-58cc-4372-a567-0e02b2c3d479.md", "# Tides\n\n## Neap\n\nx", "Tides > Neap\n\nx"},
		{"n/a.md", "---\ntitle: Untitled\n---\nx", "x"},
		{"n/a.md", "# Untitled\n\n## Neap\n\nx", "Neap\n\nx"},
		{"journal/2024-03-05.md", "x", "5 March 2024\n\nx"},
		{"journal/2024-03-05 Standup.md", "## Boats\n\nx", "5 March 2024 Standup > Boats\n\nx"},
	} {
		n := prepareText(t, c.id, c.text, wordCount, 512)
		last := n.put.Chunks[len(n.put.Chunks)-1]
		if got := n.embed[last.Hash]; got != c.want {
			t.Errorf("%s %q: the model reads %q, want %q", c.id, c.text, got, c.want)
		}
	}
}
