package ember

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/notes"
)

func example() Sidecar {
	s := Sidecar{Version: Version, TargetFile: "docs/a.md", NoteHash: strings.Repeat("a", 64), GeneratedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s.Suggestions = []Suggestion{{Kind: KindTag, Value: "sea", Confidence: 0.9}, {Kind: KindTag, Value: "low", Confidence: 0.1}, {Kind: KindLink, Value: "b.md", Confidence: 0.7}}
	s.Changes, s.Confidence = changesOf(s.Suggestions, 0.5)
	return s
}

func TestSidecar(t *testing.T) {
	keys := [][]byte{[]byte("one"), []byte("two")}
	data, err := example().Encode(keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Decode(data, "docs/a.md")
	if err != nil || !s.Own(keys) || !s.Own(keys[:1]) || s.Own(keys[1:]) {
		t.Fatal(err, s)
	}
	if d := cmp.Diff(Changes{Tags: &Added{[]string{"sea"}}, Links: &Added{[]string{"b.md"}}}, s.Changes); d != "" || s.Confidence != 0.8 {
		t.Error(d, s.Confidence)
	}
	s.Changes.Tags.Add[0] = "hostile"
	if s.Own(keys) {
		t.Error("a sidecar that was changed counts as ours")
	}
	for _, bad := range []string{"", "{}", `{"version":1}`, "[]", `{"version":1,"targetFile":"docs/b.md"}`, strings.Replace(string(data), `"sea"`, `"a,b"`, -1), strings.Replace(string(data), `"confidence": 0.8`, `"confidence": 7`, 1)} {
		if _, err := Decode([]byte(bad), "docs/a.md"); !errors.Is(err, ErrSidecar) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

func TestApply(t *testing.T) {
	c := Changes{Tags: &Added{[]string{"sea"}}, FrontMatter: &FrontMatter{[]string{"high water"}}, Summary: "It rises."}
	got, err := Apply([]byte("# T\r\n"), c, []string{"[[b]]"})
	want := "---\r\ntags: [sea]\r\nrelated: [\"[[b]]\"]\r\nkeyphrases: [high water]\r\nsummary: \"It rises.\"\r\n---\r\n\r\n# T\r\n"
	if err != nil || string(got) != want {
		t.Errorf("%v %q", err, got)
	}
	if _, err := Apply([]byte("---\na: [\n---\n"), c, nil); !errors.Is(err, notes.ErrShape) {
		t.Error(err)
	}
}

// Whatever a file beside a note holds, it is a sidecar within bounds or refused, and what it says changes nothing behind the front matter.
func FuzzSidecar(f *testing.F) {
	data, err := example().Encode([][]byte{[]byte("k")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, []byte("# T\n"))
	f.Add([]byte(`{"version":1,"targetFile":"docs/a.md","changes":{"summary":"\u0000---\n"}}`), []byte("---\na: b\n---\nT"))
	f.Fuzz(func(t *testing.T, data, note []byte) {
		s, err := Decode(data, "docs/a.md")
		if err != nil {
			if !errors.Is(err, ErrSidecar) {
				t.Fatal(err)
			}
			return
		}
		after, err := Apply(note, s.Changes, nil)
		if err != nil {
			return
		}
		h, err := notes.ReadHead(note)
		if err == nil && h.Format != notes.Properties && h.Format != notes.None && !strings.HasSuffix(string(after), string(note[h.End:])) {
			t.Fatalf("text changed: %q", after)
		}
	})
}
