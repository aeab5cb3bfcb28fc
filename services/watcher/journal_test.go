package watcher

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
)

func newTestJournal(t *testing.T) *journal {
	return &journal{path: filepath.Join(t.TempDir(), "changes"), owner: func() string { return "a 1:2" }, log: zap.NewNop()}
}

func TestJournal(t *testing.T) {
	j := newTestJournal(t)
	odd := "new\nline \"quoted\" 日本.md"
	j.replace([]string{"b.md"})
	j.add("a.md")
	j.add("a.md")
	j.add(odd)
	ids, ok := ReadJournal(j.path, "a 1:2")
	if diff := cmp.Diff([]string{"a.md", "b.md", odd}, ids); !ok || diff != "" {
		t.Error(ok, diff)
	}
	j.replace(nil)
	if ids, ok := ReadJournal(j.path, "a 1:2"); !ok || len(ids) != 0 {
		t.Error("after all is indexed:", ids, ok)
	}
	j.add("late.md")
	if ids, _ := ReadJournal(j.path, "a 1:2"); !cmp.Equal(ids, []string{"late.md"}) {
		t.Error(ids)
	}
	j.remove()
	if _, ok := ReadJournal(j.path, "a 1:2"); ok {
		t.Error("a removed journal is believed")
	}
}

// A journal of another process, one that is just being written, and one that could not be written.
func TestJournalThatIsNotBelieved(t *testing.T) {
	j := newTestJournal(t)
	j.replace([]string{"a.md"})
	if _, ok := ReadJournal(j.path, "b 1:2"); ok {
		t.Error("a stranger's journal is believed")
	}
	for text, want := range map[string][]string{"\"a 1:2\"\n\"a.md\"\n\"b.m": {"a.md"}, "\"a 1:2\"\n": nil} {
		if err := os.WriteFile(j.path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if ids, ok := ReadJournal(j.path, "a 1:2"); !ok || !cmp.Equal(ids, want) {
			t.Errorf("%q: %v %v", text, ids, ok)
		}
	}
	for _, text := range []string{"", "\"a 1", "{}\n", "\x00\x00\n\"a.md\"\n"} {
		if err := os.WriteFile(j.path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if ids, ok := ReadJournal(j.path, "a 1:2"); ok {
			t.Errorf("%q is believed: %v", text, ids)
		}
	}
	_ = j.file.Close() // the next line cannot be written
	j.add("b.md")
	if _, err := os.Stat(j.path); err == nil {
		t.Error("a journal that lacks a line is still there")
	}
	j.replace([]string{"b.md"})
	if ids, ok := ReadJournal(j.path, "a 1:2"); !ok || !cmp.Equal(ids, []string{"b.md"}) {
		t.Error("it is not begun anew:", ids, ok)
	}
}
