package search

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// candidate is a chunk on its way to become a hit.
type candidate struct {
	chunk           store.Chunk
	keyword, cosine float64
	hasKeyword      bool
	hasCosine       bool
	named           bool    // the whole question is the name of its note
	verbatim        bool    // it holds the question's identifiers as written
	unread          float64 // share of the question and the passage that the model cannot read
	relaxed         bool    // it does not satisfy all of the question
	score           float64
	folded          []string // notes whose passages say the same
	why             Explanation
	reranked        *float64 // by the reranker, nil when it did not judge
	found           *float64 // share of the question that it holds, nil while nobody asked
}

// candidates collects the chunks worth ranking, with both scores where both are to be had.
func (r *run) candidates(ctx context.Context) ([]candidate, *neighbours, error) {
	matches, near, err := r.bothSides(ctx)
	if err != nil {
		return nil, nil, err
	}
	named, err := r.named(ctx)
	if err != nil {
		return nil, nil, err
	}
	byChunk := map[int64]*candidate{}
	at := func(chunk int64) *candidate {
		if byChunk[chunk] == nil {
			byChunk[chunk] = &candidate{}
		}
		return byChunk[chunk]
	}
	for i, m := range matches {
		c := at(m.Chunk)
		c.keyword, c.hasKeyword = m.Score, true
		c.why.KeywordRank = i + 1
	}
	for i, m := range near.top() {
		c := at(m.Chunk)
		c.cosine, c.hasCosine = m.Score, true
		c.why.VectorRank = i + 1
	}
	for _, chunk := range named {
		at(chunk)
	}
	ids := slices.Sorted(maps.Keys(byChunk))
	others := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return byChunk[id].hasCosine })
	cosines, err := near.cosines(ctx, others)
	if err != nil {
		return nil, nil, err
	}
	for chunk, cosine := range cosines {
		byChunk[chunk].cosine, byChunk[chunk].hasCosine = cosine, true
	}
	scores, err := r.keywords(ctx, slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return byChunk[id].hasKeyword }))
	if err != nil {
		return nil, nil, err
	}
	for chunk, score := range scores {
		byChunk[chunk].keyword, byChunk[chunk].hasKeyword = score, true
	}
	found, err := r.load(ctx, byChunk, ids, named)
	return found, near, err
}

// bothSides asks the sides that the mode wants, at the same time.
func (r *run) bothSides(ctx context.Context) (matches []store.Match, near *neighbours, err error) {
	g, ctx := errgroup.WithContext(ctx)
	if r.query.Mode != Vector {
		g.Go(func() (err error) {
			matches, err = r.keyword(ctx, max(depth, r.query.Limit))
			return err
		})
	}
	if r.query.Mode != Keyword {
		g.Go(func() (err error) {
			near, err = r.nearest(ctx)
			return err
		})
	}
	err = g.Wait()
	return matches, near, err
}

// load reads the chunks, and drops what the question forbids and what is gone since.
func (r *run) load(ctx context.Context, byChunk map[int64]*candidate, ids []int64, named map[string]int64) ([]candidate, error) {
	allowed, err := r.permitted(ctx, ids)
	if err != nil {
		return nil, err
	}
	verbatim, err := r.verbatim(ctx, allowed)
	if err != nil {
		return nil, err
	}
	chunks, err := r.store.ChunksByID(ctx, allowed)
	if err != nil {
		return nil, err
	}
	read := r.reads(r.question.embedded())
	out := make([]candidate, 0, len(chunks))
	for _, id := range allowed {
		c, ok := chunks[id]
		if !ok {
			continue
		}
		cand := *byChunk[id]
		cand.chunk = c
		_, cand.named = named[c.Note]
		cand.verbatim = verbatim[id]
		cand.unread = 1 - read*r.reads(c.Text)
		cand.why.Named, cand.why.Verbatim, cand.why.Bonus = cand.named, cand.verbatim, bonus(cand)
		out = append(out, cand)
	}
	return out, nil
}

// permitted keeps the chunks that pass the filters and hold every phrase and nothing excluded.
func (r *run) permitted(ctx context.Context, ids []int64) ([]int64, error) {
	ids = slices.DeleteFunc(ids, func(id int64) bool { return !r.allowed.Has(id) })
	for _, phrase := range r.question.phrases {
		matching, err := r.store.Matching(ctx, text.Phrase(phrase), ids)
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return !matching[id] })
	}
	for _, x := range r.question.excluded {
		matching, err := r.excludedBy(ctx, x, ids)
		if err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return matching[id] })
	}
	return ids, nil
}

