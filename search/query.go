package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"amalfa/store"
	"amalfa/store/text"
)

// MaxQuery bounds the text of a question, in bytes.
const MaxQuery = 8 << 10

// ErrQuery reports a question that cannot be asked; the message says why.
var ErrQuery = errors.New("invalid query")

// question is a parsed query text.
type question struct {
	words    []string // as typed, without the other two
	phrases  []string // must stand in a hit, word for word
	excluded []string // must not; words or phrases
	filters  []store.Condition
	unknown  []string // what to tell of words that look like filters
}

// parse reads words, "quoted phrases", -word, -"quoted phrase" and filters (filter.go). A quote without its partner, a lone "-" and "--flag" are
// plain words. It returns ErrQuery for a text that is too long or asks for nothing.
func parse(typed string) (question, error) {
	if len(typed) > MaxQuery {
		return question{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrQuery, len(typed), MaxQuery)
	}
	var q question
	rest := strings.TrimSpace(strings.ToValidUTF8(typed, " "))
	for rest != "" {
		var f field
		if c, after, ok := cutFilter(strings.TrimPrefix(rest, "-")); ok {
			c.Not = rest[0] == '-'
			q.filters = append(q.filters, c)
			rest = strings.TrimSpace(after)
			continue
		}
		f, rest = next(rest)
		if len(text.QueryTerms(f.text)) == 0 {
			continue // punctuation asks for nothing
		}
		q.add(f)
	}
	switch {
	case strings.TrimSpace(typed) == "":
		return question{}, fmt.Errorf("%w: it is empty", ErrQuery)
	case len(q.words)+len(q.phrases)+len(q.excluded)+len(q.filters) == 0:
		return question{}, fmt.Errorf("%w: it holds no word", ErrQuery)
	case q.empty() && len(q.excluded) > 0:
		return question{}, fmt.Errorf("%w: it only excludes, so there is nothing to look for", ErrQuery)
	}
	return q, nil
}

// field is one piece of a question.
type field struct {
	text             string
	quoted, excluded bool
}

func (q *question) add(f field) {
	switch {
	case f.excluded:
		q.excluded = append(q.excluded, f.text)
	case f.quoted:
		q.phrases = append(q.phrases, f.text)
	default:
		q.words = append(q.words, f.text)
		if why := unknownFilter(f.text); why != "" {
			q.unknown = append(q.unknown, why)
		}
	}
}

// next cuts the first field off a text that starts with no space.
func next(text string) (field, string) {
	var f field
	if len(text) > 1 && text[0] == '-' && text[1] != '-' && strings.IndexFunc(text[1:], unicode.IsSpace) != 0 {
		f.excluded = true
		text = text[1:]
	}
	if inner, after, ok := cutQuoted(text); ok {
		f.text, f.quoted = inner, true
		return f, strings.TrimSpace(after)
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	f.text = text[:end]
	return f, strings.TrimSpace(text[end:])
}

// cutQuoted splits `"inner"after`, with straight or typographic quotes.
func cutQuoted(text string) (inner, after string, ok bool) {
	for _, pair := range [][2]string{{`"`, `"`}, {"“", "”"}, {"„", "“"}, {"«", "»"}, {"「", "」"}} {
		if rest, found := strings.CutPrefix(text, pair[0]); found {
			return strings.Cut(rest, pair[1])
		}
	}
	return "", text, false
}

// empty tells whether there is nothing to look for, but filters to list by.
func (q question) empty() bool { return len(q.words)+len(q.phrases) == 0 }

// plain is the question as a text to embed: what is looked for, without the marks.
func (q question) plain() string {
	return strings.Join(append(append([]string(nil), q.words...), q.phrases...), " ")
}

// identifier matches what people and programs write one way only: getUserID, snake_case, x15, v1.5, pkg.Func, a::b, main.go,
// path/to/file. A hyphen alone ("high-speed"), "and/or", "i.e." and a capital at the start do not make one.
var identifier = regexp.MustCompile(`\p{Ll}\p{Lu}|[\pL\d]_[\pL\d]|\pL-?\d|\d\pL|[\pL\d]\.\pL{2}|\pL::\pL|/.+/`)

// depth is how many candidates each side brings, at least. Recall at 100 is what later stages can work with.
const depth = 100

// maxTerms bounds the terms of a question that are looked up, rarest first.
const maxTerms = 32

// keyword returns the first limit chunks that hold any of the words, best first. A question with phrases needs all of those.
func (r *run) keyword(ctx context.Context, limit int) ([]store.Match, error) {
	var exprs []string
	for _, phrase := range r.question.phrases {
		exprs = append(exprs, text.Phrase(phrase))
	}
	words, err := r.wordExpr(ctx)
	if err != nil {
		return nil, err
	}
	expr := text.And(exprs...)
	if expr == "" {
		expr = words
	}
	for _, excluded := range r.question.excluded {
		expr = text.Not(expr, text.Phrase(excluded))
	}
	return r.store.KeywordAmong(ctx, expr, r.allowed, limit)
}

// wordExpr matches any term of the plain words. What is written as one ("bge-small", "日本語") also counts as a phrase.
func (r *run) wordExpr(ctx context.Context) (string, error) {
	var terms, phrases []string
	for _, w := range r.question.words {
		ts := text.QueryTerms(w)
		for _, t := range ts {
			terms = append(terms, text.Term(t))
		}
		if len(ts) > 1 && len(phrases) < maxTerms {
			phrases = append(phrases, text.Phrase(w))
		}
	}
	terms, err := r.rarest(ctx, terms)
	return text.Or(append(phrases, terms...)...), err
}

// rarest returns up to maxTerms of the terms that occur at all, those that the fewest chunks hold.
func (r *run) rarest(ctx context.Context, terms []string) ([]string, error) {
	slices.Sort(terms)
	terms = slices.Compact(terms)
	if len(terms) <= maxTerms {
		return terms, nil
	}
	chunks := make(map[string]int, len(terms))
	for _, t := range terms {
		n, err := r.store.Count(ctx, t, math.MaxInt)
		if err != nil {
			return nil, err
		}
		chunks[t] = n
	}
	terms = slices.DeleteFunc(terms, func(t string) bool { return chunks[t] == 0 })
	slices.SortStableFunc(terms, func(a, b string) int { return cmp.Compare(chunks[a], chunks[b]) })
	return terms[:min(len(terms), maxTerms)], nil
}
