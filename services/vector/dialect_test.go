//go:build cgo

package vector

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/testmodels"
	"amalfa/testdata/testservice"
)

func TestDialects(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{Options: inference.Options{Version: "v1", Workers: 2}}), services.Options{})
	const x, y = 0.4472136, 0.8944272 // every vector of the tiny model, scaled
	usage := func(n float64) object { return object{"prompt_tokens": n, "total_tokens": n} }
	item := func(i float64, v any) object { return object{"object": "embedding", "index": i, "embedding": v} }
	reply := func(n float64, items ...any) object {
		return object{"object": "list", "model": "test/tiny", "data": items, "usage": usage(n)}
	}
	for _, test := range []struct {
		name, path, body string
		want             any
	}{
		{"openai, string", "/v1/embeddings", `{"model":"test/tiny","input":"a b"}`, reply(4, item(0, list(x, y)))},
		{"openai, list", "/v1/embeddings", `{"model":"test/tiny","input":["a b","c"],"user":"u"}`, reply(7, item(0, list(x, y)), item(1, list(x, y)))},
		{"openai, tokens", "/v1/embeddings", `{"input":[4,5]}`, reply(2, item(0, list(x, y)))},
		{"openai, token lists", "/v1/embeddings", `{"input":[[4,5],[6]]}`, reply(3, item(0, list(x, y)), item(1, list(x, y)))},
		{"openai, base64", "/v1/embeddings", `{"input":"a b","encoding_format":"base64"}`, reply(4, item(0, "LvnkPi75ZD8="))},
		{"openai, dimensions", "/v1/embeddings", `{"input":"a b","dimensions":1}`, reply(4, item(0, list(1.)))},
		{"openai, query", "/v1/embeddings", `{"input":"a b","query":true}`, reply(5, item(0, list(x, y)))},
		{"openai, models", "/v1/models", "", object{"object": "list", "data": list(object{"id": "test/tiny", "object": "model", "created": 0., "owned_by": "amalfa"})}},
		{"openai, model", "/v1/models/test/tiny", "", object{"id": "test/tiny", "object": "model", "created": 0., "owned_by": "amalfa"}},
		{"ollama, string", "/api/embed", `{"model":"test/tiny","input":"a b","keep_alive":"5m","options":{"num_ctx":1}}`,
			object{"model": "test/tiny", "embeddings": list(list(x, y)), "prompt_eval_count": 4.}},
		{"ollama, list", "/api/embed", `{"model":"test/tiny:latest","input":["a b","c"],"dimensions":1}`,
			object{"model": "test/tiny:latest", "embeddings": list(list(1.), list(1.)), "prompt_eval_count": 7.}},
		{"ollama, more dimensions than there are", "/api/embed", `{"model":"test/tiny","input":"a b","dimensions":4096.0}`,
			object{"model": "test/tiny", "embeddings": list(list(x, y)), "prompt_eval_count": 4.}},
		{"ollama, cut", "/api/embed", `{"model":"test/tiny","input":["a","a a a a a a a a a a"]}`,
			object{"model": "test/tiny", "embeddings": list(list(x, y), list(x, y)), "prompt_eval_count": 11.,
				"truncated": list(object{"index": 1., "tokens": 12., "used": 8.})}},
		{"openai, cut", "/v1/embeddings", `{"input":"a a a a a a a a a a"}`, object{"object": "list", "model": "test/tiny", "data": list(item(0, list(x, y))),
			"usage": usage(8), "truncated": list(object{"index": 0., "tokens": 12., "used": 8.})}},
		{"ollama, version", "/api/version", "", object{"version": ollamaVersion, "amalfa": "v1"}},
		{"ollama, nothing", "/api/embed", `{"model":"test/tiny","input":""}`, object{"model": "test/tiny", "embeddings": []any{}, "prompt_eval_count": 0.}},
		{"ollama, old", "/api/embeddings", `{"model":"test/tiny","prompt":"a b"}`, object{"embedding": list(3.5, 7.)}},
		{"ollama, old, nothing", "/api/embeddings", `{"model":"test/tiny"}`, object{"embedding": []any{}}},
		{"ollama, old, query", "/api/embeddings", `{"model":"test/tiny","prompt":"a b","input_type":"query"}`, object{"embedding": list(6.8, 13.6)}},
		{"ollama, query", "/api/embed", `{"model":"test/tiny","input":"a b","query":true}`,
			object{"model": "test/tiny", "embeddings": list(list(x, y)), "prompt_eval_count": 5.}},
		{"tei, info", "/info", "", object{"model_id": "test/tiny", "model_sha": "d1", "model_dtype": "float32", "served_model_name": "test/tiny",
			"model_type": object{"embedding": object{"pooling": "mean"}}, "max_concurrent_requests": 512., "max_input_length": 8.,
			"max_batch_tokens": 8., "max_batch_requests": nil, "max_client_batch_size": 2048., "auto_truncate": true,
			"tokenization_workers": 2., "version": "v1", "sha": nil, "docker_label": nil}},
		{"tei, tokenize", "/tokenize", `{"inputs":["Á zz"]}`, list(list(
			object{"id": 2., "text": "[CLS]", "special": true, "start": nil, "stop": nil},
			object{"id": 4., "text": "Á", "special": false, "start": 0., "stop": 2.},
			object{"id": 1., "text": "zz", "special": false, "start": 3., "stop": 5.},
			object{"id": 3., "text": "[SEP]", "special": true, "start": nil, "stop": nil}))},
		{"tei, tokenize bare", "/tokenize", `{"inputs":"a","add_special_tokens":false}`, list(list(
			object{"id": 4., "text": "a", "special": false, "start": 0., "stop": 1.}))},
		{"tei, all", "/embed_all", `{"inputs":["a b","c"]}`, list(list(list(2., 4.), list(4., 8.), list(5., 10.), list(3., 6.)), list(list(2., 4.), list(6., 12.), list(3., 6.)))},
		{"tei, all of one text", "/embed_all", `{"inputs":"a","prompt_name":"query"}`, list(list(list(2., 4.), list(20., 40.), list(4., 8.), list(3., 6.)))},
		{"tei, all of tokens", "/embed_all", `{"inputs":[[4,5]]}`, list(list(list(4., 8.), list(5., 10.)))},
		{"tei, all, cut left", "/embed_all", `{"inputs":"b a a a a a a","truncation_direction":"Left"}`, list(list(list(2., 4.), list(4., 8.), list(4., 8.), list(4., 8.), list(4., 8.), list(4., 8.), list(4., 8.), list(3., 6.)))},
		{"tei, root", "/", `{"inputs":["a b"]}`, list(list(x, y))},
		{"tei, similarity", "/similarity", `{"inputs":{"source_sentence":"a","sentences":["b","a b"]},"parameters":{"truncate":true}}`, list(1., 1.)},
		{"tei, similarity at the root", "/", `{"inputs":{"source_sentence":"a","sentences":["b"]}}`, list(1.)},
		{"infinity, embeddings", "/embeddings", `{"model":"test/tiny","input":"a b"}`, reply(4, item(0, list(x, y)))},
		{"infinity, models", "/models", "", object{"object": "list", "data": list(object{"id": "test/tiny", "object": "model", "created": 0., "owned_by": "infinity",
			"stats": object{}, "backend": "onnx", "capabilities": list("embed")})}},
		{"own, model", "/embed", `{"text":"a b","model":"test/tiny"}`, object{"vector": list(3.5, 7.), "dimensions": 2., "tokens": 4., "truncated": false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var status int
			var got any
			if test.body == "" {
				status, got = s.Get(t, test.path)
			} else {
				status, got = s.Post(t, test.path, test.body)
			}
			if o, ok := got.(object); ok { // these differ from run to run
				delete(o, "total_duration")
				delete(o, "load_duration")
			}
			near := cmp.Comparer(func(a, b float64) bool { return float32(a) == float32(b) })
			if diff := cmp.Diff(test.want, got, near); status != http.StatusOK || diff != "" {
				t.Errorf("status %d: %s", status, diff)
			}
		})
	}
}

