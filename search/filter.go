package search

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/store"
)

// Filters narrow a question, in its own text: path:docs/api tag:sea type:md after:2024-03 before:2025 link:Moon. All must hold;
// a comma separates alternatives, quotes keep spaces, and a leading "-" turns a filter around. A question of filters alone
// lists the newest notes.

// filterNames are the filters there are, in the order of the help.
var filterNames = []store.By{store.ByPath, store.ByTag, store.ByType, store.ByAfter, store.ByBefore, store.ByLink}

// maxFilterValues bounds the values of all filters of a question. SQLite takes no deeper expression than 1,000.
const maxFilterValues = 200

// filterStart is what a filter starts with.
var filterStart = regexp.MustCompile(`^([a-z]+):[^\s:/]`)

// almostFilter is a word that may have been meant as a filter: "author:me", but no address, time or "std::x".
var almostFilter = regexp.MustCompile(`^([a-z]{2,}):[\pL"]`)

// cutFilter splits "name:value rest", when name is that of a filter.
func cutFilter(text string) (c store.Condition, rest string, ok bool) {
	m := filterStart.FindStringSubmatch(text)
	if m == nil || !slices.Contains(filterNames, store.By(m[1])) {
		return c, text, false
	}
	c.By = store.By(m[1])
	text = text[len(m[1])+1:]
	if value, after, ok := cutQuoted(text); ok {
		c.Values = []string{strings.TrimSpace(value)}
		return c, after, true
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	value, rest := text[:end], text[end:]
	for v := range strings.SplitSeq(value, ",") {
		if v != "" {
			c.Values = append(c.Values, v)
		}
	}
	return c, rest, true
}

// unknownFilter says what to tell of a word that looks like a filter and is none; "" when there is nothing to say.
func unknownFilter(word string) string {
	m := almostFilter.FindStringSubmatch(word)
	if m == nil || slices.Contains(filterNames, store.By(m[1])) {
		return ""
	}
	names := make([]string, len(filterNames))
	for i, n := range filterNames {
		names[i] = string(n) + ":"
	}
	return fmt.Sprintf("%s: is no filter, so %q was looked for as words; there are %s", m[1], word, strings.Join(names, " "))
}

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

func (r *run) resolve(ctx context.Context, by store.By, value string) ([]string, error) {
	switch by {
	case store.ByAfter, store.ByBefore:
		day, ok := notes.Day(value)
		if !ok {
			return nil, fmt.Errorf("%w: %q is no date: write 2024, 2024-03 or 2024-03-05", ErrQuery, value)
		}
		return []string{day}, nil
	case store.ByTag:
		value = strings.TrimPrefix(strings.TrimPrefix(value, "#"), notes.TagPrefix)
		if tag, ok := notes.Tag(value); ok {
			value = tag
		}
		return []string{value}, nil
	case store.ByType:
		return []string{strings.TrimPrefix(value, ".")}, nil
	case store.ByLink:
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
	return []string{value}, nil
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
