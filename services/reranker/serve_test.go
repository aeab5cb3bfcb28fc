//go:build cgo

package reranker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/models"
	"amalfa/services"
	"amalfa/testdata/testmodels"
	"amalfa/testdata/testservice"
)

const panda = "what is panda?"

// pandas are a few documents about it and about other things.
var pandas = []string{"hi", "The giant panda is a bear.", "Paris is the capital of France.", "東京の天気は晴れです", "", "naïve café", "hi"}

func newEngine(t testing.TB, l *testmodels.Loader, o inference.Options) *rerank.Engine {
	return testmodels.Closing(t, rerank.NewEngine(l.Load, o))
}

func serve(t testing.TB, e *rerank.Engine) *testservice.Service {
	t.Helper()
	return testservice.Start(t, "reranker", services.Options{}, func(ctx context.Context, srv *services.Server, l net.Listener) error {
		return Serve(ctx, srv, e, l)
	})
}

type object = map[string]any

func get(t testing.TB, s *testservice.Service, path string) (int, object) {
	t.Helper()
	status, v := s.Get(t, path)
	return status, v.(object)
}

// ranks is what an answer says in any dialect: the index and score of each
// result, in its order.
type ranks struct {
	index []int
	score []float64
}

func read(t *testing.T, v any, index, score string) ranks {
	t.Helper()
	if o, ok := v.(object); ok {
		v = o["results"]
	}
	results, ok := v.([]any)
	if !ok {
		t.Fatalf("no results in %v", v)
	}
	var r ranks
	for _, result := range results {
		i, isIndex := result.(object)[index].(float64)
		s, isScore := result.(object)[score].(float64)
		if !isIndex || !isScore {
			t.Fatalf("result %v", result)
		}
		r.index, r.score = append(r.index, int(i)), append(r.score, s)
	}
	return r
}

// TestDialects asks the same question in every dialect: the scores are the
// reference's within 1e-5, in the same order.
func TestDialects(t *testing.T) {
	files := testmodels.Committed(t, "xlmr", "")
	texts := []string{"hi", "The giant panda is a bear.", "Paris is the capital of France.", "東京の天気", "naïve café", "hi"}
	want := testmodels.Scores(t, files, panda, texts)
	order := []int{0, 5, 1, 2, 3, 4}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case want[i] == want[j]:
			return 0
		case want[i] > want[j]:
			return -1
		}
		return 1
	})
	s := serve(t, newEngine(t, testmodels.Of(t, files), inference.Options{}))
	objects := make([]any, len(texts))
	for i, text := range texts {
		objects[i] = object{"text": text, "id": i}
	}
	for name, test := range map[string]struct {
		path         string
		body         object
		index, score string
		raw          bool
	}{
		"own":             {"/rerank", object{"query": panda, "documents": texts}, "originalIndex", "score", false},
		"own, raw":        {"/rerank", object{"query": panda, "documents": texts}, "originalIndex", "raw", true},
		"tei":             {"/rerank", object{"query": panda, "texts": texts}, "index", "score", false},
		"tei, raw":        {"/rerank", object{"query": panda, "texts": texts, "raw_scores": true, "return_text": true, "truncate": true}, "index", "score", true},
		"infinity":        {"/rerank", object{"model": "default/not-specified", "query": panda, "documents": texts}, "index", "relevance_score", false},
		"infinity, raw":   {"/rerank", object{"return_documents": true, "raw_scores": true, "query": panda, "documents": texts}, "index", "relevance_score", true},
		"cohere v1":       {"/v1/rerank", object{"model": "rerank-english-v3.0", "query": panda, "documents": objects, "max_chunks_per_doc": 10}, "index", "relevance_score", false},
		"cohere v2":       {"/v2/rerank", object{"model": "rerank-v3.5", "query": panda, "documents": texts, "max_tokens_per_doc": 4096}, "index", "relevance_score", false},
		"jina":            {"/v1/rerank", object{"model": "jina-reranker-v2-base-multilingual", "query": panda, "documents": texts, "return_documents": true}, "index", "relevance_score", false},
		"ollama":          {"/api/rerank", object{"model": "bge-reranker-v2-m3", "query": panda, "documents": texts}, "index", "relevance_score", false},
		"budget, plenty":  {"/v1/rerank", object{"query": panda, "documents": texts, "budget_ms": 60_000}, "index", "relevance_score", false},
		"top, too many":   {"/v1/rerank", object{"query": panda, "documents": texts, "top_n": 100}, "index", "relevance_score", false},
		"own, topK large": {"/rerank", object{"query": panda, "documents": texts, "topK": 100}, "originalIndex", "score", false},
	} {
		t.Run(name, func(t *testing.T) {
			status, header, body := s.Ask(t, test.path, test.body)
			if status != http.StatusOK {
				t.Fatalf("%d %v", status, body)
			}
			got := read(t, body, test.index, test.score)
			if diff := cmp.Diff(order, got.index); diff != "" {
				t.Error(diff)
			}
			for place, i := range got.index {
				expect := want[i]
				if !test.raw {
					expect = 1 / (1 + math.Exp(-want[i]))
				}
				if math.Abs(got.score[place]-expect) > 1e-5 {
					t.Errorf("document %d: %v, the reference has %v", i, got.score[place], expect)
				}
			}
			if header.Get("Amalfa-Judged") != "6" {
				t.Errorf("judged %q", header.Get("Amalfa-Judged"))
			}
		})
	}
}