// TestDialectErrors checks that each dialect answers in its own shape.
func TestDialectErrors(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{}), services.Options{})
	many := `["a"` + strings.Repeat(`,"a"`, MaxTexts) + `]`
	for _, test := range []struct {
		name, path, body string
		status           int
		shape            func(any) (kind, message string)
		kind, says       string
	}{
		{"openai, absent model", "/v1/embeddings", `{"model":"BAAI/bge-base-en-v1.5","input":"a"}`, 404, openAIShape, "model_not_found", "amalfa models pull BAAI/bge-base-en-v1.5"},
		{"openai, unknown model", "/v1/embeddings", `{"model":"text-embedding-3-small","input":"a"}`, 404, openAIShape, "model_not_found", "amalfa models pull"},
		{"openai, path", "/v1/embeddings", `{"model":"/etc/passwd","input":"a"}`, 404, openAIShape, "model_not_found", "amalfa models pull"},
		{"openai, parent", "/v1/embeddings", `{"model":"../../secret","input":"a"}`, 404, openAIShape, "model_not_found", "amalfa models pull"},
		{"openai, no input", "/v1/embeddings", `{"model":"test/tiny"}`, 400, openAIShape, "bad_request", "input"},
		{"openai, null input", "/v1/embeddings", `{"input":null}`, 400, openAIShape, "bad_request", "input"},
		{"openai, empty", "/v1/embeddings", `{"input":""}`, 400, openAIShape, "empty_text", "empty"},
		{"openai, empty list", "/v1/embeddings", `{"input":[]}`, 400, openAIShape, "empty_text", "empty"},
		{"openai, number", "/v1/embeddings", `{"input":3}`, 400, openAIShape, "bad_request", "input"},
		{"openai, too many", "/v1/embeddings", `{"input":` + many + `}`, 413, openAIShape, "too_large", "2048"},
		{"openai, null among tokens", "/v1/embeddings", `{"input":[5,null]}`, 400, openAIShape, "bad_request", "null"},
		{"openai, null in a list of tokens", "/v1/embeddings", `{"input":[[5],[null]]}`, 400, openAIShape, "bad_request", "null"},
		{"openai, foreign tokens", "/v1/embeddings", `{"input":[[100257]]}`, 400, openAIShape, "tokens", "100257"},
		{"openai, dimensions", "/v1/embeddings", `{"input":"a","dimensions":3}`, 400, openAIShape, "bad_request", "dimensions"},
		{"openai, encoding", "/v1/embeddings", `{"input":"a","encoding_format":"hex"}`, 400, openAIShape, "bad_request", "encoding_format"},
		{"openai, broken", "/v1/embeddings", `{"input":`, 400, openAIShape, "bad_request", "JSON"},
		{"openai, model unknown", "/v1/models/none", "", 404, openAIShape, "model_not_found", "none"},
		{"ollama, absent model", "/api/embed", `{"model":"BAAI/bge-base-en-v1.5","input":"a"}`, 404, ollamaShape, "", "amalfa models pull BAAI/bge-base-en-v1.5"},
		{"ollama, unknown model", "/api/embeddings", `{"model":"all-minilm","prompt":"a"}`, 404, ollamaShape, "", "all-minilm"},
		{"ollama, no model", "/api/embed", `{"input":"a"}`, 400, ollamaShape, "", "model is required"},
		{"ollama, wrong type", "/api/embed", `{"model":"test/tiny","input":5}`, 400, ollamaShape, "", "invalid input type"},
		{"ollama, too long", "/api/embed", `{"model":"test/tiny","input":"a a a a a a a","truncate":false}`, 400, ollamaShape, "", "too many tokens"},
		{"ollama, one empty", "/api/embed", `{"model":"test/tiny","input":["a",""]}`, 400, ollamaShape, "", "text 1"},
		{"ollama, input type", "/api/embed", `{"model":"test/tiny","input":"a","input_type":"poem"}`, 400, ollamaShape, "", "input_type"},
		{"ollama, input type beside a question", "/api/embed", `{"model":"test/tiny","input":"a","input_type":"poem","query":true}`, 400, ollamaShape, "", "input_type"},
		{"ollama, input type without a text", "/api/embeddings", `{"model":"test/tiny","input_type":"poem","query":true}`, 400, ollamaShape, "", "input_type"},
		{"ollama, no such route", "/api/blobs", `{}`, 404, ollamaShape, "", "no such route"},
		{"ollama, wrong method", "/api/embed", "", 405, ollamaShape, "", "GET"},
		{"ollama, show unknown", "/api/show", `{"name":"all-minilm"}`, 404, ollamaShape, "", "all-minilm"},
		{"ollama, chat", "/api/chat", `{"model":"test/tiny","messages":[]}`, 400, ollamaShape, "", "does not support chat"},
		{"tei, sparse", "/embed_sparse", `{"inputs":"a"}`, 424, errorOf, "Backend", "Backend error: Model is not an embedding model with SPLADE pooling"},
		{"tei, all, nothing", "/embed_all", `{"inputs":[]}`, 400, errorOf, "Empty", "cannot be empty"},
		{"tei, all, too long", "/embed_all", `{"inputs":["a","a a a a a a a"],"truncate":false}`, 422, errorOf, "Validation", "too many tokens"},
		{"tei, all, null", "/embed_all", `null`, 400, errorOf, "Empty", "cannot be empty"},
		{"tei, root, nothing", "/", `{}`, 400, errorOf, "Empty", "empty"},
		{"tei, root, null", "/", `null`, 400, errorOf, "Empty", "empty"},
		{"tei, similarity, one only", "/similarity", `{"inputs":{"source_sentence":"a"}}`, 400, errorOf, "Empty", "empty"},
		{"tei, similarity, no source", "/", `{"inputs":{"sentences":["a"]}}`, 422, errorOf, "Validation", "source_sentence"},
		{"openai, no such route", "/v1/completions", `{}`, 404, openAIShape, "not_found", "no such route"},
		{"tei, tokenize nothing", "/tokenize", `{"inputs":[]}`, 400, errorOf, "Empty", "empty"},
		{"tei, tokenize ids", "/tokenize", `{"inputs":[4]}`, 422, errorOf, "Validation", "text"},
		{"tei, tokenize prompt", "/tokenize", `{"inputs":"a","prompt_name":"x"}`, 422, errorOf, "Validation", "prompt_name"},
		{"own, absent model", "/embed", `{"text":"a","model":"BAAI/bge-base-en-v1.5"}`, 404, errorOf, "unknown_model", "BAAI/bge-base-en-v1.5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var status int
			var body any
			if test.body == "" {
				status, body = s.Get(t, test.path)
			} else {
				status, body = s.Post(t, test.path, test.body)
			}
			kind, says := test.shape(body)
			if status != test.status || kind != test.kind || !strings.Contains(says, test.says) {
				t.Errorf("got %d %q %q, want %d %q %q", status, kind, says, test.status, test.kind, test.says)
			}
		})
	}
}

