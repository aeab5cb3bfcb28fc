//go:build cgo

package vector

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/clients"
	"amalfa/testdata/testmodels"
)

const clientsModel = "bge-small-en-v1.5-q"

// A desk is the service that clients of others ask, and what they are to get.
type desk struct {
	e       *embed.Engine
	given   object
	vectors []embed.Vector // of the texts
	many    []embed.Vector // of the batch
}

func newDesk(t *testing.T) desk {
	t.Helper()
	e := newEngine(t, testmodels.Pinned(t, clientsModel), embed.EngineOptions{Options: inference.Options{Version: "0.9.9"}})
	s := serve(t, e, services.Options{})
	texts := []string{"hello world", "a naïve café", "日本語の潮汐 🌊"}
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf("text %d", i))
	}
	lists, err := e.Tokenize(t.Context(), texts, true, embed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([][]int64, len(lists))
	for i, tokens := range lists {
		for _, token := range tokens {
			ids[i] = append(ids[i], token.ID)
		}
	}
	given := object{"url": s.URL, "model": clientsModel, "texts": texts, "many": many, "ids": ids, "long": strings.Repeat("word ", 900)}
	return desk{e, given, embedAll(t, e, texts, embed.Options{}), embedAll(t, e, many, embed.Options{})}
}

// texts wants the vectors of the texts.
func (d desk) texts() clients.Check { return clients.Vectors(values(d.vectors, 0)) }

// short wants their first 64 numbers, brought to length one.
func (d desk) short() clients.Check { return clients.Vectors(values(d.vectors, 64)) }

// values are the numbers of vectors, the first n of each; 0 = all.
func values(vectors []embed.Vector, n int) (all [][]float32) {
	for _, v := range vectors {
		v := slices.Clone(v.Values)
		if n > 0 {
			v = v[:n]
			embed.Normalize(v)
		}
		all = append(all, v)
	}
	return all
}

func (d desk) tokens() (sum int) {
	for _, v := range d.vectors {
		sum += v.Tokens
	}
	return sum
}

// similar are the cosines of the first text with each.
func (d desk) similar() (cosines []float64) {
	for _, v := range d.vectors {
		cosines = append(cosines, testmodels.Cosine(d.vectors[0].Values, v.Values))
	}
	return cosines
}

// TestPythonClients lets the clients of OpenAI, Ollama, Hugging Face and Infinity ask.
func TestPythonClients(t *testing.T) {
	d := newDesk(t)
	cut := list(object{"index": 1, "tokens": 902, "used": 512})
	clients.Run(t, "embed_sdks.py", d.given, map[string]clients.Check{
		"openai: base64, which it asks for by itself": d.texts(),
		"openai: float":                                             d.texts(),
		"openai: one text":                                          d.texts(),
		"openai: tokens":                                            d.texts(),
		"openai: 64 dimensions":                                     d.short(),
		"openai: a batch":                                           clients.Vectors(values(d.many, 0)),
		"openai: usage":                                             clients.Says(list(d.tokens(), d.tokens())),
		"openai: a text that is too long":                           clients.Says(list(515, "1", 390, cut)),
		"openai: models":                                            clients.Says(list(clientsModel, clientsModel)),
		"openai: a model that is not there":                         clients.Fails(404, "model_not_found"),
		"openai: an empty text":                                     clients.Fails(400, "empty_text"),
		"openai: no text":                                           clients.Fails(400, "empty_text"),
		"openai: more dimensions than there are":                    clients.Fails(400, "dimensions"),
		"openai: given up, and asked again":                         d.texts(),
		"openai: asynchronous":                                      d.texts(),
		"ollama: embed":                                             d.texts(),
		"ollama: embed one text":                                    d.texts(),
		"ollama: embed, kept alive, with options":                   d.texts(),
		"ollama: 64 dimensions":                                     d.short(),
		"ollama: more dimensions than there are":                    d.texts(),
		"ollama: embeddings":                                        d.texts(),
		"ollama: a text that is too long":                           clients.Says(512),
		"ollama: a text that is too long and must not be cut":       clients.Fails(400, "exceeds the context length"),
		"ollama: no text":                                           clients.Says([]any{}),
		"ollama: list":                                              clients.Says(list(list(clientsModel, "bert", "onnx", "33.3M", true))),
		"ollama: show":                                              clients.Says(list(list("embedding"), "bert", 384, 512)),
		"ollama: ps":                                                clients.Says(list(list(clientsModel, 30, 512))),
		"ollama: a model that is not there":                         clients.Fails(404, "all-minilm"),
		"ollama: chat":                                              clients.Fails(400, "does not support chat"),
		"ollama: asynchronous":                                      d.texts(),
		"hugging face: feature_extraction of the base":              d.texts(),
		"hugging face: feature_extraction of /embed":                d.texts(),
		"hugging face: a list of texts":                             d.texts(),
		"hugging face: not of length one":                           d.texts(),
		"hugging face: a text that is too long and must not be cut": clients.Fails(422, "too many tokens: 902"),
		"hugging face: sentence_similarity":                         clients.Numbers(d.similar()),
		"hugging face: asynchronous":                                d.texts(),
		"infinity: embeddings":                                      d.texts(),
		"infinity: models":                                          clients.Says(list(list(clientsModel, "onnx", list("embed")))),
		"infinity: through OpenAI's client":                         d.texts(),
	})
}