// TestShapes compares whole answers, numbers left out.
func TestShapes(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.Committed(t, "bert", "")), inference.Options{}))
	name := testmodels.Committed(t, "bert", "").Model.Name
	for label, test := range map[string]struct {
		path string
		body string
		want any
	}{
		"own": {"/rerank", `{"query":"q","documents":["a"],"topK":1}`, object{
			"results": list(object{"text": "a", "score": 0., "originalIndex": 0., "raw": 0., "tokens": 0.}),
			"count":   0., "judged": 0., "model": name, "digest": "", "precision": "full", "max_tokens": 0.}},
		"threshold": {"/rerank", `{"query":"q","documents":["a"],"threshold":1}`, object{
			"results": list(), "count": 0., "judged": 0., "model": name, "digest": "", "precision": "full", "max_tokens": 0.}},
		"tei":           {"/rerank", `{"query":"q","texts":["a"]}`, list(object{"index": 0., "score": 0.})},
		"tei with text": {"/rerank", `{"query":"q","texts":["a"],"return_text":true}`, list(object{"index": 0., "score": 0., "text": "a"})},
		"infinity": {"/rerank", `{"query":"q","documents":["a"],"top_n":1}`, object{
			"object": "rerank", "results": list(object{"relevance_score": 0., "index": 0., "document": nil}), "model": name,
			"usage": object{"prompt_tokens": 0., "total_tokens": 0.}, "id": "", "created": 0., "judged": 0.}},
		"cohere": {"/v2/rerank", `{"query":"q","documents":["a"]}`, object{
			"id": "", "model": name, "object": "list", "results": list(object{"index": 0., "relevance_score": 0.}),
			"meta":  object{"api_version": object{"version": "2"}, "billed_units": object{"search_units": 0.}, "judged": 0.},
			"usage": object{"prompt_tokens": 0., "total_tokens": 0.}}},
		"with documents": {"/v1/rerank", `{"query":"q","documents":[{"text":"a","n":1}],"return_documents":true,"top_n":1}`, object{
			"id": "", "model": name, "object": "list", "results": list(object{"index": 0., "relevance_score": 0., "document": object{"text": "a", "n": 0.}}),
			"meta":  object{"api_version": object{"version": "1"}, "billed_units": object{"search_units": 0.}, "judged": 0.},
			"usage": object{"prompt_tokens": 0., "total_tokens": 0.}}},
		"not judged": {"/api/rerank", `{"query":"q","documents":["a","b"],"budget_ms":0,"top_n":1,"return_documents":true}`, object{
			"id": "", "model": name, "object": "list", "results": list(object{"index": 0., "relevance_score": 0., "document": object{"text": ""}}),
			"meta":  object{"api_version": object{"version": "1"}, "billed_units": object{"search_units": 0.}, "judged": 0.},
			"usage": object{"prompt_tokens": 0., "total_tokens": 0.}}},
	} {
		t.Run(label, func(t *testing.T) {
			status, got := s.Post(t, test.path, test.body)
			if label == "not judged" {
				test.want.(object)["results"].([]any)[0].(object)["document"] = got.(object)["results"].([]any)[0].(object)["document"]
			}
			ignore := cmp.FilterPath(func(p cmp.Path) bool {
				key := fmt.Sprint(p.Last())
				return key == `["id"]` || key == `["digest"]`
			}, cmp.Ignore())
			numbers := cmp.Comparer(func(a, b float64) bool { return true })
			if diff := cmp.Diff(test.want, got, ignore, numbers); status != http.StatusOK || diff != "" {
				t.Errorf("%d %s", status, diff)
			}
		})
	}
}

