package search

import (
	"context"
	"math"
	"strings"
	"unicode/utf8"

	"amalfa/store/text"
)

// maxSnippet bounds a snippet, in runes, the dots of a cut included.
const maxSnippet = 240

// marks are the terms of a question that a snippet should show, with what each weighs.
type marks map[string]float64

func newMarks(q question) marks {
	m := marks{}
	for _, t := range text.QueryTerms(q.plain()) {
		m[stem(strings.TrimSuffix(t, text.AnyEnd))] = 1
	}
	for _, t := range spelledTerms(q.plain()) {
		m[stem(t)] = 1
	}
	return m
}

// marks are those of the question, weighed by how rare each is in the index: ln(1 + passages/holding), the inverse document
// frequency. Beyond the first maxTerms terms of a long question all weigh the same.
func (r *run) marks(ctx context.Context) (marks, error) {
	m := newMarks(r.question)
	terms := text.QueryTerms(r.question.plain())
	terms = terms[:min(len(terms), maxTerms)]
	chunks, holding, err := r.frequencies(ctx, terms)
	for i, n := range holding {
		m[stem(strings.TrimSuffix(terms[i], text.AnyEnd))] = math.Log1p(float64(chunks) / float64(max(1, n)))
	}
	return m, err
}

// weight is that of the different marks that a text shows.
func (m marks) weight(text string) (sum float64) {
	shown := map[string]bool{}
	for _, t := range m.in(text) {
		if !shown[t] {
			shown[t] = true
			sum += m[t]
		}
	}
	return sum
}

// spelledTerms are the terms of other spellings of a text.
func spelledTerms(s string) []string {
	var terms []string
	for _, expr := range text.Spellings(s) {
		if e, err := text.Parse(expr); err == nil {
			terms = append(terms, e.Terms()...)
		}
	}
	return terms
}

// stem cuts the ending off a longer word, so that "tables" shows for "table".
func stem(term string) string {
	if n := len(term); n > 5 && term[n-1] < utf8.RuneSelf {
		for _, ending := range []string{"ing", "ed", "es", "s", "e"} {
			if s, ok := strings.CutSuffix(term, ending); ok {
				return s
			}
		}
	}
	return term
}

// in returns the marks that a piece of text shows.
func (m marks) in(piece string) []string {
	var out []string
	terms := text.Terms(piece)
	if strings.ContainsAny(piece, "0123456789") {
		terms = append(terms, spelledTerms(piece)...) // a longer hash than the one asked for
	}
	for _, t := range terms {
		if s := stem(t); m[s] > 0 {
			out = append(out, s)
		}
	}
	return out
}
