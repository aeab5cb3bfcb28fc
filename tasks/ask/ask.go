package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/search"
	"amalfa/tasks/prompts"
)

// MaxQuestion bounds a question, in bytes: what the search takes.
const MaxQuestion = 8 << 10

// NotInNotes is the answer where the notes hold none.
const NotInNotes = "The notes do not say."

// ErrQuestion reports a question that cannot be asked.
var ErrQuestion = errors.New("unusable question")

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
	Model   llm.Asker
	Name    string           // of the model
	Score   Scorer           // nil: sentences are held against their evidence by words alone
	Count   func(string) int // tokens of a text
}

// A Question and how much it may take. Budget bounds, in tokens, what is put before the model and what it answers; 0 for the usual.
type Question struct {
	Text   string
	Budget int
}

// An Answer is sentences and what they rest on.
type Answer struct {
	Question   string
	Sentences  []Sentence
	Confidence string // of the search
	Sources    []Source
	Model      string
	Usage      llm.Usage
	Degraded   []string
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

// Evidence is what would be put before the model for a question.
type Evidence struct {
	prompts.Evidence
	Confidence string
	Messages   []llm.Message
	Tokens     int // of the messages
	Degraded   []string
	raw        map[int]string // text of a passage in the note
}

// Answers tells whether the notes hold enough for a model to be asked.
func (e Evidence) Answers() bool { return len(e.Passages) > 0 && e.Confidence != search.None }

// searchTime is for the search and the reranker together: someone waits.
const (
	searchTime = 10 * time.Second
	rerankTime = 3 * time.Second
)

// Find searches the notes and puts together what the model would read.
func (t Tools) Find(ctx context.Context, q Question) (e Evidence, err error) {
	switch text := strings.TrimSpace(q.Text); {
	case text == "":
		return e, fmt.Errorf("%w: it is empty", ErrQuestion)
	case len(text) > MaxQuestion:
		return e, fmt.Errorf("%w: it is longer than %d bytes", ErrQuestion, MaxQuestion)
	case q.Budget < 0:
		return e, fmt.Errorf("%w: a budget of %d tokens", ErrQuestion, q.Budget)
	}
	limits := prompts.Usual()
	if q.Budget > 0 { // a quarter is for the answer; a token is some 4 bytes, and instructions take 400
		limits.Bytes = max(500, min(limits.Bytes, (q.Budget*3/4-400)*4))
	}
	rerank := t.Rerank
	if rerank.Budget <= 0 || rerank.Budget > rerankTime {
		rerank.Budget = rerankTime
	}
	sctx, cancel := context.WithTimeoutCause(ctx, searchTime, errors.New("the search took too long"))
	defer cancel()
	found, err := t.Search.Search(sctx, search.Query{Text: q.Text, Mode: search.Hybrid, Limit: limits.Passages, Passages: true, Rerank: rerank})
	if err != nil {
		return e, err
	}
	e.Confidence, e.Degraded = found.Confidence, found.Degraded
	if len(found.Results) > 0 { // of a searcher that judges passages alone
		e.Confidence = cmp.Or(e.Confidence, found.Results[0].Confidence)
	}
	e.Confidence = cmp.Or(e.Confidence, search.None)
	raw := map[string]string{}
	for _, h := range found.Results {
		raw[place(h.ID, h.Lines)] = h.Text
	}
	if t.Release != nil {
		e.Degraded = append(t.Release(t.Name, &found), e.Degraded...)
	}
	e.Evidence = prompts.Select(found, limits)
	e.raw = map[int]string{}
	for _, p := range e.Passages {
		e.raw[p.Ref] = cmp.Or(raw[place(p.ID, p.Lines)], p.Text)
	}
	e.Messages = prompts.Messages("ask", prompts.Form{Question: q.Text, Evidence: e.Evidence})
	for _, m := range e.Messages {
		e.Tokens += t.Count(m.Content)
	}
	return e, nil
}

func place(id string, lines [2]int) string { return fmt.Sprintf("%s:%d-%d", id, lines[0], lines[1]) }

// Ask answers a question. Where the notes hold no answer the model is not asked.
func (t Tools) Ask(ctx context.Context, q Question, ev Events) (Answer, error) {
	e, err := t.Find(ctx, q)
	if err != nil {
		return Answer{}, err
	}
	return t.Answer(ctx, q, e, ev)
}

// Answer asks the model with the evidence of [Tools.Find].
func (t Tools) Answer(ctx context.Context, q Question, e Evidence, ev Events) (Answer, error) {
	a := Answer{Question: q.Text, Sentences: []Sentence{}, Confidence: e.Confidence, Sources: []Source{}, Model: t.Name, Degraded: e.Degraded}
	if !e.Answers() {
		a.Sentences = append(a.Sentences, Sentence{Text: NotInNotes, Citations: []Citation{}, Supported: true})
		return a, ev.sentence(a.Sentences[0])
	}
	c := &checker{tools: t, answer: &a, events: ev}
	for _, p := range e.Passages {
		c.sources = append(c.sources, newSource(p, e.raw[p.Ref]))
		a.Sources = append(a.Sources, Source{Path: p.ID, Lines: p.Lines, Title: p.Title, Heading: p.Heading})
		if ev.Source != nil {
			if err := ev.Source(a.Sources[len(a.Sources)-1]); err != nil {
				return a, err
			}
		}
	}
	cut := &splitter{emit: func(s string) error { return c.take(ctx, s) }}
	r := llm.Request{Model: t.Name, Messages: e.Messages, Context: prompts.Window(e.Messages, t.Count)}
	if q.Budget > 0 {
		r.MaxTokens = max(64, q.Budget-e.Tokens)
	}
	size := 0
	reply, err := t.Model.Chat(ctx, r, func(piece string) error {
		if size += len(piece); size > maxAnswer {
			return errTooLong
		}
		return cut.write(piece)
	})
	if errors.Is(err, errTooLong) {
		a.Degraded, err = append(a.Degraded, fmt.Sprintf("answer: it was longer than %d KiB and was cut", maxAnswer>>10)), nil
	}
	if err != nil {
		return a, err
	}
	if err := cut.end(); err != nil {
		return a, err
	}
	a.Usage, a.Model = reply.Usage, cmp.Or(reply.Model, t.Name)
	if reply.Finish == "length" {
		a.Degraded = append(a.Degraded, "answer: the model stopped at its length limit")
	}
	if len(a.Sentences) == 0 {
		a.Degraded = append(a.Degraded, "answer: the model said nothing")
	}
	return a, nil
}

// maxAnswer bounds an answer, in bytes: one that is longer is cut.
const maxAnswer = 64 << 10

var errTooLong = errors.New("answer too long")

func (e Events) sentence(s Sentence) error {
	if e.Sentence == nil {
		return nil
	}
	return e.Sentence(s)
}

// A checker takes the sentences of one answer.
type checker struct {
	tools   Tools
	answer  *Answer
	events  Events
	sources []source
}

// take checks a sentence and adds it to the answer.
func (c *checker) take(ctx context.Context, raw string) error {
	given := make([]prompts.Passage, len(c.sources))
	for i, s := range c.sources {
		given[i] = s.Passage
	}
	text, refs, unknown := takeCitations(raw, given)
	if text == "" || isRule(text) {
		if n := len(c.answer.Sentences); n == 0 || len(refs) == 0 {
			return nil
		}
		text = raw
	}
	s := Sentence{Text: text, Citations: []Citation{}}
	s.Supported = c.check(ctx, &s, refs, unknown)
	for _, cited := range s.Citations {
		for i := range c.answer.Sources {
			src := &c.answer.Sources[i]
			src.Cited = src.Cited || src.Path == cited.Path && cited.Lines[0] >= src.Lines[0] && cited.Lines[1] <= src.Lines[1]
		}
	}
	c.answer.Sentences = append(c.answer.Sentences, s)
	return c.events.sentence(s)
}

// check finds what supports a sentence and cites these lines. A sentence that cites nothing is held against all sources; one whose
// citations do not support it keeps them, unsupported.
func (c *checker) check(ctx context.Context, s *Sentence, refs []reference, unknown int) bool {
	w := newWords(plain(s.Text))
	if saysNothing(s.Text) {
		return true
	}
	if len(refs) == 0 && unknown == 0 {
		for _, src := range c.sources {
			refs = append(refs, reference{ref: src.Ref})
		}
		v, ok := c.best(ctx, w, refs)
		if ok {
			s.Citations = append(s.Citations, Citation{c.sources[v.ref-1].ID, v.lines})
		}
		return ok || isLeadIn(s.Text) && c.allFacts(w)
	}
	if v, ok := c.best(ctx, w, refs); ok {
		s.Citations = append(s.Citations, Citation{c.sources[v.ref-1].ID, v.lines})
		return true
	}
	if len(refs) > 1 {
		if cited, ok := c.together(w, refs); ok {
			s.Citations = cited
			return true
		}
	}
	for _, r := range refs {
		src := c.sources[r.ref-1]
		s.Citations = append(s.Citations, Citation{src.ID, clip(r.lines, src.Lines)})
	}
	s.Citations = slices.Compact(s.Citations)
	return false
}

// best is the first of the cited sources that supports the sentence by itself; of those, the one that says most of it.
func (c *checker) best(ctx context.Context, w *words, refs []reference) (v verdict, ok bool) {
	for _, r := range refs {
		found := checkOne(ctx, w, c.sources[r.ref-1], r.lines, c.tools.Score)
		if found.supported && (!ok || found.cover > v.cover) {
			v, ok = found, true
		}
	}
	return v, ok
}

// together holds a sentence against the best lines of all its sources.
func (c *checker) together(w *words, refs []reference) (cited []Citation, ok bool) {
	var b strings.Builder
	for _, r := range refs {
		src := c.sources[r.ref-1]
		v := checkOne(context.Background(), w, src, r.lines, nil)
		if v.cover <= 0 {
			continue
		}
		b.WriteString(src.window(v.from, v.to).text + "\n")
		cited = append(cited, Citation{src.ID, v.lines})
	}
	evidence := newWords(b.String())
	cover, facts := w.coveredBy(evidence)
	return slices.Compact(cited), facts == 1 && cover >= enoughWords && !opposed(w.text, evidence.text)
}

// allFacts tells of a line that only leads over to others whether its numbers and names are in the evidence.
func (c *checker) allFacts(w *words) bool {
	var b strings.Builder
	for _, s := range c.sources {
		b.WriteString(s.window(0, len(s.units)).text + "\n")
	}
	_, facts := w.coveredBy(newWords(b.String()))
	return facts == 1
}

// isLeadIn tells a heading, or a line that ends with a colon.
func isLeadIn(s string) bool {
	return headingLine.MatchString(s) || strings.HasSuffix(strings.TrimRight(s, "*_ "), ":")
}

// saysNothing tells the sentence by which a model says that the notes hold no answer.
func saysNothing(s string) bool {
	return strings.EqualFold(notes.Clip(strings.TrimSpace(s), 100), NotInNotes)
}

// clip is the part of a range that was put before the model.
func clip(lines, given [2]int) [2]int {
	if lines[0] == 0 || lines[0] > given[1] || lines[1] < given[0] {
		return given
	}
	return [2]int{max(lines[0], given[0]), min(lines[1], given[1])}
}
