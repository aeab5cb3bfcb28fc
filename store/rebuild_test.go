package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"amalfa/store"

	"github.com/google/go-cmp/cmp"
)

// cut makes of a text the note that ingest makes: its passages are those of marks, each of which stands once in the text.
func cut(text string, marks ...string) (n store.Note, passages []store.Chunk) {
	sum := sha256.Sum256([]byte(text))
	lineAt := func(at int) int { return 1 + strings.Count(text[:at], "\n") }
	n = store.Note{ID: "a.md", Hash: hex.EncodeToString(sum[:]), Size: int64(len(text))}
	if text != "" {
		n.Lines = lineAt(len(text) - 1)
	}
	for i, m := range marks {
		start := strings.Index(text, m)
		passages = append(passages, store.Chunk{Seq: i, Start: start, End: start + len(m), FirstLine: lineAt(start), LastLine: lineAt(start + len(m) - 1), Text: m})
	}
	return n, passages
}

// A note is rebuilt byte for byte where nothing but the ends of lines stands between its passages. Otherwise each line keeps its number,
// and what is not there is told.
func TestRebuild(t *testing.T) {
	for _, c := range []struct {
		name, text string
		passages   []string
		whole      bool
		missing    [][2]int
	}{
		{"one passage", "# A\n\ntext\n", []string{"# A\n\ntext"}, true, [][2]int{}},
		{"no end of the last line", "# A\ntext", []string{"# A\ntext"}, true, [][2]int{}},
		{"empty lines between", "# A\n\n\n# B\nmore\n\n\n", []string{"# A", "# B\nmore"}, true, [][2]int{}},
		{"other ends of lines", "# A\r\ntext\r\n\r\n# B\r\n", []string{"# A\r\ntext", "# B"}, true, [][2]int{}},
		{"two passages in a line", "one two three\n", []string{"one two", "three"}, true, [][2]int{}},
		{"empty lines first", "\n\n# A\n", []string{"# A"}, true, [][2]int{}},
		{"front matter", "---\ntitle: A\n---\n\n# A\n", []string{"# A"}, false, [][2]int{{1, 4}}},
		{"data between", "# A\n\n  \nxxxxxxxx\n\n# B\n", []string{"# A", "# B"}, false, [][2]int{{2, 5}}},
		{"data at the end", "# A\nxxxx\nyyyy\n", []string{"# A"}, false, [][2]int{{2, 3}}},
		{"spaces at the end of a line", "# A   \n# B\n", []string{"# A", "# B"}, false, [][2]int{}},
		{"nothing", "", nil, true, [][2]int{}},
		{"nothing but white space", "\n\n", nil, true, [][2]int{}},
	} {
		n, passages := cut(c.text, c.passages...)
		data, got := store.Rebuild(n, passages)
		if got.Whole != c.whole || c.whole && string(data) != c.text {
			t.Errorf("%s: whole %v: %q", c.name, got.Whole, data)
		}
		if diff := cmp.Diff(c.missing, got.Missing); diff != "" {
			t.Errorf("%s: missing: %s", c.name, diff)
		}
		lines := strings.Split(string(data), "\n")
		for _, p := range passages {
			if first, _, _ := strings.Cut(p.Text, "\n"); !strings.Contains(lines[p.FirstLine-1], first) {
				t.Errorf("%s: line %d is %q", c.name, p.FirstLine, lines[p.FirstLine-1])
			}
		}
	}
}

// A passage that lost the data in it keeps those behind it on their lines.
func TestRebuildShortened(t *testing.T) {
	n, passages := cut("# A\nxxxx\nyyyy\n\n# B\n", "# A\nxxxx\nyyyy", "# B")
	passages[0].Text = "# A\n…"
	if data, got := store.Rebuild(n, passages); got.Whole || string(data) != "# A\n…\n\n\n# B\n" {
		t.Errorf("%v %q", got.Whole, data)
	}
}

// Numbers that no file can have, as another writer of a database may send them, make no text that is larger than a file.
func TestRebuildHostile(t *testing.T) {
	const huge = 1 << 40
	n := store.Note{ID: "a.md", Size: huge, Lines: huge}
	data, _ := store.Rebuild(n, []store.Chunk{
		{Start: huge, End: huge + 1, FirstLine: huge, LastLine: huge, Text: "a"},
		{Start: -5, End: -1, FirstLine: -9, LastLine: huge, Text: "b"},
	})
	if len(data) > 70<<20 || !strings.Contains(string(data), "ab") {
		t.Errorf("%d bytes", len(data))
	}
}
