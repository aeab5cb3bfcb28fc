package work

import (
	"bytes"
	"testing"

	"amalfa/notes"
)

func TestWithFields(t *testing.T) {
	add := []field{{"date", "2024-03-05"}, {"keywords", []string{"sea", `a "b"`}}}
	for before, want := range map[string]string{
		"# T\n":                       "---\ndate: 2024-03-05\nkeywords: [\"sea\",\"a \\\"b\\\"\"]\n---\n# T\n",
		"---\ntitle: x\n---\n# T\n":   "---\ntitle: x\ndate: 2024-03-05\nkeywords: [\"sea\",\"a \\\"b\\\"\"]\n---\n# T\n",
		"+++\ntitle = 'x'\n+++\nT\n":  "+++\ntitle = 'x'\ndate = 2024-03-05\nkeywords = [\"sea\",\"a \\\"b\\\"\"]\n+++\nT\n",
		"---\r\na: b\r\n---\r\nT\r\n": "---\r\na: b\r\ndate: 2024-03-05\r\nkeywords: [\"sea\",\"a \\\"b\\\"\"]\r\n---\r\nT\r\n",
		"---\ndate: 2020\n---\nT\n":   "---\ndate: 2020\nkeywords: [\"sea\",\"a \\\"b\\\"\"]\n---\nT\n",
	} {
		if got, err := withFields([]byte(before), add); err != nil || string(got) != want {
			t.Errorf("%q becomes %q, %v", before, got, err)
		}
	}
}

// FuzzWithFields holds that a change adds what it shall and leaves the text, or is refused.
func FuzzWithFields(f *testing.F) {
	for _, s := range []string{"# T\n", "---\na: b\n---\n", "---\n", "+++\n+++\n", "{}\n", "a:: b\n", "\n\n---\nx: y\n---\n"} {
		f.Add([]byte(s), "word")
	}
	f.Fuzz(func(t *testing.T, note []byte, word string) {
		after, err := withFields(note, []field{{"summary", word}})
		if err != nil || bytes.Equal(after, note) {
			return
		}
		head, err := notes.ReadHead(after)
		was, _ := notes.ReadHead(note)
		if err != nil || !hasField(after, "summary") || !bytes.HasSuffix(after, bytes.TrimLeft(note[was.End:], "\r\n")) {
			t.Errorf("%q becomes %q: %+v %v", note, after, head, err)
		}
	})
}

func TestCheckDay(t *testing.T) {
	text := "It was on the  5th of March\n2024, a Tuesday."
	for _, c := range []struct {
		date, quote string
		ok          bool
	}{
		{"2024-03-05", "5th of March 2024", true}, {"2024-02-30", "5th of March 2024", false}, {"2024-03-05", "6 March 2024", false},
		{"2024-03-05", "", false}, {"1999-07-09", "a Tuesday", false}, {"", "", true},
	} {
		if err := checkDay(text)(day{&c.date, c.quote}); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
