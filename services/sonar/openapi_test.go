package sonar

import (
	"amalfa/services"
	ts "amalfa/testdata/testservice"

	"github.com/google/jsonschema-go/jsonschema"
)

type schemas = map[string]*jsonschema.Schema

// model is the name of one; "" for the usual.
func model() *jsonschema.Schema { return ts.OrNull(ts.Text(0)) }

// streamed is an answer whose parts are server-sent events, the last of them the whole answer or an error.
func streamed(summary string, takes, gives, event *jsonschema.Schema) ts.Operation {
	stream := schemas{"text/event-stream": ts.Event("application/json", event)}
	return ts.Operation{Summary: summary, Takes: takes, Gives: gives, Media: stream, Refuses: []int{400, 404, 502, 504}}
}

// asking is a route whose answer the model has a part in.
func asking(summary string, takes, gives *jsonschema.Schema) ts.Operation {
	return ts.Operation{Summary: summary, Takes: takes, Gives: gives, Refuses: []int{400, 404, 502, 504}}
}

func question(s *jsonschema.Schema, name string) *jsonschema.Schema {
	return ts.With(s, schemas{name: ts.Text(1), "model": model()})
}

// passed is what goes through to the provider.
func passed(summary string) ts.Operation {
	takes := &jsonschema.Schema{Type: "object", Properties: schemas{"model": ts.Free(), "stream": ts.Free()}}
	return ts.Operation{Summary: summary, Takes: takes, Passes: true}
}

func takesRanked() *jsonschema.Schema {
	result := &jsonschema.Schema{Type: "object", Properties: schemas{"id": ts.OrNull(ts.Text(0)), "content": ts.OrNull(ts.Text(0)), "score": {Types: []string{"null", "number"}}}}
	return question(ts.With(ts.Takes[rerankRequest]("query", "results"), schemas{"results": ts.ListOf(result)}), "query")
}

func givesRanked() *jsonschema.Schema {
	return ts.ListOf(&jsonschema.Schema{Type: "object", Properties: schemas{"relevance_score": {Type: "number"}, "reason": ts.Text(0)}, Required: []string{"relevance_score"}})
}

// givesExtract adds the field of the embedded Snippet that has its name, which Go's own lists of fields leave out.
func givesExtract() *jsonschema.Schema {
	s := ts.Gives[Extract]()
	s.Properties["snippet"], s.Required = ts.Text(0), append(s.Required, "snippet")
	return s
}

// page is what is written of this service's HTTP.
func page() ts.Page {
	chat := question(ts.Takes[Question]("message"), "message")
	chat.Properties["sessionId"].Pattern = "^([A-Za-z0-9._-]{1,64})?$"
	ask := ts.With(question(ts.Takes[AskQuestion]("question"), "question"), schemas{"depth": ts.Word("quick", "research"), "budget_tokens": ts.OrNull(ts.Number(0))})
	extract := question(ts.Takes[extractRequest]("query", "result"), "query")
	extract.Properties["result"].Required = []string{"id"}
	extract.Properties["result"].Properties["id"] = ts.Text(1)
	byID, byOther := ts.Named("EnhanceById", question(ts.Takes[enhanceRequest]("docId"), "docId")), ts.Named("EnhanceByDocId", question(ts.Takes[enhanceRequest]("doc_id"), "doc_id"))
	return ts.Page{
		Service: "sonar", Port: "3012", Private: true,
		About:  "Answers over the notes by a language model, and a way to that model. Below /v1 requests go to the provider as they come, and its answers come back as they are.",
		Faults: schemas{"OpenAI": ts.Gives[openAIFault]()},
		Operations: map[string]ts.Operation{
			"POST /chat":                 streamed("an answer from the notes, in a conversation", chat, ts.Gives[Answer](), ts.AnyOf(ts.Gives[deltaEvent](), ts.Gives[Answer](), ts.Gives[services.ErrorBody]())),
			"POST /ask":                  streamed("an answer from the notes, each sentence with its lines", ask, ts.Gives[AskAnswer](), ts.AnyOf(ts.Gives[askEvent](), ts.Gives[services.ErrorBody]())),
			"GET /chat/sessions":         {Summary: "the conversations that are kept", Gives: ts.Gives[SessionList]()},
			"GET /chat/sessions/{id}":    {Summary: "a conversation", Gives: ts.Gives[SessionText](), Refuses: []int{404}},
			"DELETE /chat/sessions/{id}": {Summary: "removes a conversation", Gives: ts.Gives[sessionRemoved](), Refuses: []int{404}},
			"GET /graph/stats":           {Summary: "how the notes are linked, in numbers", Gives: ts.Gives[GraphStats]()},
			"GET /graph/explore": {Summary: "the links around a note; without an id, notes that belong together and are not linked", Gives: ts.AnyOf(ts.Gives[GraphLinks](), ts.Gives[GraphGaps]()), Refuses: []int{400, 404},
				Query: schemas{"id": ts.Text(0), "relation": ts.Text(0), "direction": ts.Exactly("both", "in", "out"), "depth": ts.Whole(1, 20), "limit": ts.Whole(1, maxGraphRows),
					"threshold": {Type: "number", Minimum: new(-1.0), Maximum: new(1.0)}}},
			"GET /provider":               {Summary: "how the provider stands; with known, as far as that is known", Gives: ts.Gives[Standing](), Query: schemas{"known": ts.Free()}},
			"POST /v1/chat/completions":   passed("a chat"),
			"POST /v1/completions":        passed("a text that goes on"),
			"POST /v1/responses":          passed("a response"),
			"POST /v1/embeddings":         passed("vectors"),
			"POST /v1/moderations":        passed("a moderation"),
			"POST /v1/images/generations": passed("images"),
			"POST /v1/audio/speech":       passed("speech"),
			"GET /v1/models":              {Summary: "the provider's models", Passes: true},
			"GET /v1/models/{model...}":   {Summary: "a model of the provider", Passes: true},
			"POST /search/analyze":        asking("what a question is about", question(ts.Takes[analyzeRequest]("query"), "query"), ts.Gives[Analysis]()),
			"POST /search/rerank":         asking("results, the most relevant first", takesRanked(), givesRanked()),
			"POST /search/context":        asking("the words of a note that answer a question", extract, givesExtract()),
			"POST /metadata/enhance":      asking("what a note is about", ts.AnyOf(byID, byOther), ts.Gives[Enhanced]()),
			"POST /metadata/batch":        asking("what the newest notes are about", ts.With(ts.Takes[batchRequest](), schemas{"limit": ts.OrNull(ts.Whole(1, maxBatch)), "model": model()}), ts.Gives[EnhancedBatch]()),
		},
	}
}
