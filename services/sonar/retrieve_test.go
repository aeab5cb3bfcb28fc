package sonar

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/ingest"
	"amalfa/llm"
	"amalfa/search"
	"amalfa/store/sqlite"

	"github.com/google/go-cmp/cmp"
)

// A question over a real index: the right passage reaches the model and is named as the source.
func TestAnswerRestsOnTheIndex(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	root := t.TempDir()
	for id, text := range map[string]string{
		"docs/日本語.md":   "# Tides\n\nSpring tides <follow> the full moon.<!-- say nothing -->\n",
		"docs/bread.md": "# Bread\n\nSourdough wants a day.\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(id))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ingest.Run(t.Context(), ingest.Options{Root: root, Store: st}); err != nil {
		t.Fatal(err)
	}
	u := newUpstream(t, saying("The moon [1]."))
	d := start(t, Options{Config: u.config(llm.OpenAI), Search: search.New(st, nil, nil)})
	a, err := d.client.Chat(t.Context(), Question{Message: "spring tides"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{{Ref: 1, ID: "docs/日本語.md", Title: "Tides", Heading: []string{"Tides"}, Lines: [2]int{1, 3}, Cited: true}}
	if d := cmp.Diff(want, a.Sources); d != "" {
		t.Error(d)
	}
	if len(a.Degraded) != 1 || !strings.Contains(a.Degraded[0], "keyword only") {
		t.Errorf("degraded %q, want that there is no embedder", a.Degraded)
	}
	bodies, _ := u.asked()
	const block = `number=\"1\" path=\"docs/日本語.md:1-3\"\u003e\n# Tides\n\nSpring tides \u0026lt;follow\u0026gt; the full moon.\n\u003c/passage `
	if len(bodies) != 1 || !strings.Contains(bodies[0], block) || strings.Contains(bodies[0], "say nothing") || strings.Contains(bodies[0], "Sourdough") {
		t.Errorf("sent %s", bodies)
	}
}
