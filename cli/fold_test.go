package cli

import (
	"strings"
	"testing"

	"amalfa/search"

	"github.com/rivo/uniseg"
)

func TestFolded(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"the tide comes in", 8, "the tide|comes in"},
		{"the tide comes in", 0, "the tide comes in"},
		{"the tide comes in", 17, "the tide comes in"},
		{"", 8, ""},
		{"supercalifragilistic word", 8, "supercalifragilistic|word"},
		{"次の満潮は明日です。", 8, "次の満潮|は明日で|す。"},
		{"e\u0301e\u0301e\u0301 abc", 4, "e\u0301e\u0301e\u0301|abc"},
		{"👨‍👩‍👧 family", 6, "👨‍👩‍👧|family"},
	} {
		var lines []string
		for _, l := range folded(c.text, c.columns) {
			lines = append(lines, strings.TrimRight(c.text[l.From:l.To], " "))
		}
		if got := strings.Join(lines, "|"); got != c.want {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

// FuzzFolded loses nothing, and is never wider than it may be unless one segment is.
func FuzzFolded(f *testing.F) {
	f.Add("the tide — comes in\u200bagain", 7)
	f.Add("次の満潮は明日です。", 3)
	f.Fuzz(func(t *testing.T, text string, columns int) {
		var all strings.Builder
		for _, l := range folded(text, columns) {
			all.WriteString(text[l.From:l.To])
			if line := strings.TrimRight(text[l.From:l.To], " "); columns > 0 && uniseg.StringWidth(line) > columns && strings.ContainsRune(line, ' ') {
				first, _, _, _ := uniseg.FirstLineSegmentInString(line, -1)
				if uniseg.StringWidth(strings.TrimRight(first, " ")) <= columns && len(first) < len(line) {
					t.Errorf("%q is wider than %d", line, columns)
				}
			}
		}
		if all.String() != text {
			t.Errorf("got %q of %q", all.String(), text)
		}
	})
}

func TestWithin(t *testing.T) {
	got := within(search.Span{From: 4, To: 9}, []search.Span{{From: 0, To: 3}, {From: 2, To: 5}, {From: 8, To: 12}, {From: 9, To: 11}})
	if len(got) != 2 || got[0] != (search.Span{From: 0, To: 1}) || got[1] != (search.Span{From: 4, To: 5}) {
		t.Errorf("got %v", got)
	}
}
