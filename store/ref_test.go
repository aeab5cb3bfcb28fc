package store

import (
	"strings"
	"testing"
)

func TestRef(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	// printf docs/a.md | sha256sum begins with 52, docs/b.md with 77
	for note, want := range map[string]string{"docs/a.md": "012345652", "docs/b.md": "012345677"} {
		if got := (Chunk{Note: note, Hash: hash}).Ref(); got != want {
			t.Errorf("%s: %s, want %s", note, got, want)
		}
	}
	for typed, want := range map[string]string{
		"0123456ab": "0123456ab", "@0123456AB": "0123456ab", "#0123456ab ": "0123456ab",
		"ref 0123456ab": "0123456ab", "ref:0123456ab": "0123456ab", "Ref: 0123456AB": "0123456ab", "ref=0123456ab": "0123456ab",
		"deref 0123456ab": "", "ref\n0123456ab": "",
		"0123456a": "", "0123456abc": "", "0123456ag": "", "": "", "@": "", "@@0123456ab": "", "٠123456ab": "", "0123456ab:1": "",
	} {
		if got, ok := ParseRef(typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
	}
}