func list(v ...any) []any { return append([]any{}, v...) }

// TestBadInput sends each service what is wrong in its own words: the dialect's
// error with the right status, and the next request is right.
func TestBadInput(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{}))
	many, err := json.Marshal(slices.Repeat([]string{"d"}, 10_000))
	if err != nil {
		t.Fatal(err)
	}
	long := `"` + strings.Repeat("word ", 2000) + `"`
	own := func(v any) string { return fmt.Sprint(v.(object)["error"].(object)["kind"]) }
	tei := func(v any) string { return fmt.Sprint(v.(object)["error_type"]) }
	infinity := func(v any) string { return fmt.Sprint(v.(object)["error"].(object)["code"]) }
	cohere := func(v any) string {
		if v.(object)["message"] != v.(object)["detail"] || v.(object)["message"] == "" {
			return "no message"
		}
		return own(v)
	}
	for _, test := range []struct {
		path, body string
		status     int
		kind       string
		of         func(any) string
	}{
		{"/rerank", `{"query":"","documents":["a"]}`, 400, "empty_text", own},
		{"/rerank", `{"query":"a","documents":[]}`, 400, "empty_text", own},
		{"/rerank", `{"query":"a","documents":["b"],"prior_scores":[null]}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":["b"],"prior_scores":"1"}`, 400, "bad_request", own},
		{"/v1/rerank", `{"query":"a","documents":["b"],"rank_fields":[null]}`, 400, "bad_request", cohere},
		{"/rerank", `{}`, 400, "empty_text", own},
		{"/rerank", `null`, 400, "empty_text", own},
		{"/rerank", `[`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":["a",7]}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":["a",null]}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":"a"}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":["a"],"topK":0}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":["a"],"budget_ms":-1}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":["a"],"prior_scores":[1,2]}`, 400, "bad_request", own},
		{"/rerank", `{"query":"a","documents":` + string(many) + `}`, 413, "too_large", own},
		{"/rerank", `{"query":"","texts":["a"]}`, 400, "Empty", tei},
		{"/rerank", `{"query":"a","texts":[]}`, 400, "Empty", tei},
		{"/rerank", `{"query":"a","texts":[7]}`, 422, "Validation", tei},
		{"/rerank", `{"query":"a","texts":["b"],"truncation_direction":"up"}`, 422, "Validation", tei},
		{"/rerank", `{"query":"a","texts":` + string(many) + `}`, 413, "Validation", tei},
		{"/rerank", `{"query":"a","texts":[` + long + `],"truncate":false}`, 413, "Validation", tei},
		{"/rerank", `{"query":"","documents":["a"],"model":"m"}`, 422, "422", infinity},
		{"/rerank", `{"query":"a","documents":["a"],"top_n":0}`, 422, "422", infinity},
		{"/rerank", `{"query":"a","documents":[null],"top_n":1}`, 422, "422", infinity},
		{"/rerank", `{"query":"a","documents":` + string(many) + `,"model":"m"}`, 413, "413", infinity},
		{"/v1/rerank", `{"query":"","documents":["a"]}`, 400, "empty_text", cohere},
		{"/v1/rerank", `{"query":"a","documents":[]}`, 400, "empty_text", cohere},
		{"/v1/rerank", `{"query":"a","documents":[null]}`, 400, "bad_request", cohere},
		{"/v1/rerank", `{"query":"a","documents":[7]}`, 400, "bad_request", cohere},
		{"/v1/rerank", `{"query":"a","documents":[{"title":"x"}]}`, 400, "bad_request", cohere},
		{"/v2/rerank", `{"query":"a","documents":["a"],"top_n":0}`, 400, "bad_request", cohere},
		{"/v2/rerank", `{"query":"a","documents":["a"],"top_n":-3}`, 400, "bad_request", cohere},
		{"/api/rerank", `{"query":"a","documents":` + string(many) + `}`, 413, "too_large", cohere},
		{"/api/rerank", `{"query":7,"documents":["a"]}`, 400, "bad_request", cohere},
	} {
		t.Run(test.path+test.body[:min(60, len(test.body))], func(t *testing.T) {
			status, body := s.Post(t, test.path, test.body)
			if kind := test.of(body); status != test.status || kind != test.kind {
				t.Errorf("%d %s, want %d %s: %v", status, kind, test.status, test.kind, body)
			}
			if status, _ := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`); status != http.StatusOK {
				t.Errorf("the next request: %d", status)
			}
		})
	}
}