// forgive takes out of the chunks that hold an excluded word those that write it as a flag.
func (r *run) forgive(ctx context.Context, holding map[int64]bool, flag string) error {
	chunks, err := r.store.ChunksByID(ctx, slices.Collect(maps.Keys(holding)))
	for id, c := range chunks {
		if writesFlag(c.Text, flag) {
			delete(holding, id)
		}
	}
	return err
}

// writesFlag tells whether a text holds a flag as a word of its own, with one dash or two, in any case.
func writesFlag(text, flag string) bool {
	text, flag = strings.ToLower(text), strings.ToLower(flag)
	for at := 0; ; at++ {
		n := strings.Index(text[at:], flag)
		if n < 0 {
			return false
		}
		at += n
		last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text[:at], "-"))
		next, _ := utf8.DecodeRuneInString(text[at+len(flag):])
		if !isWordRune(last) && !isWordRune(next) {
			return true
		}
	}
}

func isWordRune(r rune) bool {
	return r == '_' || r == '-' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// proseWords is the number of words for one identifier up to which a question is about it. In a longer one it is a word of many: on
// one question of 81 words "1960s" cost all of its nDCG@10.
const proseWords = 16

// verbatim tells which chunks hold every identifier of the question, in one of its spellings.
func (r *run) verbatim(ctx context.Context, ids []int64) (map[int64]bool, error) {
	var exprs []string
	for _, w := range r.question.words {
		if identifier.MatchString(w) {
			exprs = append(exprs, text.Or(append(text.Spellings(w), text.Phrase(w))...))
		}
	}
	if len(exprs) == 0 || r.query.Mode == Vector || len(r.question.words) > proseWords*len(exprs) {
		return nil, nil
	}
	return r.store.Matching(ctx, text.And(exprs[:min(len(exprs), maxTerms)]...), ids)
}

// named finds the notes whose path, title or alias the whole question spells out, each with its first chunk. A name that says
// nothing is none.
func (r *run) named(ctx context.Context) (map[string]int64, error) {
	if r.query.Mode == Vector {
		return nil, nil
	}
	name := strings.TrimSpace(strings.Trim(strings.TrimSpace(cmp.Or(r.question.common, r.query.Text)), `"`))
	if notes.Meaning(name) == "" {
		return nil, nil // found by its words, as any other
	}
	found, err := r.store.Find(ctx, name)
	if err != nil || len(found) > maxNamed {
		return nil, err
	}
	named := map[string]int64{}
	for _, n := range found {
		chunks, err := r.store.Chunks(ctx, n.ID)
		if err != nil {
			return nil, err
		}
		if len(chunks) > 0 {
			named[n.ID] = chunks[0].ID
		}
	}
	return named, nil
}

// maxNamed is how many notes of one name ("README") still come first together; more than fit the top are no answer.
const maxNamed = 3

// expand collects candidates until they are of as many notes as a page shows. The passages of one long note may be all that
// either side brings; the others are then asked for without it.
func (r *run) expand(ctx context.Context) ([]candidate, *neighbours, error) {
	found, near, err := r.candidates(ctx)
	if err != nil || r.query.Passages || len(found) < depth {
		return found, near, err
	}
	allowed, degraded := r.allowed, r.degraded
	defer func() { r.allowed, r.degraded = allowed, degraded }()
	want := min(r.query.Limit, DefaultLimit)
	for seen := notesOf(found); len(seen) < want; seen = notesOf(found) {
		if more, err := r.store.List(ctx, "", "", len(seen)+1); err != nil || len(more) <= len(seen) {
			return found, near, err
		}
		if err := r.without(ctx, seen); err != nil {
			return nil, nil, err
		}
		more, _, err := r.candidates(ctx)
		if err != nil || len(more) == 0 {
			return found, near, err
		}
		found = append(found, shiftRanks(more, len(found))...)
	}
	return found, near, nil
}

// shiftRanks moves the ranks of candidates behind those found before.
func shiftRanks(more []candidate, before int) []candidate {
	for i := range more {
		for _, rank := range []*int{&more[i].why.KeywordRank, &more[i].why.VectorRank} {
			if *rank > 0 {
				*rank += before
			}
		}
	}
	return more
}

// notesOf lists the notes of candidates, each once.
func notesOf(found []candidate) []string {
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.chunk.Note
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// without removes the passages of notes from those allowed.
func (r *run) without(ctx context.Context, notes []string) error {
	var ids []int64
	for _, note := range notes {
		chunks, err := r.store.Chunks(ctx, note)
		if err != nil {
			return err
		}
		for _, c := range chunks {
			ids = append(ids, c.ID)
		}
	}
	r.allowed = r.allowed.And(store.NewSet(ids).Not())
	return nil
}
