package ingest_test

import (
	"strings"
	"testing"

	"amalfa/ingest"
)

// A changed limit or tokenizer cuts unchanged files again; a run that only guesses leaves alone what was counted.
func TestAnotherChunkerCutsAgain(t *testing.T) {
	w := newWorkspace(t, map[string]string{"long.md": strings.Repeat("word ", 300), "short.md": "text"})
	chunks := func() int {
		c, err := w.opts.Store.Chunks(t.Context(), "long.md")
		if err != nil {
			t.Fatal(err)
		}
		return len(c)
	}
	w.run()
	if n := chunks(); n != 1 {
		t.Fatalf("%d chunks", n)
	}
	w.opts.MaxTokens = 100
	if lag, err := ingest.Lag(t.Context(), w.opts); lag != 0 || err != nil {
		t.Errorf("lag %d, %v: no file changed", lag, err)
	}
	s := w.run()
	if n := chunks(); n < 4 || s.Indexed != 2 || s.Reused == 0 {
		t.Errorf("%d chunks, %+v", n, s)
	}
	if s := w.run(); s.Unchanged != 2 {
		t.Errorf("the same again: %+v", s)
	}
	many := chunks()
	w.opts.Count, w.opts.MaxTokens = nil, 0
	if s := w.run(); s.Unchanged != 2 || chunks() != many {
		t.Errorf("a guess: %+v", s)
	}
	w.opts.Count, w.opts.MaxTokens = func(s string) int { return 2 * words(s) }, 100
	if s := w.run(); s.Indexed != 2 || chunks() <= many {
		t.Errorf("another tokenizer: %+v, %d chunks", s, chunks())
	}
}
