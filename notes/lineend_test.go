package notes

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func FuzzLineEnds(f *testing.F) {
	for _, seed := range []string{"", "a", "a\r", "a\rb\r", "a\r\nb\nc\rd", "\r\r\n\n\r", "\n", strings.Repeat("x", 4095) + "\r\n\r", "# Old Mac\r\rpara\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := SplitLines(text)
		if strings.Join(lines, "") != text {
			t.Fatalf("%q: %q", text, lines)
		}
		for i, line := range lines {
			if body := strings.TrimRight(line, "\r\n"); strings.ContainsAny(body, "\r\n") || body == line && i < len(lines)-1 {
				t.Fatalf("%q: no line %q", text, line)
			}
		}
		clean, _ := Clean([]byte(text))
		want := strings.Count(strings.TrimSuffix(string(clean), "\n"), "\n") + 1
		if text != "" && len(lines) != want {
			t.Fatalf("%q: %d lines, %d as Clean counts", text, len(lines), want)
		}
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			got, err := io.ReadAll(LineFeeds(r))
			if err != nil || len(got) != len(text) || bytes.Count(got, []byte("\n")) != bytes.Count(clean, []byte("\n")) {
				t.Fatalf("%q read as %q: %v", text, got, err)
			}
		}
	})
}
