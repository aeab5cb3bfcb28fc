package edit_test

import (
	"testing"

	"amalfa/edit"
)

// All links of a note come into one section, in its style; where one cannot stand, it stands in the other note.
func TestAddLinks(t *testing.T) {
	f := newFolder(t, map[string]string{"a.md": "[[d]]\n", "b.md": "# B `c` #1\n", "c.md": "```\n", "d.md": "x\n", "e.txt": "e", "f.md": "```"})
	ws := f.load()
	changes, left, err := ws.AddLinks([]edit.Pair{{From: "a.md", To: "b.md"}, {From: "c.md", To: "a.md"}, {From: "a.md", To: "d.md"}, {From: "d.md", To: "b.md"}, {From: "c.md", To: "f.md"}, {From: "e.txt", To: "e.txt"}})
	if err != nil || len(left) != 2 || len(changes) != 2 {
		t.Fatalf("%q, %v, %v", changes, left, err)
	}
	for i, want := range []string{"[[d]]\n\n## Related\n\n- [[b]]\n- [[c]]\n", "x\n\n## Related\n\n- [[b]]\n"} {
		if got := string(changes[i].After); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
	ws.Wiki = func() bool { return false }
	if changes, _, _ := ws.AddLinks([]edit.Pair{{From: "d.md", To: "b.md"}}); string(changes[0].After) != "x\n\n## Related\n\n- [B c \\#1](b.md)\n" {
		t.Errorf("%q", changes[0].After)
	}
}

// Broken links are written anew in their own way, and nothing else of the line is.
func TestMendLinks(t *testing.T) {
	for _, tt := range []struct{ text, target, want string }{
		{"`[[x]]` [[x#h|t]]\n", "x", "`[[x]]` [[new one#h|t]]\n"},
		{"[t](x.md#h 'y') [[d]]\n", "x.md", "[t](sub/new%20one.md#h 'y') [[d]]\n"},
		{"[t](<x.md>) [[x]]\n", "x.md", "[t](<sub/new one.md>) [[new one]]\n"},
		{"[t][l]\n\n[l]: x.md \"y\"\n", "x.md", "[t][l]\n\n[l]: sub/new%20one.md \"y\"\n"},
		{"it [EXTENDS: x]\n", "x", "it [EXTENDS: new one]\n"},
		{"rel:: [[x]], [[x|y]], [z](x.md#h)\r\n", "x", "rel:: [[new one]], [[new one|y]], [z](sub/new%20one.md#h)\r\n"},
		{"![[x]]\n", "x", "![[new one]]\n"},
		{"[[d]]\n", "x", "[[d]]\n"},
	} {
		f := newFolder(t, map[string]string{"a.md": tt.text, "d.md": "x", "sub/new one.md": "x"})
		changes, left, err := f.load().MendLinks([]edit.Wrong{{Source: "a.md", Line: 1, Target: tt.target, To: "sub/new one.md"}})
		got := tt.text
		for _, c := range changes {
			got = string(c.After)
		}
		if err != nil || got != tt.want || (left == 1) != (got == tt.text) {
			t.Errorf("%q, %d, %v\nwant %q", got, left, err, tt.want)
		}
	}
}
