package edit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/edit"
	"amalfa/notes"
	"amalfa/notes/files"
)

func TestMentions(t *testing.T) {
	for name, tt := range map[string]struct{ title, text, want string }{
		"as a word":            {"Tide", "A tide, TIDE's (Tide) tides etide tide_x", "tide TIDE Tide"},
		"joined":               {"Tide", "low-tide tide-table tide.md x.tide #tide @tide $tide tide.", "tide"},
		"signs":                {"C", "c++ c# C c.", "C c"},
		"with signs":           {"C++", "c++ C++11 c++.", "c++ c++"},
		"accents":              {"Café", "cafe CAFE\u0301 cafés", "cafe CAFE\u0301"},
		"white space":          {"Low tide", "low\ttide low  tide low\ntide", "low tide low tide low tide"},
		"apostrophes":          {"Hero's way", "Hero’s way", "Hero’s way"},
		"scripts with no gaps": {"潮汐", "关于潮汐的笔记", "潮汐"},
		"Hangul has gaps":      {"조석", "조석 조석표", "조석"},
		"emphasis":             {"Tide", "**Tide** _tide_ ti**de** e**tide**", "Tide tide"},
		"emoji":                {"Tide", "Tide🌊", "Tide"},
		"longer of another":    {"Tide", "tide table and tide", "tide"},
		"digits":               {"Level 1", "level 1, level 12, level 1.5", "level 1"},
		"nothing to say":       {"--", "a -- b", ""},
		"quotation":            {"Low tide", "> low\n> tide", "low tide"},
		"heading":              {"Tide", "# About tide\n\n## More tide\n", "tide"},
	} {
		t.Run(name, func(t *testing.T) {
			w := edit.NewWorld([]notes.Name{{ID: "t.md", Title: tt.title}, {ID: "a.md", Title: "A"}, {ID: "b.md", Title: "Tide table"}}, nil, nil)
			ws := edit.NewWorkspace(w, func(id string) ([]byte, error) { return []byte(map[string]string{"a.md": tt.text}[id]), nil })
			m, err := ws.Mentions(t.Context(), "t.md")
			var got []string
			for _, mention := range m.All {
				got = append(got, mention.Text)
			}
			if s := strings.Join(got, " "); s != tt.want || err != nil {
				t.Errorf("%q, %v\nwant %q", s, err, tt.want)
			}
		})
	}
}

// FuzzMentions: a name is found where it stands by itself in any text, and what becomes of a note is the note with one link more.
func FuzzMentions(f *testing.F) {
	for _, s := range []string{"low tide", "[[x]] **low tide**", "# low tide\n> low\n> tide\r\n", "|a|\n|-|\n|low tide|\n", "\xfflow tide", "[a](b.md) low\n tide", "---\na: low tide\n---\n`low tide`"} {
		f.Add(s, "Low tide")
	}
	f.Add("ſs ß İ ΐ", "ß")
	f.Fuzz(func(t *testing.T, text, title string) {
		w := edit.NewWorld([]notes.Name{{ID: "t.md", Title: title}, {ID: "a.md", Title: "A"}, {ID: "b.md", Title: "B"}}, nil, nil)
		ws := edit.NewWorkspace(w, func(id string) ([]byte, error) { return []byte(map[string]string{"a.md": text}[id]), nil })
		m, err := ws.Mentions(context.Background(), "t.md")
		if err != nil {
			t.Fatal(err)
		}
		changes, _, err := ws.LinkMentions("t.md", m.All)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if grown := len(c.After) - len(c.Before); string(c.Before) != text || grown < len("[[]]") {
				t.Fatalf("%q became %q", c.Before, c.After)
			}
		}
	})
}

// BenchmarkMentions looks through 20,000 notes of 400 words, half of them with letters outside of ASCII.
func BenchmarkMentions(b *testing.B) {
	root := b.TempDir()
	var all []notes.Name
	for i := range 20_000 {
		id := fmt.Sprintf("d%d/note-%d.md", i/100, i)
		word := []string{"the sea has tides ", "la mer a des marées "}[i%2]
		text := fmt.Sprintf("# Note %d\n\n%s\n", i, strings.Repeat(word, 100))
		if i%100 == 0 {
			text += "See low tide.\n"
		}
		p := filepath.Join(root, id)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		all = append(all, notes.Name{ID: id, Title: fmt.Sprintf("Note %d", i)})
	}
	all = append(all, notes.Name{ID: "t.md", Title: "Low tide"})
	folder, err := files.Open(root)
	if err != nil {
		b.Fatal(err)
	}
	defer folder.Close()
	ws := edit.NewWorkspace(edit.NewWorld(all, nil, nil), folder.ReadAny)
	for b.Loop() {
		if m, err := ws.Mentions(b.Context(), "t.md"); err != nil || len(m.All) != 200 {
			b.Fatal(len(m.All), err)
		}
	}
}
