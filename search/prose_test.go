package search

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"amalfa/search/eval"
	"amalfa/store"
	"amalfa/store/text"
)

// Prose that nobody wrote as a question: asked in an index of all of it, none returns an empty list, whatever quotes, dashes and
// colons it holds.

func TestProseOfCollections(t *testing.T) {
	t.Parallel()
	root := cmp.Or(os.Getenv("AMALFA_EVAL"), filepath.Join("..", "..", "shared", "eval"))
	dirs, _ := filepath.Glob(filepath.Join(root, "*", "queries.jsonl"))
	if len(dirs) == 0 {
		t.Skipf("no collection in %s (AMALFA_EVAL names their folder)", root)
	}
	for _, file := range dirs {
		c, err := eval.Open(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		for _, q := range c.Questions {
			asked = append(asked, q.Text)
		}
		askProse(t, asked)
	}
}

func TestProseOfHistory(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "log", "--format=%s%n%b").Output()
	if err != nil || len(out) == 0 {
		t.Skipf("no history of this repository: %v", err)
	}
	askProse(t, strings.Split(string(out), "\n"))
}

func TestProseOfGo(t *testing.T) {
	t.Parallel()
	root := filepath.Join(runtime.GOROOT(), "src")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no source of Go's library: %v", err)
	}
	var asked []string // of more packages it takes minutes: with cmd/go, fmt, os, testing and others all 4,053 paragraphs got hits
	for _, dir := range []string{"errors", "flag", "net/url", "os/exec", "path", "path/filepath"} {
		asked = append(asked, docParagraphs(t, filepath.Join(root, dir))...)
	}
	askProse(t, asked)
}

// docParagraphs are those of the comments of a package.
func docParagraphs(t *testing.T, dir string) (paragraphs []string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range parsed.Comments {
			paragraphs = append(paragraphs, strings.Split(c.Text(), "\n\n")...)
		}
	}
	return paragraphs
}

// askProse asks each text in an index of all of them. What holds no word, or only excludes one, is refused, which is no empty list.
func askProse(t *testing.T, texts []string) {
	t.Helper()
	texts = slices.DeleteFunc(texts, func(s string) bool { return len(text.QueryTerms(s)) == 0 })
	slices.Sort(texts)
	texts = slices.Compact(texts)
	var puts []store.Put
	for i := 0; i < len(texts); i += 20 {
		puts = append(puts, note(fmt.Sprintf("%d.md", i), "", strings.Join(texts[i:min(i+20, len(texts))], "\n")))
	}
	s := New(vault(t, puts...), nil, nil)
	for _, q := range texts {
		a, err := s.Search(t.Context(), Query{Text: q, Mode: Keyword, Limit: 3})
		switch {
		case len(q) > MaxQuery, errors.Is(err, ErrQuery) && strings.Contains(err.Error(), "it only excludes"):
		case err != nil || len(a.Results) == 0:
			t.Errorf("%q: %d hits %v", q, len(a.Results), err)
		}
	}
	t.Logf("%d asked", len(texts))
}

// TestOddQuestions: whatever is typed gets hits, or an error that says why.
func TestOddQuestions(t *testing.T) {
	s := shore(t)
	for _, q := range []string{
		`tide "high`, `tide high"`, `"tide "high" water"`, `“tide «high» water”`, `‘tide’ ‚high‘`, `„tide “high water”`, `「tide『high』`, `""tide""`, `tide "" “” «»`, `'tide'`,
		"go test -run 'Tide' -count=1 --force tide", "https://tide.example:8080/a?b=c:d#e tide", "a:b tide", "std::tide", "Tag:sea tide", "tide\x00\x1b[31m", "\u202etide\u202c", "\u200f-moon tide",
		strings.Repeat("the tide, and -moon \"high water\" a:b; ", MaxQuery/40), strings.Repeat(`"tide" `, MaxQuery/8), strings.Repeat("-moon ", MaxQuery/8) + "tide", "tide -tide", `"tide" -tide`,
		`"` + strings.Repeat("tide ", MaxQuery/6) + `"`, strings.Repeat("tag:sea ", 150) + "tide", "tide -type:go -type:markdown -path:*", "type:go NOT type:go tide",
	} {
		if a := ask(t, s, Query{Text: q, Mode: Keyword}); len(a.Results) == 0 {
			t.Errorf("%.60q: nothing", q)
		}
	}
	for _, q := range []string{`""`, `-`, `-- - "`, "“”", "«»", "-moon", `-"moon"`, "AND", "\x00", "\u200f"} {
		if a, err := s.Search(t.Context(), Query{Text: q, Mode: Keyword}); !errors.Is(err, ErrQuery) && q != "AND" {
			t.Errorf("%q: %v %v", q, idsOf(a), err)
		}
	}
}

func FuzzRelaxed(f *testing.F) {
	for _, seed := range []string{`tide "high water" -moon`, "tide tag:sea", `"tide" OR path:a,b`, "tide after:soon -path:x", "“tide «x", "words: tide\nmeaning: moon"} {
		f.Add(seed)
	}
	s := New(vault(f, note("a.md", "A", "the tide is high"), note("b.md", "B", "the moon")), nil, nil)
	f.Fuzz(func(t *testing.T, q string) {
		plain, plainErr := s.Search(t.Context(), Query{Text: q, Mode: Keyword, Plain: true})
		a, err := s.Search(t.Context(), Query{Text: q, Mode: Keyword})
		if err != nil && (!errors.Is(err, ErrQuery) || bytes.ContainsRune([]byte(err.Error()), 0)) {
			t.Fatalf("%q: %v", q, err)
		}
		parsed, _ := parse(q)
		if err == nil && plainErr == nil && len(plain.Results) > 0 && len(a.Results) == 0 && len(parsed.words) > 0 && len(s.foundBy(t, parsed)) > 0 {
			t.Fatalf("%q: nothing, and %d as prose", q, len(plain.Results))
		}
	})
}

// foundBy are the hits of the words alone.
func (s *Searcher) foundBy(t *testing.T, q question) []string {
	a, _ := s.Search(t.Context(), Query{Text: strings.Join(q.words, " "), Mode: Keyword, Plain: true})
	return idsOf(a)
}
