package reranker

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"

	"amalfa/inference/rerank"
	"amalfa/services"
)

// cohereRequest is one superset of what Cohere's v1 and v2 and Jina's
// `/v1/rerank` take. Of a document that is an object, rank_fields are read.
type cohereRequest struct {
	Model           string           `json:"model"`
	Query           string           `json:"query"`
	Documents       []cohereDocument `json:"documents"`
	TopN            *int             `json:"top_n"`
	ReturnDocuments bool             `json:"return_documents"`
	RankFields      strs             `json:"rank_fields"`
	// MaxChunks is into how many windows a long document is cut at most.
	MaxChunks *int `json:"max_chunks_per_doc"`
	common
}

// UnmarshalJSON reads the keys as they stand.
func (b *cohereRequest) UnmarshalJSON(data []byte) error {
	type plain cohereRequest
	return readKeys(data, (*plain)(b))
}

// A cohereDocument is a string or an object.
type cohereDocument struct {
	text   *string
	fields map[string]any
	whole  json.RawMessage
}

// UnmarshalJSON keeps an object as it is, since an answer may give it back.
func (d *cohereDocument) UnmarshalJSON(data []byte) error {
	var text *string
	var fields map[string]any
	switch {
	case json.Unmarshal(data, &text) == nil && text != nil:
		*d = cohereDocument{text: text}
	case json.Unmarshal(data, &fields) == nil && fields != nil:
		*d = cohereDocument{fields: fields, whole: bytes.Clone(data)}
	default:
		return bad("documents: want strings or objects with a text")
	}
	return nil
}

// read returns the text that is ranked.
func (d cohereDocument) read(fields []string) (string, error) {
	if d.text != nil {
		return *d.text, nil
	}
	if len(fields) == 0 {
		fields = []string{"text"}
	}
	var parts []string
	for _, name := range fields {
		part, ok := d.fields[name].(string)
		if !ok {
			return "", bad("documents: an object has no text %q", name)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\n"), nil
}

// back is the document as both services give it back: an object.
func (d cohereDocument) back() any {
	if d.text != nil {
		return map[string]string{"text": *d.text}
	}
	return d.whole
}

type cohereResult struct {
	Index    int     `json:"index"`
	Score    float64 `json:"relevance_score"`
	Document any     `json:"document,omitempty"`
	remarks
}

type cohereAnswer struct {
	ID      string         `json:"id"`
	Model   string         `json:"model"`
	Object  string         `json:"object"`
	Results []cohereResult `json:"results"`
	Meta    cohereMeta     `json:"meta"`
	Usage   usage          `json:"usage"`
}

type cohereMeta struct {
	Version struct {
		Version string `json:"version"`
	} `json:"api_version"`
	Billed struct {
		Units int `json:"search_units"`
	} `json:"billed_units"`
	Judged int `json:"judged"`
}

// cohereError has Cohere's key, Jina's and ours.
type cohereError struct {
	Message string `json:"message"`
	Detail  string `json:"detail"`
	Error   struct {
		Kind    string `json:"kind"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

func failCohere(w http.ResponseWriter, err error) {
	e := services.Report(w, kinds.Encode(err))
	var body cohereError
	body.Message = e.Sentence()
	body.Detail = body.Message
	body.Error.Kind, body.Error.Message, body.Error.Hint = e.Kind, e.Message, e.Advice
	services.WriteJSON(w, e.Status, body)
}

func serveCohere(w http.ResponseWriter, r *http.Request, e *rerank.Engine) {
	var body cohereRequest
	err := services.ReadJSON(r, &body)
	var a answer
	if err == nil {
		a, err = score(r, e, &body)
	}
	if err != nil {
		failCohere(w, err)
		return
	}
	out := cohereAnswer{ID: rand.Text(), Model: a.Model.Name, Object: "list", Results: []cohereResult{}, Usage: a.usage()}
	out.Meta.Version.Version = "1"
	if strings.HasPrefix(r.URL.Path, "/v2/") {
		out.Meta.Version.Version = "2"
	}
	out.Meta.Billed.Units, out.Meta.Judged = 1, a.Judged
	for _, i := range a.top(body.TopN) {
		result := cohereResult{Index: i, Score: a.Scores[i].Value, remarks: remarksOf(a.Scores[i])}
		if body.ReturnDocuments {
			result.Document = body.Documents[i].back()
		}
		out.Results = append(out.Results, result)
	}
	a.setHeaders(w.Header())
	services.WriteJSON(w, http.StatusOK, out)
}

func (b *cohereRequest) request() (rerank.Request, error) {
	request := rerank.Request{Query: b.Query, Model: b.Model}
	for _, d := range b.Documents {
		text, err := d.read(b.RankFields)
		if err != nil {
			return rerank.Request{}, err
		}
		request.Documents = append(request.Documents, text)
	}
	switch {
	case b.TopN != nil && *b.TopN < 1:
		return rerank.Request{}, bad("top_n: want 1 or more")
	case b.MaxChunks != nil && *b.MaxChunks < 1:
		return rerank.Request{}, bad("max_chunks_per_doc: want 1 or more")
	case b.MaxChunks != nil:
		request.MaxWindows = *b.MaxChunks
	}
	err := b.apply(&request)
	return request, err
}
