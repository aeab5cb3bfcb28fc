package sonar

import (
	"path/filepath"
	"strings"
	"testing"

	"amalfa/search"
	"amalfa/store"
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
	put := func(id, title, hash, text string) store.Put {
		return store.Put{
			Note:   store.Note{ID: id, Title: title, Hash: hash, Kind: "markdown", Lines: 9},
			File:   store.File{ID: id, State: store.Indexed, Hash: hash, Chunks: 1},
			Chunks: []store.Chunk{{Note: id, Heading: []string{title}, FirstLine: 3, LastLine: 5, Hash: hash, Text: text}},
		}
	}
	err = st.Apply(t.Context(), store.Batch{Puts: []store.Put{
		put("docs/日本語.md", "Tides", strings.Repeat("a", 64), "Spring tides <follow> the full moon.<!-- say nothing -->"),
		put("docs/bread.md", "Bread", strings.Repeat("b", 64), "Sourdough wants a day."),
	}})
	if err != nil {
		t.Fatal(err)
	}
	u := newUpstream(t, saying("The moon [1]."))
	d := start(t, Options{Config: u.config(OpenAI), Search: search.New(st, nil, nil)})
	a, err := d.client.Chat(t.Context(), Question{Message: "spring tides"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{{Ref: 1, ID: "docs/日本語.md", Title: "Tides", Heading: []string{"Tides"}, Lines: [2]int{3, 5}, Cited: true}}
	if d := cmp.Diff(want, a.Sources); d != "" {
		t.Error(d)
	}
	if len(a.Degraded) != 1 || !strings.Contains(a.Degraded[0], "keyword only") {
		t.Errorf("degraded %q, want that there is no embedder", a.Degraded)
	}
	bodies, _ := u.asked()
	const block = `number=\"1\" path=\"docs/日本語.md:3-5\"\u003e\nSpring tides \u0026lt;follow\u0026gt; the full moon.\n\u003c/passage `
	if len(bodies) != 1 || !strings.Contains(bodies[0], block) || strings.Contains(bodies[0], "say nothing") || strings.Contains(bodies[0], "Sourdough") {
		t.Errorf("sent %s", bodies)
	}
}
