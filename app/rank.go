package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"amalfa/inference/rerank"
)

// MaxDocument bounds one document, in bytes.
const MaxDocument = rerank.MaxTextBytes

// A Document is one text to be ranked, and its line in the input, from 0.
type Document struct {
	Line int
	Text string
}

// RankOptions say what ranks documents.
type RankOptions struct {
	Model    string        // "" for that of the settings
	Budget   time.Duration // for all of them; 0 for as long as it takes
	NoDaemon bool
}

// A Ranking is `rerank --json`; design.md section 7 fixes its shape.
type Ranking struct {
	Results []Ranked `json:"results"`
	Judged  int      `json:"judged"`
	Model   string   `json:"model"`
}

// Ranked is one document. What the time did not suffice for has no score and comes last.
type Ranked struct {
	Index int      `json:"index"`
	Score *float64 `json:"score"`
	Raw   *float64 `json:"raw"`
	Text  string   `json:"text"`

	Part *rerank.Part `json:"part,omitempty"` // of a long document: the bytes that scored best
}

// Rank orders documents by how well they answer a question. A model that is not here is fetched.
func (w *Workspace) Rank(ctx context.Context, question string, documents []Document, o RankOptions) (r Ranking, err error) {
	own := o.Model != "" && o.Model != w.Settings.Reranker.Model
	if own { // the person has named it: no project's file did
		w.Settings.Reranker.Model, w.untrustedReranker = o.Model, false
	}
	scorer, end, err := w.openReranker(ctx, rerankerOptions{InProcess: own || o.NoDaemon, Fetch: true})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, end()) }()
	return rankAll(ctx, scorer, question, documents, o.Budget)
}

// requestBytes bounds the text of one request, well below what a service takes.
const requestBytes = 16 << 20

// rankAll asks in requests of a size that the service takes; the budget is that of all together.
func rankAll(ctx context.Context, scorer rerank.Reranker, question string, documents []Document, budget time.Duration) (Ranking, error) {
	begin := time.Now()
	ans := Ranking{Results: []Ranked{}}
	for rest := documents; len(rest) > 0; {
		n := portion(rest)
		part := rest[:n]
		rest = rest[n:]
		r := rerank.Request{Query: question}
		for _, d := range part {
			r.Documents = append(r.Documents, d.Text)
		}
		if budget > 0 {
			r.Budget = max(time.Nanosecond, budget-time.Since(begin))
		}
		a, err := scorer.Score(ctx, r)
		if err != nil {
			return ans, err
		}
		ans.add(part, a)
	}
	slices.SortStableFunc(ans.Results, better)
	return ans, nil
}

// portion is how many documents, at least one, go into a request.
func portion(documents []Document) int {
	size := 0
	for i, d := range documents {
		if size += len(d.Text); i > 0 && (i == rerank.MaxDocuments || size > requestBytes) {
			return i
		}
	}
	return len(documents)
}

func (ans *Ranking) add(part []Document, a rerank.Answer) {
	ans.Judged += a.Judged
	if a.Model.Name != "" {
		ans.Model = a.Model.Name
	}
	for i, d := range part {
		result := Ranked{Index: d.Line, Text: d.Text}
		if s := a.Scores[i]; s.Judged {
			result.Score, result.Raw, result.Part = &s.Value, &s.Raw, s.Part
		}
		ans.Results = append(ans.Results, result)
	}
}

// better orders by score; what was not judged comes last.
func better(x, y Ranked) int {
	switch {
	case x.Raw == nil && y.Raw == nil:
		return 0
	case x.Raw == nil:
		return 1
	case y.Raw == nil || *x.Raw > *y.Raw:
		return -1
	case *x.Raw < *y.Raw:
		return 1
	}
	return 0
}
