package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"amalfa/store/text"
)

// Bounds of suggestions: they are read, not worked through.
const (
	suggestedTerms     = 3  // terms of a question that no passage holds, for which near words are looked up
	suggestedSpellings = 3  // near words of each
	nearCandidates     = 12 // stems that are looked at for those
)

// suggest says what to ask instead, where nothing answers.
func (r *run) suggest(ctx context.Context, hits []Hit) error {
	switch {
	case r.question.empty() && len(hits) == 0:
		return r.suggestFilter(ctx)
	case r.question.empty(), len(hits) > 0 && hits[0].Confidence != None:
		return nil
	}
	return r.suggestWords(ctx)
}

// suggestWords names words of the index that are spelled like those of the question which no passage holds.
func (r *run) suggestWords(ctx context.Context) error {
	var terms []string
	for _, t := range text.QueryTerms(r.question.plain()) {
		if !strings.HasSuffix(t, text.AnyEnd) && !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	}
	terms = terms[:min(len(terms), maxJudged)]
	_, holding, err := r.frequencies(ctx, terms)
	if err != nil {
		return err
	}
	told := 0
	for i, t := range terms {
		if holding[i] > 0 || told == suggestedTerms {
			continue
		}
		words, err := r.nearWords(ctx, t)
		if err != nil {
			return err
		}
		if len(words) > 0 {
			told++
			r.suggestions = append(r.suggestions, fmt.Sprintf("no note holds %q; near it: %s", t, strings.Join(words, ", ")))
		}
	}
	return nil
}

// nearWords returns words of the notes that are spelled much like one, as they are written, in small letters.
func (r *run) nearWords(ctx context.Context, word string) ([]string, error) {
	stems, err := r.store.Near(ctx, word, nearCandidates)
	if err != nil {
		return nil, err
	}
	var words []string
	for _, stem := range stems {
		other, err := r.written(ctx, stem)
		if err != nil {
			return nil, err
		}
		if d := text.Distance([]rune(word), []rune(other)); d <= text.NearDistance(word) && !slices.Contains(words, other) {
			words = append(words, other)
		}
	}
	return words[:min(len(words), suggestedSpellings)], nil
}

// written is a word that has a stem, of the first passage that holds it, or the stem itself.
func (r *run) written(ctx context.Context, stem string) (string, error) {
	found, err := r.store.Keyword(ctx, text.Term(stem+text.AnyEnd), 1) // a stem has no stem
	if err != nil || len(found) == 0 {
		return stem, err
	}
	chunks, err := r.store.ChunksByID(ctx, []int64{found[0].Chunk})
	if err != nil {
		return stem, err
	}
	c := chunks[found[0].Chunk]
	for _, t := range text.Terms(strings.Join(append([]string{c.Plain, c.Text, c.Note}, c.Heading...), "\n")) {
		if text.Stem(t) == stem {
			return t, nil
		}
	}
	return stem, nil
}