// TestJavaScriptClients lets those of OpenAI, Ollama, Hugging Face, LangChain and LlamaIndex ask.
func TestJavaScriptClients(t *testing.T) {
	d := newDesk(t)
	cut := list(object{"index": 1, "tokens": 902, "used": 512})
	clients.Run(t, "embed.mjs", d.given, map[string]clients.Check{
		"openai: base64, which it asks for by itself": d.texts(),
		"openai: float":                                       d.texts(),
		"openai: one text":                                    d.texts(),
		"openai: tokens":                                      d.texts(),
		"openai: 64 dimensions":                               d.short(),
		"openai: a batch":                                     clients.Vectors(values(d.many, 0)),
		"openai: usage":                                       clients.Says(list(d.tokens(), d.tokens())),
		"openai: a text that is too long":                     clients.Says(list(515, "1", 390, cut)),
		"openai: models":                                      clients.Says(list(clientsModel, clientsModel)),
		"openai: a model that is not there":                   clients.Fails(404, "text-embedding-3-small"),
		"openai: an empty text":                               clients.Fails(400, "empty_text"),
		"openai: no text":                                     clients.Fails(400, "empty_text"),
		"openai: more dimensions than there are":              clients.Fails(400, "dimensions"),
		"openai: given up, and asked again":                   d.texts(),
		"ollama: embed":                                       d.texts(),
		"ollama: embed one text":                              d.texts(),
		"ollama: embed, kept alive, with options":             d.texts(),
		"ollama: 64 dimensions":                               d.short(),
		"ollama: more dimensions than there are":              d.texts(),
		"ollama: embeddings":                                  d.texts(),
		"ollama: a text that is too long":                     clients.Says(512),
		"ollama: a text that is too long and must not be cut": clients.Fails(400, "too many tokens: 902"),
		"ollama: list":                                        clients.Says(list(list(clientsModel, "bert", "onnx", "33.3M", true))),
		"ollama: show":                                        clients.Says(list(list("embedding"), "bert", 384, 512)),
		"ollama: ps":                                          clients.Says(list(list(clientsModel, 30, 512))),
		"ollama: version":                                     clients.Says(true),
		"ollama: a model that is not there":                   clients.Fails(404, "all-minilm"),
		"ollama: chat":                                        clients.Fails(400, "does not support chat"),
		"hugging face: featureExtraction of the base":         d.texts(),
		"hugging face: featureExtraction of /embed":           d.texts(),
		"hugging face: a text that is too long and must not be cut": clients.Fails(422, "too many tokens: 902"),
		"hugging face: sentenceSimilarity":                          clients.Numbers(d.similar()),
		"langchain: OpenAIEmbeddings of documents":                  d.texts(),
		"langchain: OpenAIEmbeddings of queries":                    d.texts(),
		"langchain: OpenAIEmbeddings with 64 dimensions":            d.short(),
		"langchain: OllamaEmbeddings of documents":                  d.texts(),
		"langchain: OllamaEmbeddings of queries":                    d.texts(),
		"llamaindex: OpenAIEmbedding of texts":                      d.texts(),
		"llamaindex: OpenAIEmbedding of a query":                    d.texts(),
		"llamaindex: OllamaEmbedding":                               d.texts(),
	})
}

// TestPythonFrameworks lets those of LangChain, LlamaIndex and LiteLLM ask.
func TestPythonFrameworks(t *testing.T) {
	d := newDesk(t)
	clients.Run(t, "embed_frameworks.py", d.given, map[string]clients.Check{
		"langchain: OpenAIEmbeddings of documents":                          d.texts(),
		"langchain: OpenAIEmbeddings of queries":                            d.texts(),
		"langchain: OpenAIEmbeddings of a batch, in chunks":                 clients.Vectors(values(d.many, 0)),
		"langchain: OpenAIEmbeddings with 64 dimensions":                    d.short(),
		"langchain: OpenAIEmbeddings asynchronous":                          d.texts(),
		"langchain: OllamaEmbeddings of documents":                          d.texts(),
		"langchain: OllamaEmbeddings of queries":                            d.texts(),
		"langchain: OllamaEmbeddings that looks whether the model is there": d.texts(),
		"llamaindex: OpenAILikeEmbedding":                                   d.texts(),
		"llamaindex: OpenAILikeEmbedding of a query":                        d.texts(),
		"llamaindex: OllamaEmbedding":                                       d.texts(),
		"llamaindex: TextEmbeddingsInference":                               d.texts(),
		"llamaindex: HuggingFaceInferenceAPIEmbedding":                      d.texts(),
		"litellm: openai":                                                   d.texts(),
		"litellm: openai, 64 dimensions":                                    d.short(),
		"litellm: hosted_vllm":                                              d.texts(),
		"litellm: infinity":                                                 d.texts(),
		"litellm: ollama":                                                   d.texts(),
		"litellm: huggingface":                                              d.texts(),
		"litellm: huggingface, similarities":                                clients.Numbers(1),
		"litellm: usage":                                                    clients.Says(list(d.tokens(), d.tokens())),
		"litellm: an empty text":                                            clients.Fails(400, "empty text"),
		"litellm: a model that is not there":                                clients.Fails(404, "text-embedding-3-small"),
	})
}

// distance is the largest difference of two components.
func distance(want []embed.Vector, got [][]float64) float64 {
	if len(want) != len(got) {
		return math.Inf(1)
	}
	var worst float64
	for i, v := range want {
		if len(v.Values) != len(got[i]) {
			return math.Inf(1)
		}
		for j, x := range v.Values {
			worst = max(worst, math.Abs(float64(x)-got[i][j]))
		}
	}
	return worst
}
