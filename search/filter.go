package search

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/notes"
	"amalfa/store"
)

// Filters narrow a question, in its own text: path:docs/api tag:sea type:md after:2024-03 before:2025 link:Moon. All must hold;
// a comma separates alternatives, quotes keep spaces, and a leading "-" or NOT turns a filter around. A question of filters alone
// lists the newest notes. Names are read in any case, values in the normal forms of ingest.

// filterNames are the filters there are, in the order of the help.
var filterNames = []store.By{store.ByPath, store.ByTag, store.ByType, store.ByAfter, store.ByBefore, store.ByLink}

// maxFilterValues bounds the values of all filters of a question. SQLite takes no deeper expression than 1,000.
const maxFilterValues = 200

// filterStart is what a filter starts with: perhaps a dash of any kind, a name, and a colon with a value right behind it.
var filterStart = regexp.MustCompile(`^([-‐‑–—−]?)([A-Za-z]+)[:：]([^\s:：])`)

// connective may stand before a filter, in capitals.
var connective = regexp.MustCompile(`^(AND NOT|AND|&&|OR|\|\|?|NOT)\s+`)

// readFilter takes the filter, with a connective before it, that a text begins with. afterFilter tells that the text stands
// behind another filter. It reports false when there is none.
func (q *question) readFilter(text string, afterFilter bool) (rest string, ok bool) {
	joint := connective.FindString(text)
	c, rest, ok := cutFilter(text[len(joint):])
	if !ok {
		return text, false
	}
	for i, v := range c.Values {
		if bare := strings.TrimLeft(v, openers); bare != v {
			q.unknown = append(q.unknown, fmt.Sprintf("%s:%s has a quote without its partner, so it was read without", c.By, v))
			c.Values[i] = bare
		}
	}
	switch strings.TrimSpace(joint) {
	case "NOT", "AND NOT":
		c.Not = !c.Not
	case "OR", "|", "||":
		if afterFilter && q.widen(c) {
			return rest, true
		}
		q.unknown = append(q.unknown, fmt.Sprintf("OR before %s: is not understood, so all of it must hold; a comma separates the values of one filter", c.By))
	}
	q.filters = append(q.filters, c)
	return rest, true
}

// widen adds the values of a filter to those of the filter before it, if both are of one kind.
func (q *question) widen(c store.Condition) bool {
	last := &q.filters[len(q.filters)-1]
	if last.By != c.By || last.Not || c.Not {
		return false
	}
	last.Values = append(last.Values, c.Values...)
	return true
}

// cutFilter splits "name:value rest", when name is that of a filter.
func cutFilter(text string) (c store.Condition, rest string, ok bool) {
	m := filterStart.FindStringSubmatch(text)
	if m == nil || !slices.Contains(filterNames, store.By(strings.ToLower(m[2]))) {
		return c, text, false
	}
	c.By, c.Not = store.By(strings.ToLower(m[2])), m[1] != ""
	c.Values, rest = cutValues(text[len(m[0])-len(m[3]):])
	return c, rest, true
}

// cutValues splits "a,b rest". Empty values are left out.
func cutValues(text string) (values []string, rest string) {
	for rest, more := text, true; ; {
		var value string
		value, rest = cutValue(rest)
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
		if rest, more = strings.CutPrefix(rest, ","); !more {
			return values, rest
		}
	}
}

// cutValue splits a value, of which parts may be quoted, from the blank or comma that ends it. A comma in braces is part of a glob.
func cutValue(text string) (value, rest string) {
	depth := 0
	for text != "" {
		if inner, after, ok := cutQuoted(text); ok {
			value, text = value+inner, after
			continue
		}
		if m := enclosed.FindStringSubmatch(text); m != nil && value == "" {
			value, text = m[1]+m[2], text[len(m[0])-len(m[3]):]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case unicode.IsSpace(r), r == ',' && depth == 0:
			return value, text
		case r == '{' && strings.Contains(text, "}"):
			depth++
		case r == '}':
			depth = max(0, depth-1)
		}
		value, text = value+text[:size], text[size:]
	}
	return value, ""
}

// enclosed is a value in single quotes or a wikilink. A quote that ends nowhere, or within a word, is a letter of the value.
var enclosed = regexp.MustCompile(`^(?:['‘](.+?)['’]|(\[\[.+?\]\]))([\s,]|$)`)

// among returns the chunks that the filters leave; nil for all.
func (r *run) among(ctx context.Context) (*store.Set, error) {
	conditions, err := r.conditions(ctx)
	if err != nil {
		return nil, err
	}
	return r.store.Select(ctx, conditions)
}

// conditions are the filters with days spelled out and links resolved.
func (r *run) conditions(ctx context.Context) ([]store.Condition, error) {
	var out []store.Condition
	all := 0
	for _, c := range r.question.filters {
		if all += len(c.Values); all > maxFilterValues {
			return nil, fmt.Errorf("%w: its filters name more than %d values", ErrQuery, maxFilterValues)
		}
		values := []string{}
		for _, v := range c.Values {
			resolved, err := r.resolve(ctx, c.By, v)
			if err != nil {
				return nil, err
			}
			values = append(values, resolved...)
		}
		if len(values) == 0 {
			return nil, fmt.Errorf("%w: %s: has no value", ErrQuery, c.By)
		}
		out = append(out, store.Condition{By: c.By, Values: values, Not: c.Not})
	}
	return out, nil
}

// resolve brings a value to the form in which the index holds it.
func (r *run) resolve(ctx context.Context, by store.By, value string) ([]string, error) {
	switch by {
	case store.ByPath:
		if _, err := notes.ParsePath(value); err != nil {
			return nil, fmt.Errorf("%w: path: %w", ErrQuery, err)
		}
	case store.ByAfter, store.ByBefore:
		day, ok := notes.Day(value)
		if !ok {
			return nil, fmt.Errorf("%w: %q is no date: write 2024, 2024-03 or 2024-03-05", ErrQuery, value)
		}
		return []string{day}, nil
	case store.ByTag:
		tag, ok := notes.Tag(strings.TrimPrefix(strings.TrimPrefix(value, "#"), notes.TagPrefix))
		if !ok {
			return nil, fmt.Errorf("%w: %q is no tag", ErrQuery, value)
		}
		return []string{tag}, nil
	case store.ByType:
		return []string{strings.TrimLeft(strings.ToLower(value), "*.")}, nil
	case store.ByLink:
		return r.linked(ctx, value)
	}
	return []string{value}, nil
}

// linked returns the ids of the notes that a value may mean, with the brackets of a wikilink or without.
func (r *run) linked(ctx context.Context, value string) ([]string, error) {
	value = strings.TrimSuffix(strings.TrimPrefix(value, "[["), "]]")
	found, err := r.store.Find(ctx, value)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: link: no note answers to %q", ErrQuery, value)
	}
	ids := make([]string, len(found))
	for i, n := range found {
		ids[i] = n.ID
	}
	return ids, err
}

// list answers a question of filters alone: the newest notes, by their first passages.
func (r *run) list(ctx context.Context) ([]candidate, error) {
	conditions, err := r.conditions(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := r.store.Newest(ctx, conditions, r.query.Limit)
	if err != nil {
		return nil, err
	}
	chunks, err := r.store.ChunksByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, id := range ids {
		if c, ok := chunks[id]; ok {
			found = append(found, candidate{chunk: c})
		}
	}
	return found, nil
}
