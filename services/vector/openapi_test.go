//go:build cgo

package vector

import (
	"amalfa/services"
	ts "amalfa/testdata/testservice"

	"github.com/google/jsonschema-go/jsonschema"
)

type schemas = map[string]*jsonschema.Schema

// input is what [inputs] reads.
func input() *jsonschema.Schema {
	one := 1
	several := func(items *jsonschema.Schema) *jsonschema.Schema {
		s := ts.ListOf(items)
		s.MinItems = &one
		return s
	}
	return ts.AnyOf(ts.Text(1), several(ts.Text(1)), several(ts.Number(0)), several(several(ts.Number(0))))
}

// prompt is which prompt stands before a text.
func prompt() *jsonschema.Schema { return ts.OrNull(ts.Exactly("query", "passage")) }

func side() *jsonschema.Schema { return ts.Word("Left", "left", "Right", "right") }

func takesOwn() *jsonschema.Schema {
	words := func(s *jsonschema.Schema, other string) *jsonschema.Schema {
		return ts.With(s, schemas{other: {Type: "null"}, "long": ts.Word("cut", "chunk", "refuse"), "input_type": ts.Word("query", "passage"), "priority": ts.Word("interactive", "bulk")})
	}
	one := ts.Named("OneText", words(ts.Takes[ownRequest]("text"), "texts"))
	many := ts.Named("ManyTexts", words(ts.Takes[ownRequest]("texts"), "text"))
	one.Properties["text"].MinLength = new(1)
	many.Properties["texts"].MinItems, many.Properties["texts"].Items = new(1), ts.Text(1)
	return ts.AnyOf(one, many, takesTEI())
}

func takesTEI() *jsonschema.Schema {
	return ts.With(ts.Takes[teiRequest]("inputs"), schemas{"inputs": input(), "truncation_direction": side(), "prompt_name": prompt(), "dimensions": ts.OrNull(ts.Number(1))})
}

func takesSimilar() *jsonschema.Schema {
	s := ts.Takes[teiSimilarity]("inputs")
	in := s.Properties["inputs"]
	in.Required = []string{"source_sentence", "sentences"}
	sentences := ts.ListOf(ts.Text(1))
	sentences.MinItems = new(1)
	ts.With(in, schemas{"source_sentence": ts.Text(1), "sentences": sentences})
	ts.With(s.Properties["parameters"], schemas{"truncation_direction": side(), "prompt_name": prompt()})
	return s
}

// takesTEITexts is a body whose inputs are texts.
func takesTEITexts() *jsonschema.Schema {
	texts := ts.ListOf(ts.Text(1))
	texts.MinItems = new(1)
	return ts.Named("Texts", ts.With(ts.Takes[teiTokenizeRequest]("inputs"), schemas{"inputs": ts.AnyOf(ts.Text(1), texts), "prompt_name": ts.Word("query", "passage")}))
}

func takesOpenAI() *jsonschema.Schema {
	return ts.With(ts.Takes[openAIRequest]("input"), schemas{"input": input(), "encoding_format": ts.Word("float", "base64"), "input_type": ts.Word("query", "passage"), "dimensions": ts.OrNull(ts.Number(1))})
}

func givesOpenAI() *jsonschema.Schema {
	s := ts.Gives[openAIReply]()
	ts.With(s.Properties["data"].Items, schemas{"embedding": ts.AnyOf(ts.Gives[[]float32](), &jsonschema.Schema{Type: "string", ContentEncoding: "base64", Description: "float32 in little-endian order"})})
	return s
}

func takesOllama() *jsonschema.Schema {
	texts := ts.AnyOf(&jsonschema.Schema{Type: "null"}, ts.Text(0), ts.ListOf(ts.Text(1)))
	return ts.With(ts.Takes[ollamaRequest]("model"), schemas{"model": ts.Text(1), "input": texts, "input_type": ts.Word("query", "passage")})
}

func takesOllamaOld() *jsonschema.Schema {
	return ts.With(ts.Takes[ollamaOldRequest]("model"), schemas{"model": ts.Text(1), "input_type": ts.Word("query", "passage")})
}

func takesOllamaModel() *jsonschema.Schema {
	byModel, byName := ts.Named("OllamaModelNamed", ts.Takes[ollamaNamed]("model")), ts.Named("OllamaModelNamedBefore", ts.Takes[ollamaNamed]("name"))
	byModel.Properties["model"].MinLength, byName.Properties["name"].MinLength = new(1), new(1)
	return ts.AnyOf(byModel, byName)
}

