// Package search turns a question into ranked passages of the notes in a store.
//
// A question is words, "quoted phrases", -exclusions and filters; nothing else in it has a meaning. What does not satisfy all of it
// follows below what does, marked as relaxed, where that is little (relax.go). Keyword candidates (BM25) and
// vector candidates (cosine, exact over all vectors) are fused by a weighted sum; notes whose name the question spells out
// come first. A hit is one passage, with where its score came from.
package search

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"amalfa/notes"
	"amalfa/store"
)

// An Embedder turns a question into a unit vector and names, by digest, the model that made it.
type Embedder interface {
	EmbedQuery(ctx context.Context, text string) (vector []float32, digest string, err error)
}

// Modes of a query.
const (
	Keyword = "keyword"
	Vector  = "vector"
	Hybrid  = "hybrid"
)

// DefaultLimit is the number of results when a query names none; MaxLimit and MaxAround are the most it can ask for.
const (
	DefaultLimit = 10
	MaxLimit     = 1000
	MaxAround    = 20
)

// Query is a question and how to answer it.
type Query struct {
	Text     string // at most MaxQuery bytes
	Plain    bool   // Text is prose: no quote, dash or colon in it has a meaning, as in the questions of collections
	Strict   bool   // only hits that satisfy every filter, phrase and exclusion; without it others follow where these are few
	Mode     string // Keyword, Vector or Hybrid; "" is Hybrid
	Limit    int    // most results; 0 is DefaultLimit
	Passages bool   // every passage of a note, not only its best one
	Around   int    // passages before and after each hit to give along, at most MaxAround
	Rerank   Rerank // who ranks the best ones anew

	MinConfidence string // High, Medium or Low: hits below are left out; "" keeps all
}

// Scores says where a score came from. What did not take part is nil.
type Scores struct {
	Keyword *float64 `json:"keyword,omitempty"` // BM25, from 0
	Vector  *float64 `json:"vector,omitempty"`  // cosine, -1 to 1
	Fused   *float64 `json:"fused,omitempty"`   // what hybrid ranks by
	Rerank  *float64 `json:"rerank,omitempty"`  // the reranker's judgement, 0 to 1
}

// Hit is a ranked passage.
type Hit struct {
	ID, Title string // of the note
	Workspace string // its name where several were asked; whoever asks them fills it in
	Heading   []string
	Lines     [2]int  // first and last, 1-based, inclusive
	Snippet   string  // one line, at most 240 runes
	Marks     []Span  // what of it the question asks for
	Score     float64 // probability that it answers, 0 to 1, always below that of the hit before it
	Scores    Scores

	Confidence string // High, Medium, Low or None

	Relaxed bool // it does not satisfy all that the question asks for; it stands below those that do
	Chunk   int64
	Ref     string // of the passage, which every command that takes a note takes
	Text    string // the whole passage
	Kind    string // of the note: "markdown", …
	Before  []Passage
	After   []Passage
	Same    []string // other notes with a passage that says the same
	Why     Explanation
}

// Span is a part of a text, from its first byte to the one behind its last.
type Span struct{ From, To int }

// Passage is one that stands beside a hit.
type Passage struct {
	Heading []string `json:"heading"`
	Lines   [2]int   `json:"lines"`
	Text    string   `json:"text"`
}

// Answer is the ranked hits.
type Answer struct {
	Query, Mode string
	Results     []Hit
	Confidence  string          // of the first hit, before any is left out: High, Medium, Low or None
	Probability float64         // that it answers, 0 to 1
	Listed      bool            // the question is filters alone: the newest notes, none judged
	Judged      int             // passages that a reranker read
	Vectors     Share           // of the passages of the index that have a vector of the model that answers
	Relaxed     []string        // what the question asks for and not all hits satisfy, as typed
	Suggestions []string        // what to ask instead, where little or nothing satisfies the question
	Contexts    []notes.Context // what the folders of the hits say about their notes, outer ones first; whoever knows the folders fills it in
	Degraded    []string        // what kept the answer from being the full one, one sentence each
}

// Searcher answers questions over one store. Safe for concurrent use.
type Searcher struct {
	store    store.Store
	embedder Embedder
	visible  func(store.Chunk) string
	table    Calibrations // read once, not with each question
	log      *zap.Logger
}

// New returns a Searcher. A nil embedder answers by keyword only and says so; a nil log is silent.
func New(st store.Store, e Embedder, log *zap.Logger) *Searcher {
	return &Searcher{store: st, embedder: e, visible: asStored, table: KnownCalibrations(), log: cmp.Or(log, zap.NewNop())}
}

// asStored is a passage as it stands, as one paragraph.
func asStored(c store.Chunk) string { return strings.Join(strings.Fields(c.Text), " ") }

// ShowAs makes the snippets of what a reader sees of a passage, a line for each paragraph of it, in place of its text as stored. It
// returns s, and must be called before s is used.
func (s *Searcher) ShowAs(visible func(store.Chunk) string) *Searcher {
	if visible != nil {
		s.visible = visible
	}
	return s
}

// Search answers a question. The order is the same for the same index and question: ties go by note id, then line.
// It returns ErrQuery for a question that cannot be asked. In Hybrid mode a missing, failing or foreign model degrades the
// answer to keyword; in Vector mode it is ErrNoVectors.
func (s *Searcher) Search(ctx context.Context, q Query) (Answer, error) {
	q.Mode, q.Limit = cmp.Or(q.Mode, Hybrid), cmp.Or(q.Limit, DefaultLimit)
	if q.Mode != Keyword && q.Mode != Vector && q.Mode != Hybrid {
		return Answer{}, fmt.Errorf("%w: mode %q is none of %s, %s, %s", ErrQuery, q.Mode, Keyword, Vector, Hybrid)
	}
	if q.Around < 0 || q.Around > MaxAround {
		return Answer{}, fmt.Errorf("%w: %d passages around each are not within 0 to %d", ErrQuery, q.Around, MaxAround)
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return Answer{}, fmt.Errorf("%w: limit %d is not within 1 to %d", ErrQuery, q.Limit, MaxLimit)
	}
	if err := checkMinimum(q.MinConfidence); err != nil {
		return Answer{}, err
	}
	parsed, err := q.parse()
	if err != nil {
		return Answer{}, err
	}
	r := &run{Searcher: s, query: q, question: parsed}
	return r.answer(ctx)
}
