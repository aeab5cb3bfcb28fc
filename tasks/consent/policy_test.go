package consent

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/llm"
	"amalfa/notes"

	"github.com/google/go-cmp/cmp"
)

func away(string) (string, bool) { return "llm.example:8443", true }
func here(string) (string, bool) { return "127.0.0.1:11434", false }

func TestPermit(t *testing.T) {
	for _, tt := range []struct {
		name    string
		o       Options
		purpose Purpose
		ok      bool
	}{
		{"by hand", Options{Destination: away, Unattended: true}, ByHand, true},
		{"by hand where nothing runs unattended", Options{Destination: away}, ByHand, true},
		{"unattended, not named", Options{Destination: away, Unattended: true}, Unattended, false},
		{"named", Options{Destination: away, Unattended: true, Hosts: []string{"LLM.example."}}, Unattended, true},
		{"named with its port", Options{Destination: away, Unattended: true, Hosts: []string{"llm.example:8443"}}, Unattended, true},
		{"named by an address", Options{Destination: away, Unattended: true, Hosts: []string{"https://llm.example:8443/v1"}}, Unattended, true},
		{"another port", Options{Destination: away, Unattended: true, Hosts: []string{"llm.example:443"}}, Unattended, false},
		{"a longer name", Options{Destination: away, Unattended: true, Hosts: []string{"my.llm.example", "example", "*.example", "*", ""}}, Unattended, false},
		{"turned off", Options{Destination: away, Hosts: []string{"llm.example"}}, Unattended, false},
		{"this machine", Options{Destination: here, Unattended: true}, Unattended, true},
		{"this machine, turned off", Options{Destination: here}, Unattended, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			next := asker(func() { asked++ })
			_, err := New(tt.o).Guard(tt.purpose, next).Chat(t.Context(), llm.Request{Model: "m"}, nil)
			if (err == nil) != tt.ok || (asked == 1) != tt.ok {
				t.Fatalf("%v, asked %d times", err, asked)
			}
			if refused, is := errors.AsType[*RefusedError](err); err != nil && (!is || !strings.Contains(refused.Hint(), "amalfa config set --user")) {
				t.Errorf("%v", err)
			}
		})
	}
}

type asker func()

func (a asker) Chat(context.Context, llm.Request, func(string) error) (llm.Reply, error) {
	a()
	return llm.Reply{}, nil
}

func TestPrivatePaths(t *testing.T) {
	root := t.TempDir()
	for _, tt := range []struct {
		patterns []string
		id       string
		want     bool
	}{
		{[]string{"diary"}, "diary/2026.md", true},
		{[]string{"diary"}, "a/diary/b/c.md", true},
		{[]string{"diary/"}, "a/diary", false},
		{[]string{"/diary"}, "a/diary/x.md", false},
		{[]string{"./diary"}, "diary/x.md", true},
		{[]string{"Diary/"}, "DIARY/x.md", true},
		{[]string{"*.private.md"}, "a/b.Private.md", true},
		{[]string{"notes/[hm]*/"}, "notes/health/x.md", true},
		{[]string{"Caf\u00e9"}, "Cafe\u0301/x.md", true},
		{[]string{filepath.Join(root, "diary")}, "diary/x.md", true},
		{[]string{"diary", "!diary"}, "diary/x.md", true},
		{[]string{"diary", "x\n!diary"}, "diary/x.md", true},
		{[]string{"diary"}, "diaries/x.md", false},
		{nil, "diary/x.md", false},
	} {
		if got := New(Options{Root: root, Private: tt.patterns, Destination: away}).isPrivatePath(tt.id); got != tt.want {
			t.Errorf("%q: %s is private: %t", tt.patterns, tt.id, got)
		}
	}
}

func TestRelease(t *testing.T) {
	root := t.TempDir()
	key := "s" + "k-proj-" + letters(40, word)
	for name, text := range map[string]string{
		"open.md": "# Open\n\ntext one\n", "marked.md": "---\nprivate: true\n---\n# Marked\n\nmy heart\n",
		"diary/a.md": "# A\n\nmy day\n", "keys.md": "# Keys\n\nline\n\nthe key is " + key + " so\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	passages := []Passage{
		{"open.md", [2]int{3, 3}, "text one"}, {"marked.md", [2]int{6, 6}, "my heart"}, {"diary/a.md", [2]int{3, 3}, "my day"},
		{"keys.md", [2]int{5, 5}, "the key is " + key + " so"}, {"gone.md", [2]int{1, 2}, "what it said"}, {"../out.md", [2]int{1, 1}, "x"},
	}
	o := Options{Root: root, Destination: away, Private: []string{"diary"}}
	out, held := New(o).Release("m", passages)
	if diff := cmp.Diff([]Passage{passages[0], {"keys.md", [2]int{5, 5}, "the key is [held back: API key] so"}}, out); diff != "" {
		t.Error(diff)
	}
	var words []string
	for _, h := range held {
		words = append(words, h.String())
	}
	want := []string{"marked.md:6-6: private", "diary/a.md:3-3: private", "keys.md:5-5: API key", "gone.md:1-2: unreadable", "../out.md:1-1: unreadable"}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Error(diff)
	}
	contexts := []notes.Context{{Folder: ".", Text: "all of it"}, {Folder: "diary", Text: "days"}, {Folder: "work", Text: "use " + key}}
	gotContexts, held := New(o).ReleaseContexts("m", contexts)
	if len(gotContexts) != 2 || gotContexts[1].Text != "use [held back: API key]" || len(held) != 2 {
		t.Errorf("%+v %v", gotContexts, held)
	}
	o.Destination = here
	if out, held := New(o).Release("m", passages); len(out) != len(passages) || held != nil {
		t.Errorf("a model on this machine sees all: %v %v", out, held)
	}
}

// TestHiddenCharacters has a secret with what no reader sees in its middle, which later steps leave out.
func TestHiddenCharacters(t *testing.T) {
	key := "s" + "k-proj-" + letters(40, word)
	for _, hidden := range []string{"\u200b", "\u00ad", "\u200d", "\u2060", "\U000e0041"} {
		text := key[:14] + hidden + key[14:]
		if got, _ := (&note{}).clean(Passage{Text: text}); strings.Contains(got, key[20:]) {
			t.Errorf("%q", got)
		}
	}
}

// A policy goes by the patterns as they are when it is asked.
func TestPrivateNow(t *testing.T) {
	var now []string
	p := New(Options{Root: "/w", Now: func() []string { return now }})
	for _, c := range []struct {
		patterns []string
		want     bool
	}{{nil, false}, {[]string{"diary/"}, true}, {[]string{"other/"}, false}, {[]string{"diary/"}, true}} {
		now = c.patterns
		if got := p.IsPrivate("diary/a.md", nil); got != c.want {
			t.Errorf("with %q: %t", c.patterns, got)
		}
	}
}
