package answers

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/store/cache"
	"amalfa/tasks/prompts"
)

type scripted struct {
	said  func(n int) (string, error)
	calls int
}

func (s *scripted) Chat(context.Context, llm.Request, func(string) error) (llm.Reply, error) {
	s.calls++
	text, err := s.said(s.calls)
	return llm.Reply{Content: text}, err
}

type form struct{ Word string }

func (f form) check() error {
	if f.Word == "" {
		return errors.New("no word")
	}
	return nil
}

func question(about string) Question {
	return Question{Prompt: "ember", Version: 1, Schema: `{}`, Form: prompts.Form{}, About: about}
}

func book(t *testing.T, a llm.Asker) *Book {
	t.Helper()
	kept, err := cache.Open(t.Context(), filepath.Join(t.TempDir(), "answers.db"), cache.Options{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	return &Book{Asker: a, Model: "m", Kept: kept, Key: []byte("k"), Count: func(s string) int { return len(s) / 4 }, Now: time.Now}
}

func TestAskedOnce(t *testing.T) {
	a := &scripted{said: func(int) (string, error) { return `{"Word":"tide"}`, nil }}
	b := book(t, a)
	for range 3 {
		if v, ok, err := Ask(t.Context(), b, question("one"), form.check); v.Word != "tide" || !ok || err != nil {
			t.Fatal(v, ok, err)
		}
	}
	b.Key = []byte("another user's")
	if _, _, err := Ask(t.Context(), b, question("one"), form.check); err != nil || a.calls != 2 || b.Known != 2 {
		t.Error(err, a.calls, b.Known)
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		said  func(int) (string, error)
		calls int
		tells string
	}{
		"garbage":       {func(int) (string, error) { return "no", nil }, 2 * maxFailures, "could not be used"},
		"down":          {func(int) (string, error) { return "", &llm.Fault{Kind: llm.KindDown, Message: "gone"} }, 1, "gone"},
		"spent":         {func(int) (string, error) { return "", &llm.Fault{Kind: llm.KindSpent, Message: "too much"} }, 1, "too much"},
		"only at times": {func(n int) (string, error) { return map[bool]string{true: "no", false: `{"Word":"x"}`}[n%4 == 1], nil }, 11, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := &scripted{said: c.said}
			b := book(t, a)
			for _, about := range strings.Fields("a b c d e f g h") {
				if _, _, err := Ask(t.Context(), b, question(about), form.check); err != nil {
					t.Fatal(err)
				}
			}
			if a.calls != c.calls || !strings.Contains(strings.Join(b.Degraded(), "; "), c.tells) {
				t.Error(a.calls, b.Degraded())
			}
		})
	}
}

func TestBudget(t *testing.T) {
	a := &scripted{said: func(int) (string, error) { return `{"Word":"tide"}`, nil }}
	b := book(t, a)
	b.Until = time.Now().Add(-time.Second)
	if _, ok, err := Ask(t.Context(), b, question("one"), form.check); ok || err != nil || a.calls != 0 || len(b.Degraded()) != 1 {
		t.Error(ok, err, a.calls, b.Degraded())
	}
}