func TestBrokenAnswersInEachDialect(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.NaN(t)), inference.Options{}))
	for body, want := range map[string]int{
		`{"query":"a","documents":["z"]}`: 503, `{"query":"a","texts":["z"]}`: 424, `{"query":"a","documents":["z"],"model":"m"}`: 503,
	} {
		if status, v := s.Post(t, "/rerank", body); status != want {
			t.Errorf("%s: %d %v", body, status, v)
		}
	}
	if status, v := s.Post(t, "/v1/rerank", `{"query":"a","documents":["z"]}`); status != 503 {
		t.Errorf("%d %v", status, v)
	}
	if status, v := s.Post(t, "/v1/rerank", `{"query":"a","documents":["b"]}`); status != 200 {
		t.Errorf("the next: %d %v", status, v)
	}
}

// TestClientGone leaves in the middle; the service goes on.
func TestClientGone(t *testing.T) {
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{Workers: 1})
	s := serve(t, e)
	texts := make([]string, 2000)
	for i := range texts {
		texts[i] = fmt.Sprint(strings.Repeat("panda ", 50), i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	c := NewClient(s.URL, s.Client)
	if _, err := c.Score(ctx, rerank.Request{Query: panda, Documents: texts}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	testmodels.Eventually(t, "the request to be dropped", func() bool { return e.Waiting() == 0 })
	if _, err := c.Score(t.Context(), rerank.Request{Query: panda, Documents: texts[:3]}); err != nil {
		t.Error(err)
	}
}

// TestState is ready without a loaded model, says what is missing and where it
// goes, and finds it once it is there.
func TestState(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "pair", models.Full))
	e := newEngine(t, l, inference.Options{Idle: time.Hour})
	s := serve(t, e)
	testmodels.Eventually(t, "ready", func() bool { _, h := get(t, s, "/health"); return h["state"] == "ready" })
	_, health := get(t, s, "/health")
	if health["loaded"] != false || health["max_tokens"] != 128. || health["precision"] != "full" || health["digest"] != l.Files.Digest {
		t.Errorf("before: %v", health)
	}
	if status, _ := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`); status != 200 {
		t.Fatal(status)
	}
	if _, health = get(t, s, "/health"); health["loaded"] != true || health["state"] != "ready" {
		t.Errorf("after: %v", health)
	}
}

// TestUnloaded is ready still once the model was given back, and loads it again.
func TestUnloaded(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "pair", models.Full))
	s := serve(t, newEngine(t, l, inference.Options{Idle: time.Millisecond}))
	for range 2 {
		before := l.Count()
		if status, _ := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`); status != 200 || l.Count() == before {
			t.Fatalf("%d, %d loads", status, l.Count()-before)
		}
		testmodels.Eventually(t, "the model to be unloaded", func() bool {
			_, health := get(t, s, "/health")
			return health["loaded"] == false && health["state"] == "ready"
		})
	}
}

