package mcp

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	defaultMaxTokens = 4000
	leastMaxTokens   = 200
	mostMaxTokens    = 100_000
	// briefBelow is the max_tokens below which a structure leaves out the fields that its type marks: the names of all would take
	// more of the answer than what they say.
	briefBelow = 400
	// tailTokens is what a cursor and the line about it may take of either form. A cursor has up to 30 characters, of which a
	// WordPiece token holds two or three.
	tailTokens = 32
)

// A budget is what is left of the tokens of one answer, for each of its two forms: some clients show a model the text alone, some
// the structure alone, so max_tokens holds for either.
type budget struct {
	text, structure int
	tokens          int // max_tokens
	brief           bool
	count           func(string) int
}

// budget is that of an answer which has a text and a structure around its rows. The notice is counted here.
func (s *Server) budget(tokens int, head string, envelope any) *budget {
	return s.newBudget(tokens, head, envelope, tokens < briefBelow)
}

// briefBudget is the budget of a brief answer, however many tokens it may have.
func (s *Server) briefBudget(tokens int, head string, envelope any) *budget {
	return s.newBudget(tokens, head, envelope, true)
}

func (s *Server) newBudget(tokens int, head string, envelope any, brief bool) *budget {
	b := &budget{tokens: tokens, brief: brief, count: s.o.Count}
	b.text = tokens - b.count(untrustedNotice+head) - tailTokens
	b.structure = tokens - b.count(encode(envelope, b.brief)) - tailTokens
	return b
}

// spend spends the tokens of both forms and reports true, or spends nothing and reports false when one does not fit.
func (b *budget) spend(text, structure string) bool {
	t := b.count(text)
	if t > b.text {
		return false
	}
	n := b.count(structure) + 1 // the comma
	if n > b.structure {
		return false
	}
	b.text, b.structure = b.text-t, b.structure-n
	return true
}

// fits is spend without spending.
func (b *budget) fits(text, structure string) bool {
	return b.count(text) <= b.text && b.count(structure)+1 <= b.structure
}

// spendRow is spend for a row of the structure.
func (b *budget) spendRow(text string, row any) bool { return b.spend(text, encode(row, b.brief)) }

// tooSmall says that not even the first row of an answer fits.
func (b *budget) tooSmall() error { return &tooSmallError{b.tokens} }

type tooSmallError struct{ tokens int }

// Error implements error.
func (e *tooSmallError) Error() string {
	return fmt.Sprintf("max_tokens %d has no room for one result here\nhint: ask with max_tokens %d", e.tokens, min(4*e.tokens, mostMaxTokens))
}

// A form is one way to show an item: the row for programs, the text for models.
type form[Row any] struct {
	row  Row
	text string
}

// pack shows items, each in the first of its forms that fits, longest first, until one has none that does. It fails when that is
// the first one: an answer without a row would have a cursor that leads back to itself. rows is not nil.
func pack[T, Row any](b *budget, items []T, forms func(i int, item T) []form[Row]) (rows []Row, text string, err error) {
	var body strings.Builder
	rows = []Row{}
	for i, item := range items {
		all := forms(i, item)
		at := slices.IndexFunc(all, func(f form[Row]) bool { return b.spendRow(f.text, f.row) })
		if at < 0 {
			break
		}
		rows = append(rows, all[at].row)
		body.WriteString(all[at].text)
	}
	if len(rows) == 0 && len(items) > 0 {
		return nil, "", b.tooSmall()
	}
	return rows, body.String(), nil
}

// truncate returns the longest start of s, in whole runes, that fits in the two forms that show gives it; it spends nothing. Counting
// costs by length, so it looks at longer and longer starts, and never at much more than it returns.
func (b *budget) truncate(s string, show func(part string) (text, structure string)) string {
	fits := func(n int) bool { return b.fits(show(startOf(s, n))) }
	low, high := 0, max(64, 4*min(b.text, b.structure))
	if len(s) <= high && fits(len(s)) {
		return s
	}
	for high < len(s) && fits(high) {
		low, high = high, 2*high
	}
	high = min(high, len(s))
	return startOf(s, low+sort.Search(high-low, func(i int) bool { return !fits(low + i + 1) }))
}

// startOf returns the start of s, at most n bytes long, that ends with a rune.
func startOf(s string, n int) string {
	for n < len(s) && n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