func openAIShape(body any) (kind, message string) {
	e, _ := body.(object)["error"].(object)
	kind, _ = e["code"].(string)
	message, _ = e["message"].(string)
	if _, ok := e["type"].(string); !ok {
		return "no type", message
	}
	return kind, message
}

func ollamaShape(body any) (kind, message string) {
	message, _ = body.(object)["error"].(string)
	return "", message
}

// TestServersErrorsInDialect checks that what the server refuses before any
// route sees it comes in the route's shape too.
func TestServersErrorsInDialect(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	e := newEngine(t, l, embed.EngineOptions{})
	s := serve(t, e, services.Options{MaxBody: 1 << 10, Queue: 1})
	busy := make(chan struct{})
	go func() { defer close(busy); s.Post(t, "/embed", `{"text":"a"}`) }()
	testmodels.Eventually(t, "the queue to fill", func() bool { return e.Stats().Waiting == 1 })
	for _, test := range []struct {
		path  string
		shape func(any) (kind, message string)
		kinds [3]string // of 415, 413, 429
	}{
		{"/v1/embeddings", openAIShape, [3]string{"media_type", "too_large", "rate_limit_exceeded"}},
		{"/api/embed", ollamaShape, [3]string{}},
		{"/api/embeddings", ollamaShape, [3]string{}},
		{"/tokenize", errorOf, [3]string{"Validation", "Validation", "Overloaded"}},
		{"/embed", errorOf, [3]string{"media_type", "too_large", "busy"}},
	} {
		for i, ask := range []struct {
			status            int
			media, body, says string
		}{
			{415, "text/plain", "{}", "application/json"},
			{413, "application/json", strings.Repeat(" ", 2<<10), "1024"},
			{429, "application/json", "{}", ""},
		} {
			resp, err := s.Client.Post(s.URL+test.path, ask.media, strings.NewReader(ask.body))
			if err != nil {
				t.Fatal(err)
			}
			retry := resp.Header.Get("Retry-After")
			status, _, body := testservice.Decode(t, resp)
			kind, says := test.shape(body)
			if status != ask.status || kind != test.kinds[i] || says == "" || !strings.Contains(says, ask.says) || (retry != "") != (status == 429) {
				t.Errorf("%s: %d %q %q, Retry-After %q, want %d %q", test.path, status, kind, says, retry, ask.status, test.kinds[i])
			}
		}
	}
	close(l.Hold)
	<-busy
}

