package ask

import (
	"context"
	"errors"

	"amalfa/llm"
	"amalfa/search"
	"amalfa/store"
)

// MaxQuestion bounds a question, in bytes: what the search takes.
const MaxQuestion = 8 << 10

// NotInNotes is the answer where the notes hold none.
const NotInNotes = "The notes do not say."

// Depths of an answer: from one search, or from several, whose steps the model decides.
const (
	Quick    = "quick"
	Research = "research"
)

// Errors on which callers act.
var (
	ErrQuestion = errors.New("unusable question")
	ErrBudget   = errors.New("too few tokens for an answer")
)

// A Searcher finds passages of the notes. *search.Searcher is one.
type Searcher interface {
	Search(ctx context.Context, q search.Query) (search.Answer, error)
}

// Tools are what an answer is made with. Search and Count are required.
type Tools struct {
	Search Searcher
	Rerank search.Rerank
	// Release leaves in what was found what may go to the model, and says what was held back; nil leaves all.
	Release func(model string, found *search.Answer) (held []string)
	// Index opens the index, to read on from what was found; nil: what was found is all.
	Index func(context.Context) (store.Store, error)
	// Trace keeps the report of a research and returns where; nil: none is kept.
	Trace func(question, report string) (path string, err error)
	Model llm.Asker
	Name  string           // of the model
	Score Scorer           // nil: sentences are held against their evidence by words alone
	Count func(string) int // tokens of a text
}

// A Question and how much it may take. Budget bounds, in tokens, what is put before the model and what it answers, over all requests; 0
// for the usual. Depth is Quick or Research, "" for Quick.
type Question struct {
	Text   string
	Budget int
	Depth  string
}

// An Answer is sentences and what they rest on.
type Answer struct {
	Question   string
	Sentences  []Sentence
	Confidence string // of the search
	Sources    []Source
	Model      string
	Usage      llm.Usage
	Requests   int // to the model
	Degraded   []string
	Steps      []string // of a research, a line each
	Trace      string   // where the report of a research is, "" for none
}

// A Sentence of the model's, as it wrote it but for its citations.
type Sentence struct {
	Text      string
	Citations []Citation
	Supported bool
}

// A Citation is lines of a note, 1-based and inclusive.
type Citation struct {
	Path  string `json:"path"`
	Lines [2]int `json:"lines"`
}

// A Source is a passage that was put before the model, and whether a sentence cites it.
type Source struct {
	Path    string   `json:"path"`
	Lines   [2]int   `json:"lines"`
	Title   string   `json:"title"`
	Heading []string `json:"heading"`
	Cited   bool     `json:"cited"`
}

// Events are told as they come; nil functions are not. An error of one ends the answer.
type Events struct {
	Source   func(Source) error
	Sentence func(Sentence) error
}

func (e Events) source(s Source) error {
	if e.Source == nil {
		return nil
	}
	return e.Source(s)
}

func (e Events) sentence(s Sentence) error {
	if e.Sentence == nil {
		return nil
	}
	return e.Sentence(s)
}

// Ask answers a question. Where the notes hold no answer the model is not asked.
func (t Tools) Ask(ctx context.Context, q Question, ev Events) (Answer, error) {
	e, err := t.Find(ctx, q)
	if err != nil {
		return Answer{}, err
	}
	return t.Answer(ctx, q, e, ev)
}
