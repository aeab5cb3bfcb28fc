package search

import (
	"context"
	"maps"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"amalfa/store/text"
)

// maxSnippet bounds a snippet, in runes, the dots of a cut included.
const maxSnippet = 240

// marks are the terms of a question that a snippet should show, with what each weighs.
type marks map[string]float64

func newMarks(q question) marks {
	m := marks{}
	for _, t := range text.QueryTerms(q.plain()) {
		m[text.Stem(strings.TrimSuffix(t, text.AnyEnd))] = 1
	}
	for _, t := range spelledTerms(q.plain()) {
		m[text.Stem(t)] = 1
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
		m[text.Stem(strings.TrimSuffix(terms[i], text.AnyEnd))] = math.Log1p(float64(chunks) / float64(max(1, n)))
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

// in returns the marks that a piece of text shows.
func (m marks) in(piece string) []string {
	var out []string
	terms := text.Terms(piece)
	if strings.ContainsAny(piece, "0123456789") {
		terms = append(terms, spelledTerms(piece)...) // a longer hash than the one asked for
	}
	for _, t := range terms {
		if s := text.Stem(t); m[s] > 0 {
			out = append(out, s)
		}
	}
	return out
}

// telling are the marks without the words that only join others.
func (m marks) telling() marks {
	common := functionWords()
	out := maps.Clone(m)
	maps.DeleteFunc(out, func(t string, _ float64) bool { return common[t] })
	return out
}

// spans are the words of a snippet that show a mark. In a script without blanks the index holds
// pairs of letters, and a word is marked where it shows one with what it touches.
func (m marks) spans(snippet string) (spans []Span) {
	for _, w := range spokenWords(snippet) {
		from, to := w.From, w.To
		if r, _ := utf8.DecodeRuneInString(snippet[from:to]); isUnspaced(r) {
			from, to = touching(snippet, w)
		}
		switch last := len(spans) - 1; {
		case len(m.in(snippet[from:to])) == 0:
		case last >= 0 && spans[last].To == w.From:
			spans[last].To = w.To
		default:
			spans = append(spans, w)
		}
	}
	return spans
}

// touching is a word with the letters on both sides that it touches: a pair of the index may lie across the border of a word.
func touching(s string, w Span) (from, to int) {
	from, to = w.From, w.To
	for from > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:from])
		if !isUnspaced(r) && !unicode.IsMark(r) {
			break
		}
		if from -= n; !unicode.IsMark(r) {
			break
		}
	}
	if r, _ := utf8.DecodeRuneInString(s[to:]); isUnspaced(r) {
		next, _, _, _ := uniseg.FirstGraphemeClusterInString(s[to:], -1)
		to += len(next)
	}
	return from, to
}

// spokenWords are the words of a text by Unicode's rules (UAX 29), without what stands between them.
func spokenWords(s string) (words []Span) {
	at := 0
	for state := -1; at < len(s); {
		var word string
		word, _, state = uniseg.FirstWordInString(s[at:], state)
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			words = append(words, Span{at, at + len(word)})
		}
		at += len(word)
	}
	return words
}
