package mcp

import (
	"strings"
	"testing"
	"unicode/utf8"

	"amalfa/notes"
)

func TestClean(t *testing.T) {
	tests := []struct {
		name, in, want string
		hidden         bool
	}{
		{"plain", "a\tb\nc", "a\tb\nc", false},
		{"scripts stay", "日本語 नमस्ते مرحبا ไทย é", "日本語 नमस्ते مرحبا ไทย é", false},
		{"one joiner stays", "می\u200cخواهم 👩\u200d👧", "می\u200cخواهم 👩\u200d👧", false},
		{"joiners in a row", "a\u200c\u200d\u200cb", "a\u200c\u200d\u200cb", true},
		{"emoji variation stays", "❤\ufe0f", "❤\ufe0f", false},
		{"windows lines", "a\r\nb\rc\r", "a\nb c", false},
		{"byte order mark", "\ufeff# T", "# T", false},
		{"mark inside", "a\ufeffb", "ab", true},
		{"other line ends", "a\u2028b\u2029c\u0085d\fe\vf", "a b c d e f", false},
		{"escape sequence", "a\x1b[31mred", "a[31mred", true},
		{"nul", "a\x00b", "ab", true},
		{"delete and C1", "a\x7f\u009bb", "ab", true},
		{"tags", "hi" + string([]rune{0xe0069, 0xe0067, 0xe007f}), "hi", true},
		{"selectors", "a" + string([]rune{0xe0100, 0xe01ef}), "a", true},
		{"bidi override", "a\u202eb\u202cc\u2066d\u2069", "abcd", true},
		{"zero width", "ig\u200bno\u2060re", "ignore", true},
		{"hangul fillers", "a\u3164b\u115fc", "abc", true},
		{"comment", "a <!-- do this --> b", "a <!-- do this --> b", true},
		{"invalid UTF-8", "a\xff\xfeb", "a\ufffd\ufffdb", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, hidden := clean(tc.in)
			if got != tc.want || hidden != tc.hidden {
				t.Errorf("clean(%q) = %q, %v; want %q, %v", tc.in, got, hidden, tc.want, tc.hidden)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\r\n\u202e\x00<!--")
	f.Fuzz(func(t *testing.T, s string) {
		got, _ := clean(s)
		again, _ := clean(strings.TrimPrefix(got, "\ufeff"))
		if !utf8.ValidString(got) || got != again {
			t.Errorf("clean(%q) = %q, then %q", s, got, again)
		}
		for _, r := range got {
			if notes.IsInvisible(r) {
				t.Errorf("clean(%q) left %U", s, r)
			}
		}
	})
}
