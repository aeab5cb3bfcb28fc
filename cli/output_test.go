package cli

import (
	"bytes"
	"testing"

	"amalfa/search"
)

// On a terminal what is closest to a question that nothing answers is faint, whatever is bold in it.
func TestDimmedResults(t *testing.T) {
	var out, notes bytes.Buffer
	s := &session{program: &program{out: &out, err: &notes, color: true}}
	s.dimmed().line("a %s line", s.bold("bold"))
	if got := out.String(); got != "\x1b[2ma \x1b[1mbold\x1b[0m\x1b[2m line\x1b[0m\n" {
		t.Errorf("%q", got)
	}
	for _, test := range []struct {
		ans  searchAnswer
		want string
	}{
		{searchAnswer{}, "No note matches.\n"},
		{searchAnswer{Confidence: search.Low, Probability: 0.2}, "Nothing reaches that confidence: the best result has low (0.20).\n"},
	} {
		out.Reset()
		if s.printHits(test.ans); out.String() != test.want {
			t.Errorf("%q", out.String())
		}
	}
}
