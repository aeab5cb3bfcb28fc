package text

import (
	"fmt"
	"slices"
	"strings"

	"amalfa/store"
)

// leaf is one quoted part of an expression.
type leaf struct {
	terms  []string // more than one is a phrase
	prefix bool     // the last may go on
	times  int      // how often it stands in the expression
}

// single tells whether the leaf is one whole word, whose postings are at hand. Of others they are made up.
func (l leaf) single() bool { return len(l.terms) == 1 && !l.prefix }

func (l leaf) String() string { return quote(strings.Join(l.terms, " "), l.prefix) }

// Expr is an expression: a leaf, or two or more nodes under an operator.
type Expr struct {
	leaf leaf
	op   string // "" for a leaf, else AND, OR or NOT
	args []Expr
}

// Parse reads what Phrase, Term, And, Or and Not write. It returns ErrSyntax for anything else.
func Parse(text string) (Expr, error) {
	p := exprParser{text}
	n, err := p.node()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%w: %.20q after its end", store.ErrSyntax, p.rest)
	}
	return n, err
}

type exprParser struct{ rest string }

func (p *exprParser) skip(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

func (p *exprParser) node() (Expr, error) {
	if p.skip(`"`) {
		return p.quoted()
	}
	if !p.skip("(") {
		return Expr{}, fmt.Errorf("%w: %.20q", store.ErrSyntax, p.rest)
	}
	var n Expr
	for {
		arg, err := p.node()
		if err != nil {
			return n, err
		}
		n.args = append(n.args, arg)
		if p.skip(")") {
			break
		}
		op, rest, ok := strings.Cut(strings.TrimPrefix(p.rest, " "), " ")
		if !ok || !slices.Contains([]string{"AND", "OR", "NOT"}, op) || n.op != "" && (n.op != op || op == "NOT") {
			return n, fmt.Errorf("%w: no operator at %.20q", store.ErrSyntax, p.rest)
		}
		n.op, p.rest = op, rest
	}
	if len(n.args) < 2 {
		return n, fmt.Errorf("%w: one argument", store.ErrSyntax)
	}
	return n, nil
}

func (p *exprParser) quoted() (Expr, error) {
	text, rest, ok := strings.Cut(p.rest, `"`)
	terms := strings.Fields(text)
	if !ok || len(terms) == 0 {
		return Expr{}, fmt.Errorf("%w: a quote without end or words", store.ErrSyntax)
	}
	p.rest = rest
	return Expr{leaf: leaf{terms: terms, prefix: p.skip(AnyEnd), times: 1}}, nil
}

// positive collects the leaves that add to a score, equal ones as one.
func (n Expr) positive() []leaf {
	var leaves []leaf
	at := map[string]int{}
	var walk func(Expr)
	walk = func(n Expr) {
		switch {
		case n.op == "":
			name := n.leaf.String()
			if i, ok := at[name]; ok {
				leaves[i].times++
				return
			}
			at[name] = len(leaves)
			leaves = append(leaves, n.leaf)
		case n.op == "NOT":
			walk(n.args[0])
		default:
			for _, arg := range n.args {
				walk(arg)
			}
		}
	}
	walk(n)
	return leaves
}

// Terms are those of all leaves that add to a score.
func (n Expr) Terms() []string {
	var terms []string
	for _, l := range n.positive() {
		terms = append(terms, l.terms...)
	}
	return terms
}

// free tells whether any chunk that holds one of the leaves matches.
func (n Expr) free() bool {
	return n.op == "" || n.op == "OR" && !slices.ContainsFunc(n.args, func(arg Expr) bool { return !arg.free() })
}

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
