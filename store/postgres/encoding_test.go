package postgres

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzEncoding(f *testing.F) {
	for _, text := range []string{"", "plain", "a\x00b", "\xff", "a/\xff.md", "\U0010F800", "\U0010F8FF\x00", "\U0010FFFD", "\xf4\x8f", "日本語\x00\xed\xa0\x80", "\uFFFD"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := encode(text)
		if !utf8.ValidString(in) || strings.Contains(in, "\x00") {
			t.Errorf("%q is no text of PostgreSQL", in)
		}
		if out := decode(in); out != text {
			t.Errorf("%q came back as %q", text, out)
		}
	})
}
