package text

import "strings"

// Keyword expressions are made by the functions of this file only, so nothing a person types is ever read as syntax.

// QueryTerms cuts text into the terms to look for when their order does not matter: like Terms, but the last letter of a run
// of a script without spaces is only looked for, with AnyEnd, when it is the whole run.
func QueryTerms(text string) []string {
	var terms []string
	for _, w := range words(text) {
		switch {
		case w.clusters == nil:
			terms = w.append(terms)
		case len(w.clusters) == 1:
			terms = append(terms, w.clusters[0]+AnyEnd)
		default:
			terms = appendPairs(terms, w.clusters)
		}
	}
	return terms
}

// AnyEnd at the end of a term stands for any continuation. No term of a text holds it.
const AnyEnd = "*"

// Term is the expression that matches one of QueryTerms.
func Term(term string) string {
	term, prefix := strings.CutSuffix(term, AnyEnd)
	return quote(term, prefix)
}

// Phrase is the expression that matches the words of text one after another, or "" when text holds none.
func Phrase(text string) string {
	ws := words(text)
	if len(ws) == 0 {
		return ""
	}
	var terms []string
	for _, w := range ws[:len(ws)-1] {
		terms = w.append(terms)
	}
	last := ws[len(ws)-1]
	switch len(last.clusters) {
	case 0:
		return quote(strings.Join(last.append(terms), " "), false)
	case 1:
		return quote(strings.Join(append(terms, last.clusters[0]), " "), true)
	}
	return quote(strings.Join(appendPairs(terms, last.clusters), " "), false)
}

func quote(terms string, prefix bool) string {
	if prefix {
		return `"` + terms + `"` + AnyEnd
	}
	return `"` + terms + `"`
}

// And joins expressions, all of which must match; empty ones are left out, and none at all gives "".
func And(exprs ...string) string { return join(exprs, " AND ") }

// Or joins expressions, of which one must match.
func Or(exprs ...string) string { return join(exprs, " OR ") }

func join(exprs []string, operator string) string {
	var kept []string
	for _, e := range exprs {
		if e != "" {
			kept = append(kept, e)
		}
	}
	if len(kept) < 2 {
		return strings.Join(kept, "")
	}
	return "(" + strings.Join(kept, operator) + ")"
}

// Not matches what expr matches and except does not.
func Not(expr, except string) string {
	if expr == "" || except == "" {
		return expr
	}
	return "(" + expr + " NOT " + except + ")"
}
