package notes

import (
	"bytes"
	"errors"
	"testing"
)

func TestAddFields(t *testing.T) {
	fields := []Field{{Key: "keyphrases", Values: []string{"high water", "c: d"}, List: true}, {Key: "summary", Values: []string{`A "quay" \ so.`}}}
	for _, row := range []struct{ name, note, want string }{
		{"none", "# T\n", "---\nkeyphrases: [high water, \"c: d\"]\nsummary: \"A \\\"quay\\\" \\\\ so.\"\n---\n\n# T\n"},
		{"crlf", "# T\r\nx\r\n", "---\r\nkeyphrases: [high water, \"c: d\"]\r\nsummary: \"A \\\"quay\\\" \\\\ so.\"\r\n---\r\n\r\n# T\r\nx\r\n"},
		{"yaml", "---\ntitle: x # c\n---\nT", "---\ntitle: x # c\nkeyphrases: [high water, \"c: d\"]\nsummary: \"A \\\"quay\\\" \\\\ so.\"\n---\nT"},
		{"list", "---\nkeyphrases:\n  - High Water\n  - b\nsummary: mine\n---\n", "---\nkeyphrases:\n  - High Water\n  - b\n  - \"c: d\"\nsummary: mine\n---\n"},
		{"toml", "+++\n[a]\nb = 1\n+++\nT", "+++\nsummary = \"A \\\"quay\\\" \\\\ so.\"\nkeyphrases = [\"high water\", \"c: d\"]\n[a]\nb = 1\n+++\nT"},
		{"json", "{\n  \"title\": \"x\"\n}\nT", "{\n  \"summary\": \"A \\\"quay\\\" \\\\ so.\",\n  \"keyphrases\": [\"high water\", \"c: d\"],\n  \"title\": \"x\"\n}\nT"},
		{"logseq", "title:: x\n\n- a\n", "title:: x\nkeyphrases:: high water, c: d\nsummary:: A \"quay\" \\ so.\n\n- a\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, _, err := AddFields([]byte(row.note), fields)
			if err != nil || string(got) != row.want {
				t.Fatalf("%v\ngot  %q\nwant %q", err, got, row.want)
			}
			again, keys, err := AddFields(got, fields)
			if row.name != "logseq" && (err != nil || len(keys) > 0 || !bytes.Equal(again, got)) {
				t.Errorf("again: %v %v %q", err, keys, again)
			}
		})
	}
}

// What is added takes no byte away, and is there when the note is read again.
func FuzzAddFields(f *testing.F) {
	for _, note := range []string{"", "# T", "---\na: b\n---\n", "---\nkeyphrases: [a]\n---", "+++\na = 1\n+++", "{\"a\": 1}", "a:: b\n", "\ufeff---\r\nk: v\r\n---\r\n", "---\nkeyphrases: &x [a]\nb: *x\n---\n"} {
		f.Add([]byte(note), "high water")
	}
	f.Fuzz(func(t *testing.T, note []byte, value string) {
		got, keys, err := AddFields(note, []Field{{Key: "keyphrases", Values: []string{value}, List: true}, {Key: "summary", Values: []string{value}}})
		if err != nil {
			if !errors.Is(err, ErrShape) {
				t.Fatal(err)
			}
			return
		}
		if len(keys) == 0 && !bytes.Equal(got, note) {
			t.Fatalf("changed without a key: %q", got)
		}
		h, err := ReadHead(note)
		if err == nil && h.Format != Properties && h.Format != None && !bytes.HasSuffix(got, note[h.End:]) {
			t.Fatalf("text changed: %q", got)
		}
	})
}
