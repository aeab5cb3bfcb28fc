package sonar

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"amalfa/llm"
	"amalfa/search"
	"amalfa/store"

	"github.com/google/go-cmp/cmp"
)

var askedNotes = fixedSearch{hits: []search.Hit{{ID: "notes/tides.md", Title: "Tides", Lines: [2]int{3, 4}, Confidence: search.High,
	Text: "Spring tides follow the full moon by 2 days.\nThe gate at Brest closes at 4 m."}}}

func TestAskRoute(t *testing.T) {
	u := newUpstream(t, saying("Spring tides follow the full moon by 2 days [1]. The gate at Brest closes at 5 m [1]."))
	d := start(t, Options{Config: u.config(llm.Ollama), Search: askedNotes})
	status, _, body := d.post("/ask", `{"question":"When are spring tides?"}`)
	var got AskAnswer
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
		t.Fatal(status, body, err)
	}
	var supported []bool
	var lines [][2]int
	for _, s := range got.Answer {
		supported = append(supported, s.Supported)
		for _, c := range s.Citations {
			lines = append(lines, c.Lines)
		}
	}
	if d := cmp.Diff([]bool{true, false}, supported); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][2]int{{3, 3}, {3, 4}}, lines); d != "" {
		t.Error(d)
	}
	status, _, body = d.post("/ask", `{"question":"When are spring tides?","stream":true}`)
	for _, want := range []string{`data: {"source":{"path":"notes/tides.md"`, `data: {"sentence":{"sentence":"Spring tides`, `data: {"done":{"question"`} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d: no %s in %s", status, want, body)
		}
	}
}

func TestAskRefuses(t *testing.T) {
	u := newUpstream(t, saying("hi"))
	d := start(t, Options{Config: u.config(llm.Ollama), Search: askedNotes})
	for body, want := range map[string]int{`{}`: 400, `{"question":7}`: 400, `{"question":" "}`: 400, `{"question":"x","model":"a\nb"}`: 400, `{"question":"x","budget_tokens":-1}`: 400} {
		if status, _, reply := d.post("/ask", body); status != want {
			t.Errorf("%s: %d %s", body, status, reply)
		}
	}
	none := start(t, Options{Config: u.config(llm.Ollama), Search: fixedSearch{err: fmt.Errorf("%w: it holds no word", search.ErrQuery)}})
	if status, _, reply := none.post("/ask", `{"question":"\ud89c\ude35"}`); status != 400 || !strings.Contains(reply, "no word") {
		t.Errorf("a question without a word: %d %s", status, reply)
	}
	gone := start(t, Options{Config: u.config(llm.Ollama), Search: fixedSearch{err: store.ErrNoIndex}})
	if status, _, reply := gone.post("/ask", `{"question":"x"}`); status != 503 || !strings.Contains(reply, "no_index") {
		t.Errorf("an index that is gone: %d %s", status, reply)
	}
	if bodies, _ := u.asked(); len(bodies) != 0 {
		t.Errorf("the provider was asked: %v", bodies)
	}
}
