package sonar

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"amalfa/llm"
	"amalfa/testdata/testllm"
)

// replying is a model that gives the answers in turn, the last one for ever.
func replying(answers ...string) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		saying(answers[min(n, len(answers)-1)])(w, r)
		n++
	}
}

func TestThinkingRoutes(t *testing.T) {
	const results = `[{"id":"a.md","content":"tides","score":0.2,"mine":7},{"id":"b.md","content":"moon","score":0.9},{"id":"c.md","content":"sun","score":0.5}]`
	for _, c := range []struct {
		name, path, body string
		model            []string
		status           int
		says             string // JSON without spaces
	}{
		{"analyze", "/search/analyze", `{"query":"how do tides work"}`, []string{"Sure:\n```json\n" + `{"intent":"conceptual","entities":["tides","tides"],"filters":{"tag":"sea","shell":"rm"},"technical_level":"low","suggested_queries":["why tides"]}` + "\n```"}, 200,
			`{"intent":"conceptual","entities":["tides"],"filters":{"tag":"sea"},"technical_level":"low","suggested_queries":["why tides"],"degraded":[]}`},
		{"analyze, second try", "/search/analyze", `{"query":"q"}`, []string{"no", `{"intent":"example","entities":[],"filters":{},"technical_level":"high","suggested_queries":[]}`}, 200, `"intent":"example"`},
		{"analyze, unusable", "/search/analyze", `{"query":"q w"}`, []string{"I cannot."}, 200, `{"intent":"search","entities":["q w"],"filters":{},"technical_level":"medium","suggested_queries":[],"degraded":["` + unusable + `"]}`},
		{"analyze, empty", "/search/analyze", `{"query":" "}`, []string{""}, 400, `query is empty`},
		{"analyze, type", "/search/analyze", `{"query":7}`, []string{""}, 400, `"kind":"bad_request"`},
		{"analyze, large", "/search/analyze", `{"query":"` + strings.Repeat("x", 9<<10) + `"}`, []string{""}, 413, `too_large`},
		{"rerank", "/search/rerank", `{"query":"q","intent":"conceptual","results":` + results + `}`, []string{`[{"number":1}] {"passages":[{"number":1,"relevance":0.3,"reason":"x"},{"number":3,"relevance":0.9,"reason":"y"}]}`}, 200,
			`[{"content":"sun","id":"c.md","reason":"y","relevance_score":0.9,"score":0.5},{"content":"tides","id":"a.md","mine":7,"reason":"x","relevance_score":0.3,"score":0.2},{"content":"moon","id":"b.md","relevance_score":0.5,"score":0.9}]`},
		{"rerank, number out of range", "/search/rerank", `{"query":"q","results":` + results + `}`, []string{`{"passages":[{"number":4,"relevance":1,"reason":""}]}`}, 200,
			`[{"content":"tides","degraded":["` + unusable + `"],"id":"a.md","mine":7,"relevance_score":0.5,"score":0.2}`},
		{"rerank, nothing", "/search/rerank", `{"query":"q","results":[]}`, []string{""}, 200, `[]`},
		{"rerank, type", "/search/rerank", `{"query":"q","results":[{"id":"a","content":5}]}`, []string{""}, 400, `bad_request`},
		{"rerank, no objects", "/search/rerank", `{"query":"q","results":[null]}`, []string{""}, 400, `bad_request`},
		{"rerank, too many", "/search/rerank", `{"query":"q","results":[` + strings.Repeat("{},", 100) + `{}]}`, []string{""}, 413, `too_large`},
		{"context", "/search/context", `{"query":"when","result":{"id":"a.md","content":"The sea. High water\n is at < noon. The end."}}`, []string{`{"snippet":"High water is at &lt; noon.","confidence":0.8}`}, 200,
			`{"id":"a.md","snippet":"High water\n is at \u003c noon.","context":"The sea. High water\n is at \u003c noon. The end.","confidence":0.8,"degraded":[]}`},
		{"context, invented", "/search/context", `{"query":"high water","result":{"id":"a.md","content":"The sea. High water is at noon."}}`, []string{`{"snippet":"It is at six.","confidence":1}`}, 200,
			`"snippet":"High water is at noon","context":"The sea. High water is at noon.","confidence":0.5,"degraded":["` + unusable},
		{"context, of the index", "/search/context", `{"query":"a","result":{"id":"a"}}`, []string{`{"snippet":"a.md","confidence":1}`}, 200, `{"id":"a.md","snippet":"a.md"`},
		{"context, unknown", "/search/context", `{"query":"q","result":{"id":"none.md","content":"x"}}`, []string{""}, 404, `not_found`},
		{"context, type", "/search/context", `{"query":"q","result":"a.md"}`, []string{""}, 400, `bad_request`},
		{"enhance", "/metadata/enhance", `{"docId":"a.md"}`, []string{`{"keywords":["sea","Sea","tide"],"summary":"It is\nabout the sea."}`}, 200,
			`{"status":"success","id":"a.md","keywords":["sea","tide"],"summary":"It is about the sea.","degraded":[]}`},
		{"enhance, snake case", "/metadata/enhance", `{"doc_id":"b"}`, []string{"{}"}, 200, `{"status":"success","id":"b.md","keywords":["b.md"],"summary":"b.md","degraded":["` + unusable},
		{"enhance, unknown", "/metadata/enhance", `{"docId":"../../etc/passwd"}`, []string{""}, 404, `not_found`},
		{"enhance, none", "/metadata/enhance", `{}`, []string{""}, 400, `docId is the id of a note`},
		{"batch", "/metadata/batch", `{"limit":2}`, []string{`{"keywords":["sea"],"summary":"It is."}`}, 200, `{"status":"success","count":2,"results":[{"status":"success","id":`},
		{"batch, limit", "/metadata/batch", `{"limit":0}`, []string{""}, 400, `limit is a whole number from 1 to 100`},
		{"batch, null", "/metadata/batch", `null`, []string{""}, 400, `the body is null`},
		{"rerank, no results", "/search/rerank", `{"query":"q","results":null}`, []string{""}, 400, `results is missing`},
		{"batch, type", "/metadata/batch", `{"limit":"two"}`, []string{""}, 400, `bad_request`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t, Options{Config: newUpstream(t, replying(c.model...)).config(llm.OpenAI), Search: tides, Index: linked(t)})
			d.state("ready")
			status, _, got := d.post(c.path, c.body)
			if status != c.status || !strings.Contains(got, c.says) {
				t.Errorf("%d %s", status, got)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("not JSON: %s", got)
			}
		})
	}
}