func TestDegraded(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "bert", ""))
	l.Fail(&models.MissingError{What: "model x", Files: []string{"model.onnx", "tokenizer.json"}, Put: "/cache/x", Fetch: "amalfa models pull x"})
	s := serve(t, newEngine(t, l, inference.Options{}))
	testmodels.Eventually(t, "degraded", func() bool { _, h := get(t, s, "/health"); return h["state"] == "degraded" })
	_, health := get(t, s, "/health")
	if reason := fmt.Sprint(health["reason"]); !strings.Contains(reason, "put model.onnx and tokenizer.json into /cache/x") || !strings.Contains(reason, "amalfa models pull x") {
		t.Errorf("reason %q", reason)
	}
	if status, _ := get(t, s, "/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", status)
	}
	status, body := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`)
	if e := body.(object)["error"].(object); status != 503 || e["kind"] != "no_model" || !strings.Contains(fmt.Sprint(e["hint"]), "/cache/x") {
		t.Errorf("%d %v", status, body)
	}
	for path, body := range map[string]string{"/rerank": `{"query":"a","texts":["b"]}`, "/v1/rerank": `{"query":"a","documents":["b"]}`} {
		if status, v := s.Post(t, path, body); status != 503 || !strings.Contains(fmt.Sprint(v), "amalfa models pull x") {
			t.Errorf("%s: %d %v", path, status, v)
		}
	}
	if _, err := NewClient(s.URL, s.Client).Score(t.Context(), rerank.Request{Query: "a", Documents: []string{"b"}}); !errors.Is(err, inference.ErrNoModel) {
		t.Errorf("client: %v", err)
	}
	l.Mend()
	testmodels.Eventually(t, "ready", func() bool { _, h := get(t, s, "/health"); return h["state"] == "ready" })
}

// TestMendedFiles finds a model that could not be loaded once its files are whole, without being asked.
func TestMendedFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/models/pair")); err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile(filepath.Join(dir, "model.onnx_data"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "model.onnx_data")); err != nil {
		t.Fatal(err)
	}
	files, err := (&models.Locator{}).Find(dir, models.Full)
	if err != nil {
		t.Fatal(err)
	}
	l := testmodels.Of(t, files)
	s := serve(t, newEngine(t, l, inference.Options{}))
	state := func(want string) func() bool {
		return func() bool { _, h := get(t, s, "/health"); return h["state"] == want }
	}
	testmodels.Eventually(t, "ready", state("ready"))
	if status, v := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`); status != 503 || !strings.Contains(fmt.Sprint(v), "model.onnx_data") {
		t.Errorf("%d %v", status, v)
	}
	testmodels.Eventually(t, "degraded", state("degraded"))
	before := l.Count()
	if err := os.WriteFile(filepath.Join(dir, "model.onnx_data"), weights, 0o600); err != nil {
		t.Fatal(err)
	}
	testmodels.Eventually(t, "ready again", state("ready"))
	if n := l.Count() - before; n != 1 {
		t.Errorf("looked %d times", n)
	}
	testmodels.Eventually(t, "an answer", func() bool { // a failure is remembered for three seconds
		status, _ := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`)
		return status == http.StatusOK
	})
}

func TestClientIsLikeEngine(t *testing.T) {
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{})
	c := NewClient(serve(t, e).URL, nil)
	long := strings.Repeat("The giant panda eats bamboo. ", 100)
	for _, r := range []rerank.Request{
		{Query: panda, Documents: append(pandas, long)},
		{Query: panda, Documents: pandas, Order: []int{3, 1}, Budget: time.Minute},
		{Query: panda, Documents: pandas, Order: []int{3, 1}, Budget: time.Nanosecond},
	} {
		want, err := e.Score(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Score(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if r.Budget == time.Nanosecond { // a millisecond on the wire
			want, got = rerank.Answer{Order: want.Order}, rerank.Answer{Order: got.Order}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := c.Score(t.Context(), rerank.Request{Query: "", Documents: []string{"a"}}); !errors.Is(err, rerank.ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
	if _, err := NewClient("http://192.0.2.1:80", nil).Score(t.Context(), rerank.Request{Query: "a", Documents: []string{"a"}}); err == nil {
		t.Error("a service elsewhere was asked")
	}
}

func TestBusyInEachDialect(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "bert", ""))
	l.Hold = make(chan struct{})
	e := newEngine(t, l, inference.Options{Queue: 1})
	s := serve(t, e)
	first := make(chan error, 1)
	go func() {
		_, err := e.Score(context.Background(), rerank.Request{Query: "a", Documents: []string{"b"}})
		first <- err
	}()
	testmodels.Eventually(t, "the first request", func() bool { return e.Waiting() == 1 })
	for path, bodies := range map[string][]string{
		"/rerank":    {`{"query":"a","documents":["b"]}`, `{"query":"a","texts":["b"]}`, `{"query":"a","documents":["b"],"model":"m"}`},
		"/v2/rerank": {`{"query":"a","documents":["b"]}`},
	} {
		for _, body := range bodies {
			if status, header, v := s.Ask(t, path, body); status != http.StatusTooManyRequests || header.Get("Retry-After") != "1" {
				t.Errorf("%s %s: %d %v", path, body, status, v)
			}
		}
	}
	close(l.Hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if status, _ := s.Post(t, "/rerank", `{"query":"a","documents":["b"]}`); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

func TestTEIInfo(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", models.Int8)), inference.Options{Version: "v"}))
	status, info := get(t, s, "/info")
	if status != 200 || info["model_dtype"] != "int8" || info["max_input_length"] != 128. || info["version"] != "v" || info["model_type"].(object)["reranker"] == nil {
		t.Errorf("%d %v", status, info)
	}
}

// TestRefusalsNameTheKey as the client sent it.
func TestRefusalsNameTheKey(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.Committed(t, "bert", "")), inference.Options{}))
	for path, body := range map[string]string{
		"/rerank?own":      `{"query":"a","documents":["b"],"budget_ms":"1"}`,
		"/rerank?tei":      `{"query":"a","texts":["b"],"budget_ms":"1"}`,
		"/rerank?infinity": `{"query":"a","documents":["b"],"model":"m","budget_ms":"1"}`,
		"/v2/rerank":       `{"query":"a","documents":["b"],"budget_ms":"1"}`,
	} {
		_, v := s.Post(t, path, body)
		said, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(said), "budget_ms: want a whole number, got string") || strings.Contains(string(said), "common") {
			t.Errorf("%s: %s", path, said)
		}
	}
}

// TestRefusedAtTheDoor has what the server itself refuses told in the words of the route's clients.
func TestRefusedAtTheDoor(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Of(t, testmodels.Committed(t, "bert", "")), inference.Options{}))
	own, cohere, tei := []string{"error"}, []string{"detail", "error", "message"}, []string{"error", "error_type"}
	for _, test := range []struct {
		method, path, header, value string
		status                      int
		keys                        []string
	}{
		{"POST", "/rerank", "Content-Type", "text/plain", 415, own},
		{"POST", "/v1/rerank", "Content-Type", "text/plain", 415, cohere},
		{"POST", "/v2/rerank", "Origin", "https://evil.example", 403, cohere},
		{"POST", "/api/rerank", "Content-Encoding", "gzip", 415, cohere},
		{"GET", "/info", "Origin", "null", 403, tei},
		{"GET", "/v1/rerank", "Accept", "*/*", 405, own},
	} {
		t.Run(test.method+test.path, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), test.method, s.URL+test.path, strings.NewReader(`{"query":"a","documents":["b"]}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set(test.header, test.value)
			resp, err := s.Client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			status, _, body := testservice.Decode(t, resp)
			if diff := cmp.Diff(test.keys, slices.Sorted(maps.Keys(body.(object)))); status != test.status || diff != "" {
				t.Errorf("%d %v", status, body)
			}
		})
	}
}