// TestStopInDialect cuts the drain short: each client gets 503 in its shape.
func TestStopInDialect(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	defer close(l.Hold)
	e := newEngine(t, l, embed.EngineOptions{})
	s := serve(t, e, services.Options{})
	type answer struct {
		path   string
		status int
		body   any
	}
	answers := make(chan answer)
	for path, body := range map[string]string{
		"/v1/embeddings": `{"input":"a"}`, "/api/embed": `{"model":"test/tiny","input":"a"}`, "/tokenize": `{"inputs":"a"}`, "/embed": `{"text":"a"}`,
	} {
		go func() {
			status, got := s.Post(t, path, body)
			answers <- answer{path, status, got}
		}()
	}
	testmodels.Eventually(t, "all to wait", func() bool { return e.Stats().Waiting == 4 })
	s.Stop()
	s.Server.Abort()
	shapes := map[string]func(any) (string, string){"/v1/embeddings": openAIShape, "/api/embed": ollamaShape, "/tokenize": errorOf, "/embed": errorOf}
	kinds := map[string]string{"/v1/embeddings": "stopping", "/tokenize": "Unhealthy", "/embed": "stopping"}
	for range shapes {
		a := <-answers
		if kind, says := shapes[a.path](a.body); a.status != 503 || kind != kinds[a.path] || !strings.Contains(says, "stopping") {
			t.Errorf("%s: %d %q %q", a.path, a.status, kind, says)
		}
	}
}
