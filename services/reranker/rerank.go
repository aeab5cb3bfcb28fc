package reranker

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/services"
)

// rerankBody is what POST /rerank takes: text-embeddings-inference's form
// where the key "texts" shows it, Infinity's by its own keys, else ours.
type rerankBody struct {
	own      *ownRequest
	tei      *teiRequest
	infinity *infinityRequest
}

// UnmarshalJSON leaves the form set after an error, so that the answer is in the dialect of the question.
func (b *rerankBody) UnmarshalJSON(data []byte) error {
	var keys struct {
		Texts           json.RawMessage `json:"texts"`
		Model           json.RawMessage `json:"model"`
		TopN            json.RawMessage `json:"top_n"`
		ReturnDocuments json.RawMessage `json:"return_documents"`
		RawScores       json.RawMessage `json:"raw_scores"`
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	switch {
	case keys.Texts != nil:
		b.tei = &teiRequest{}
		return readKeys(data, b.tei)
	case keys.Model != nil || keys.TopN != nil || keys.ReturnDocuments != nil || keys.RawScores != nil:
		b.infinity = &infinityRequest{}
		return readKeys(data, b.infinity)
	}
	b.own = &ownRequest{}
	return readKeys(data, b.own)
}

func serveRerank(w http.ResponseWriter, r *http.Request, e *rerank.Engine) {
	var body rerankBody
	err := services.ReadJSON(r, &body)
	switch {
	case body.tei != nil:
		serveTEI(w, r, e, body.tei, err)
	case body.infinity != nil:
		serveInfinity(w, r, e, body.infinity, err)
	case err != nil:
		services.WriteError(w, err)
	default:
		serveOwn(w, r, e, body.own)
	}
}

// readKeys names a key of [common] as the client does, without the part of ours that holds it.
func readKeys(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		wrong.Field = strings.TrimPrefix(wrong.Field, "common.")
	}
	return err
}

// An answer is an engine's, with what the dialects say of it.
type answer struct{ rerank.Answer }

// asked is a body of any dialect.
type asked interface {
	request() (rerank.Request, error)
}

func score(r *http.Request, e *rerank.Engine, body asked) (answer, error) {
	request, err := body.request()
	if err != nil {
		return answer{}, err
	}
	a, err := e.Score(r.Context(), request)
	return answer{a}, err
}

// strs is a list of strings and of nothing else: null is no empty string.
type strs []string

func (s *strs) UnmarshalJSON(data []byte) error {
	var list []*string
	if err := json.Unmarshal(data, &list); err != nil || slices.Contains(list, nil) {
		return bad("the texts: want a list of strings")
	}
	*s = make(strs, len(list))
	for i, text := range list {
		(*s)[i] = *text
	}
	return nil
}

// numbers is a list of numbers and of nothing else: null is no 0.
type numbers []float64

func (n *numbers) UnmarshalJSON(data []byte) error {
	var list []*float64
	if err := json.Unmarshal(data, &list); err != nil || slices.Contains(list, nil) {
		return bad("prior_scores: want a list of numbers")
	}
	if *n = nil; list != nil {
		*n = make(numbers, len(list))
	}
	for i, v := range list {
		(*n)[i] = *v
	}
	return nil
}

// common is what every dialect takes besides its own keys.
type common struct {
	// BudgetMs limits the time of the answer; absent or 0 is no limit.
	BudgetMs int64 `json:"budget_ms,omitempty"`
	// PriorScores say how promising each document is, the highest first.
	PriorScores numbers `json:"prior_scores,omitempty"`
}

// maxBudget is an hour; who has more time needs no budget.
const maxBudget = int64(time.Hour / time.Millisecond)

// apply lays the common keys over a request.
func (c common) apply(r *rerank.Request) error {
	if c.BudgetMs < 0 || c.BudgetMs > maxBudget {
		return bad("budget_ms: want 0 to %d", maxBudget)
	}
	r.Budget = time.Duration(c.BudgetMs) * time.Millisecond
	if c.PriorScores == nil {
		return nil
	}
	if len(c.PriorScores) != len(r.Documents) {
		return bad("prior_scores: %d for %d documents", len(c.PriorScores), len(r.Documents))
	}
	r.Order = inference.UpTo(len(r.Documents))
	slices.SortStableFunc(r.Order, func(i, j int) int {
		return cmp.Compare(c.PriorScores[j], c.PriorScores[i])
	})
	return nil
}

// These headers say, in answers whose body has the shape that others laid
// down, which model scored and how many documents it judged.
const (
	modelHeader  = "Amalfa-Model" // query-escaped
	judgedHeader = "Amalfa-Judged"
)

func (a answer) setHeaders(h http.Header) {
	h.Set(modelHeader, url.QueryEscape(a.Model.Name))
	h.Set(judgedHeader, strconv.Itoa(a.Judged))
}

// top returns the best n documents, all of them for nil.
func (a answer) top(n *int) []int {
	ranked := a.Ranked()
	if n != nil && *n < len(ranked) {
		return ranked[:*n]
	}
	return ranked
}

func (a answer) tokens() int {
	sum := 0
	for _, s := range a.Scores {
		sum += s.Tokens
	}
	return sum
}

// raw is a document's raw score; one that was not judged has the lowest of the others, so that the list stays in order.
func (a answer) raw(i int) float64 {
	if a.Scores[i].Judged || a.Judged == 0 {
		return a.Scores[i].Raw
	}
	lowest := math.Inf(1)
	for _, s := range a.Scores {
		if s.Judged {
			lowest = min(lowest, s.Raw)
		}
	}
	return lowest
}

func (a answer) value(i int, raw bool) float64 {
	if raw {
		return a.raw(i)
	}
	return a.Scores[i].Value
}

// remarks are what our answers add to a result where there is something to say.
type remarks struct {
	Judged    *bool        `json:"judged,omitempty"` // false: the budget was over before
	Part      *rerank.Part `json:"part,omitempty"`   // the bytes of the document that scored best
	Truncated bool         `json:"truncated,omitempty"`
}

func remarksOf(s rerank.Score) remarks {
	m := remarks{Part: s.Part, Truncated: s.Truncated}
	if !s.Judged {
		m.Judged = new(bool)
	}
	return m
}