// Without a provider, and with each that misbehaves, the status says so and nothing of the key comes out.
func TestThinkingRoutesMisbehaving(t *testing.T) {
	down := start(t, Options{Config: llm.Config{Provider: llm.OpenAI, BaseURL: "http://127.0.0.1:9/v1", Model: "m"}, Index: linked(t)})
	bodies := map[string]string{
		"/search/analyze": `{"query":"q"}`, "/search/rerank": `{"query":"q","results":[{"id":"a.md","content":"x"}]}`,
		"/search/context": `{"query":"q","result":{"id":"a.md"}}`, "/metadata/enhance": `{"docId":"a.md"}`, "/metadata/batch": `{}`,
	}
	for path, body := range bodies {
		if status, _, got := down.post(path, body); status != 503 {
			t.Errorf("%s without a provider: %d %s", path, status, got)
		}
	}
	for _, f := range testllm.Misbehaving {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			cfg := newUpstream(t, f.Do).config(llm.OpenAI)
			cfg.Limits = small
			if f.Whole == llm.KindTimeout {
				cfg.Limits = within(small, 300e6)
			}
			d := start(t, Options{Config: cfg, Index: linked(t)})
			for path, body := range bodies {
				status, _, got := d.post(path, body)
				if status < 400 || strings.Contains(got, testllm.Canary) || !strings.Contains(got, `"kind":`) {
					t.Errorf("%s: %d %s", path, status, got)
				}
			}
		})
	}
}
