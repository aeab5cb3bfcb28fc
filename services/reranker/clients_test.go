//go:build cgo

package reranker

import (
	"testing"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/testdata/clients"
	"amalfa/testdata/testmodels"
)

// A desk is the service that clients of others ask, and what they are to get.
type desk struct {
	given object
	pairs [][2]float64 // index and score, the best first
	best  []string     // the two best documents
}

func newDesk(t *testing.T) desk {
	t.Helper()
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{})
	s := serve(t, e)
	texts := []string{"hi", "The giant panda is a bear.", "Paris is the capital of France.", "東京の天気", "naïve café"}
	want, err := e.Score(t.Context(), rerank.Request{Query: panda, Documents: texts})
	if err != nil {
		t.Fatal(err)
	}
	d := desk{given: object{"url": s.URL, "query": panda, "documents": texts}}
	for _, i := range want.Ranked() {
		d.pairs, d.best = append(d.pairs, [2]float64{float64(i), want.Scores[i].Value}), append(d.best, texts[i])
	}
	d.best = d.best[:2]
	return d
}

// all wants each document with its score, the best first.
func (d desk) all() clients.Check { return clients.Numbers(d.pairs) }

// two wants the two best documents with their scores.
func (d desk) two() clients.Check { return clients.Numbers(d.pairs[:2]) }

// texts wants the two best documents themselves.
func (d desk) texts() clients.Check { return clients.Says(d.best) }

// TestPythonClients lets the clients of Cohere and Infinity ask, and text-embeddings-inference's route be asked.
func TestPythonClients(t *testing.T) {
	d := newDesk(t)
	clients.Run(t, "rerank_sdks.py", d.given, map[string]clients.Check{
		"cohere v1: strings":                                         d.all(),
		"cohere v1: objects":                                         d.all(),
		"cohere v1: fields of objects":                               d.all(),
		"cohere v1: the best two, with their texts":                  d.texts(),
		"cohere v1: windows of a document":                           d.all(),
		"cohere v1: billed":                                          clients.Says([]any{"1", 1}),
		"cohere v2: strings":                                         d.all(),
		"cohere v2: the best two":                                    d.two(),
		"cohere v2: an empty query":                                  clients.Fails(400, "query: empty"),
		"cohere v2: no documents":                                    clients.Fails(400, "documents: empty"),
		"cohere v2: asynchronous":                                    d.all(),
		"infinity: rerank":                                           d.all(),
		"infinity: the best two, with their texts":                   d.texts(),
		"text-embeddings-inference: with Hugging Face's own session": d.all(),
	})
}

// TestPythonFrameworks lets those of LangChain, LlamaIndex and LiteLLM ask.
func TestPythonFrameworks(t *testing.T) {
	d := newDesk(t)
	clients.Run(t, "rerank_frameworks.py", d.given, map[string]clients.Check{
		"langchain: CohereRerank of texts":      d.all(),
		"langchain: CohereRerank of documents":  d.all(),
		"langchain: CohereRerank, the best two": d.texts(),
		"llamaindex: TextEmbeddingInference":    d.all(),
		"llamaindex: CohereRerank":              d.all(),
		"litellm: cohere":                       d.all(),
		"litellm: cohere, the best two":         d.two(),
		"litellm: jina_ai":                      d.all(),
		"litellm: infinity":                     d.all(),
		"litellm: hosted_vllm":                  d.all(),
		"litellm: huggingface":                  d.all(),
		"litellm: an empty query":               clients.Fails(400, "query: empty"),
	})
}

// TestJavaScriptClients lets those of Cohere, LangChain and LlamaIndex ask.
func TestJavaScriptClients(t *testing.T) {
	d := newDesk(t)
	clients.Run(t, "rerank.mjs", d.given, map[string]clients.Check{
		"cohere v1: strings":                        d.all(),
		"cohere v1: objects":                        d.all(),
		"cohere v1: the best two, with their texts": d.texts(),
		"cohere v2: strings":                        d.all(),
		"cohere v2: the best two":                   d.two(),
		"cohere v2: an empty query":                 clients.Fails(400, "query: empty"),
		"cohere v2: no documents":                   clients.Fails(400, "documents: empty"),
		"langchain: CohereRerank of texts":          d.all(),
		"langchain: CohereRerank of documents":      d.all(),
		"llamaindex: CohereRerank":                  d.all(),
	})
}
