package notes

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzAddRelation: the head says what it said, and one link more; all other bytes stay.
func FuzzAddRelation(f *testing.F) {
	for _, s := range []string{"", "# A\n", "---\nup: [[a]]\n---\n", "---\nup: a, b # c\n---\n", "---\r\nx:\r\n  - y\r\nup:\r\n  - 'z'\r\n---\r\n", "+++\nup = ['a']\n[b]\n+++\n",
		"{\n\"up\": \"a\"\n}\n", "up:: [[a]]\n", "---\nup: |\n  a\n---\n", "---\nup: &a [b]\nx: *a\n---\n", "---\nUp: {a: b}\nup: c\n---\n"} {
		f.Add([]byte(s))
	}
	const link = "[[new note]]"
	f.Fuzz(func(t *testing.T, note []byte) {
		changed, err := AddRelation(note, "up", link)
		if err != nil {
			if !errors.Is(err, ErrShape) {
				t.Fatal(err)
			}
			return
		}
		if len(changed) <= len(note) {
			t.Fatalf("%q of %q", changed, note)
		}
		text, _ := Clean(note)
		result, _ := Clean(changed)
		before, _ := ReadHead(text)
		after, err := ReadHead(result)
		if err != nil {
			t.Fatalf("%v: %q of %q", err, changed, note)
		}
		was, is := before.named("UP"), after.named("UP")
		if len(is) == 0 || is[len(is)-1] != link || len(is) != len(was)+1 && before.Format != None && before.Format != Properties {
			t.Fatalf("%q says %q, %q said %q", changed, is, note, was)
		}
		if !bytes.HasSuffix(result, text[before.End:]) {
			t.Fatalf("%q of %q", changed, note)
		}
	})
}
