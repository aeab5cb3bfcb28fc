package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"amalfa/inference/embed"
	"amalfa/inference/rerank"
	"amalfa/llm"
)

// A strict server refuses more than so many texts, and longer ones, in the words of another.
type strict struct {
	next          fake
	texts, length int
	status        int
	says          string
	asked         int
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	var in struct{ Input []string }
	_ = json.Unmarshal(data, &in)
	s.asked++
	for i, text := range in.Input {
		if i >= s.texts || len(text) > s.length {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(s.status)
			io.WriteString(w, s.says)
			return
		}
	}
	r.Body = io.NopCloser(strings.NewReader(string(data)))
	s.next.ServeHTTP(w, r)
}

// TestFit has servers find texts too many or too long, as each says it.
func TestFit(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		says   string
	}{
		"llama.cpp":                 {500, `{"error":{"code":500,"message":"input (702 tokens) is too large to process. increase the physical batch size (current batch size: 512)","type":"server_error"}}`},
		"infinity":                  {422, `{"detail":[{"type":"too_long","loc":["body","text","input"],"msg":"List should have at most 8 items after validation, not 10"}]}`},
		"text-embeddings-inference": {413, `{"error":"batch size 40 > maximum allowed batch size 32","error_type":"Validation"}`},
		"vllm":                      {400, `{"object":"error","message":"This model's maximum context length is 512 tokens.","code":400}`},
		"ollama":                    {400, `{"error":"the input length exceeds the context length"}`},
		"dashscope":                 {400, `{"error":{"message":"batch size is invalid, it should not be larger than 10.","code":"InvalidParameter"}}`},
		"a proxy":                   {413, `no JSON`},
	} {
		t.Run(name, func(t *testing.T) {
			s := &strict{next: fake{path: "/v1/embeddings", dialect: openAI, model: one("m")}, texts: 10, length: 2000, status: tt.status, says: tt.says}
			e := embedder(t, s, "/v1", "m")
			texts := []string{strings.Repeat("è", 3000)}
			for i := range 60 {
				texts = append(texts, fmt.Sprint("text ", i))
			}
			got, err := e.Embed(t.Context(), texts, embed.Options{Bulk: true})
			if err != nil || len(got.Values) != len(texts) {
				t.Fatalf("%d vectors, %v", len(got.Values), err)
			}
			for i, text := range texts[1:] {
				want := vectorOf("m", text)
				embed.Normalize(want)
				if Cosine(got.Values[i+1], want) < 0.999999 {
					t.Errorf("vector %d is not that of its text", i+1)
				}
			}
			before := s.asked
			if _, err := e.Embed(t.Context(), texts[1:9], embed.Options{}); err != nil || s.asked != before+1 {
				t.Errorf("%d requests for what it takes, %v", s.asked-before, err)
			}
		})
	}
}

// TestNeverFits ends where nothing is short enough, after a bounded number of requests.
func TestNeverFits(t *testing.T) {
	s := &strict{status: 413, says: "{}"}
	e := embedder(t, s, "/v1", "m")
	texts := make([]string, 31)
	for i := range texts {
		texts[i] = strings.Repeat("a", 8<<10)
	}
	_, err := e.Embed(t.Context(), texts, embed.Options{Bulk: true})
	if f, ok := errors.AsType[*llm.Fault](err); !ok || f.Kind != llm.KindRefused || s.asked > 30 {
		t.Errorf("%d requests, %v", s.asked, err)
	}
}

// TestTellingRefusal has a reranker that speaks Cohere's dialect refuse the model: that is told, not that a field of another dialect lacks.
func TestTellingRefusal(t *testing.T) {
	r := reranker(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path != "/rerank":
			w.WriteHeader(404)
		case !strings.Contains(string(data), `"documents"`):
			w.WriteHeader(422)
			io.WriteString(w, `{"detail":[{"type":"missing","loc":["body","documents"],"msg":"Field required"}]}`)
		default:
			w.WriteHeader(400)
			io.WriteString(w, `{"error":{"message":"model m does not support rerank","code":400}}`)
		}
	}), "")
	_, err := r.Score(t.Context(), rerank.Request{Query: "q", Documents: documents(3)})
	if f, ok := errors.AsType[*llm.Fault](err); !ok || !strings.Contains(f.Message, "does not support rerank") {
		t.Errorf("%v", err)
	}
}