// page is what is written of this service's HTTP.
func page() ts.Page {
	vectors := ts.Gives[[][]float32]()
	openAIEmbeddings := ts.Operation{Summary: "vectors of texts or token ids", Takes: takesOpenAI(), Gives: givesOpenAI(), Refuses: []int{400, 404}}
	refuses := func(summary string, status int, takes *jsonschema.Schema, more ...int) ts.Operation {
		return ts.Operation{Summary: summary, Takes: takes, Refuses: append(more, status)}
	}
	return ts.Page{
		Service: "vector", Port: "3010", About: "Embeddings, in several dialects.",
		Faults: schemas{"text-embeddings-inference": ts.Gives[teiError](), "OpenAI": ts.Gives[openAIError](), "Infinity": ts.Gives[openAIError](), "Ollama": ts.Gives[ollamaError]()},
		Operations: map[string]ts.Operation{
			"POST /rerank": {Summary: "what the reranking service answers at its POST /rerank", Takes: &jsonschema.Schema{Type: "object"}, Passes: true},
			"POST /embed": {Summary: "vectors of texts", Takes: takesOwn(), Gives: ts.AnyOf(ts.Gives[oneVector](), ts.Gives[manyVectors](), vectors),
				Refuses: []int{400, 404, 422}, Faults: ts.AnyOf(ts.Gives[services.ErrorBody](), ts.Gives[teiError]())},
			"GET /info":                {Summary: "the model and the limits", Gives: ts.Gives[teiInfo]()},
			"POST /tokenize":           {Summary: "the tokens of texts", Takes: takesTEITexts(), Gives: ts.Gives[[][]teiToken](), Refuses: []int{400, 422}},
			"POST /{$}":                {Summary: "vectors of texts, or how near sentences are to another", Takes: ts.AnyOf(takesTEI(), takesSimilar()), Gives: ts.AnyOf(vectors, ts.Gives[[]float64]()), Refuses: []int{400, 422}},
			"POST /similarity":         {Summary: "how near sentences are to another", Takes: takesSimilar(), Gives: ts.Gives[[]float64](), Refuses: []int{400, 422}},
			"POST /embed_sparse":       refuses("nothing: no model here gives sparse vectors", 424, takesTEITexts(), 400, 422),
			"POST /predict":            refuses("nothing: no model here is a classifier", 424, takesTEITexts(), 400, 422),
			"POST /embed_all":          {Summary: "a vector for each token of texts", Takes: takesTEI(), Gives: ts.Gives[[][][]float32](), Refuses: []int{400, 422, 424}},
			"GET /ping":                {Summary: "that the model is loaded"},
			"POST /embeddings":         openAIEmbeddings,
			"POST /v1/embeddings":      openAIEmbeddings,
			"GET /models":              {Summary: "the models", Gives: ts.Gives[openAIList[infinityModel]]()},
			"GET /v1/models":           {Summary: "the models", Gives: ts.Gives[openAIList[openAIModel]]()},
			"GET /v1/models/{name...}": {Summary: "a model", Gives: ts.Gives[openAIModel](), Refuses: []int{404}},
			"POST /api/embed":          {Summary: "vectors of texts", Takes: takesOllama(), Gives: ts.Gives[ollamaReply](), Refuses: []int{400, 404}},
			"POST /api/embeddings":     {Summary: "the vector of a text, as older clients ask", Takes: takesOllamaOld(), Gives: ts.Gives[ollamaOldReply](), Refuses: []int{400, 404}},
			"GET /{$}":                 {Summary: "that it runs", Media: schemas{"text/plain": ts.Text(0)}},
			"GET /api/version":         {Summary: "the version of Ollama whose routes these are", Gives: ts.Gives[ollamaVersions]()},
			"GET /api/tags":            {Summary: "the models", Gives: ts.Gives[ollamaModels]()},
			"GET /api/ps":              {Summary: "the models in memory", Gives: ts.Gives[ollamaModels]()},
			"POST /api/show":           {Summary: "a model", Takes: takesOllamaModel(), Gives: ts.Gives[ollamaShow](), Refuses: []int{400, 404}},
			"POST /api/generate":       refuses("nothing: no model here writes", 400, takesOllamaModel(), 404),
			"POST /api/chat":           refuses("nothing: no model here talks", 400, takesOllamaModel(), 404),
		},
	}
}
