package dashboard

import (
	ts "amalfa/testdata/testservice"

	"github.com/google/jsonschema-go/jsonschema"
)

type schemas = map[string]*jsonschema.Schema

// page is what is written of this service's HTTP.
func page() ts.Page {
	text, html := ts.Text(0), schemas{"text/html": ts.Text(0)}
	fromPage := schemas{writeHeader: text}
	question := ts.With(ts.Named("Question", ts.Takes[askRequest]("question")), schemas{"question": ts.Text(1)})
	return ts.Page{
		Service: "dashboard", Port: "3013", Private: true,
		About:      "The page of the workspace, and what it is made of. A browser has a cookie in place of the token. What costs something only a page of the dashboard may ask for.",
		FaultPages: map[string]schemas{"browsers": html},
		Operations: map[string]ts.Operation{
			"GET /{$}":                     {Summary: "the page: search, and the views graph and health", Media: html, Query: schemas{"q": text, "mode": text, "view": ts.Exactly("", "search", "graph", "health"), "part": text, "at": text, "code": text}, Refuses: []int{404}},
			"GET /doc/{id...}":             {Summary: "a note of the index as a page", Media: html, Query: schemas{"line": text, "part": text}, Refuses: []int{404}},
			"GET /assets/{name...}":        {Summary: "what pages load", Media: schemas{"*/*": ts.Free()}, Query: schemas{"v": text}, Refuses: []int{404}},
			"GET /api/search":              {Summary: "an answer from the notes", Gives: ts.Gives[SearchReply](), Must: schemas{"q": ts.Text(1)}, Query: schemas{"mode": ts.Exactly("", "hybrid", "keyword", "vector")}, Refuses: []int{400}},
			"GET /api/note/{id...}":        {Summary: "a note as HTML, with what links to it", Gives: ts.Gives[NoteReply](), Refuses: []int{404}},
			"GET /api/graph":               {Summary: "all notes and links, laid out; 304 where it is what If-None-Match names", Gives: ts.Gives[GraphReply](), Refuses: []int{304}},
			"GET /api/gaps":                {Summary: "pairs of notes that belong together without a link", Gives: ts.Gives[GapsReply]()},
			"GET /api/health":              {Summary: "services, index, models and tasks", Gives: ts.Gives[HealthReply]()},
			"GET /api/events":              {Summary: "what the view health shows, as the event health, and again whenever it has changed", Media: schemas{"text/event-stream": ts.Event("text/html", nil)}},
			"POST /api/ask":                {Summary: "what the language model says of the notes, with citations", Takes: question, Header: fromPage, Gives: ts.Gives[AskReply](), Refuses: []int{400, 404, 502, 504}},
			"POST /services/{name}/{verb}": {Summary: "starts, stops or restarts a service", Takes: ts.Free(), Header: fromPage, Gives: ts.Gives[Acted](), Refuses: []int{404, 409}},
		},
	}
}
