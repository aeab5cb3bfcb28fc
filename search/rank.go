package search

import (
	"context"
	"slices"
)

// Weights of the fused score, measured through the whole pipeline on ten collections with all that goes with them:
// docs/decisions/0032-quality-over-many-collections.md has the table.
const (
	keywordWeight = 0.33
	vectorWeight  = 1 - keywordWeight
)

// minSpread is the least range of cosines that counts as a whole 0 to 1: among a handful of notes a difference of 0.01 is
// noise and must not outweigh a word that only one of them holds.
const minSpread = 0.2

// Bonuses lift what the question spells out above all that is only similar. A fused score is at most 1 without them.
const (
	namedBonus      = 1.0 // the whole question is a note's path, title or alias
	identifierBonus = 0.5 // the passage holds every identifier of the question, as written
)

// rank gives each candidate the score of the mode and sorts, best first.
func (r *run) rank(ctx context.Context, found []candidate, near *neighbours) error {
	switch r.query.Mode {
	case Vector:
		score(found, func(c candidate) float64 { return c.cosine })
	case Keyword:
		top := span(found, keywordOf).high
		score(found, func(c candidate) float64 { return c.keyword + bonus(c)*top })
	default:
		fuse(found, cosineOf)
		explain(found, func(e *Explanation) *int { return &e.FirstRank })
		if err := rankAgain(ctx, found, near); err != nil {
			return err
		}
		if err := smooth(ctx, found, near); err != nil {
			return err
		}
	}
	explain(found, func(e *Explanation) *int { return &e.FusedRank })
	return nil
}

// rankAgain fuses again with the question moved by feedback, where there is enough to learn from.
func rankAgain(ctx context.Context, found []candidate, near *neighbours) error {
	moved, err := near.feedback(ctx, found)
	if err != nil || !moved {
		return err
	}
	cosines, err := near.cosines(ctx, chunksOf(found))
	fuse(found, func(c candidate) (float64, bool) {
		v, ok := cosines[c.chunk.ID]
		return v, ok
	})
	return err
}

// score sets the scores and sorts.
func score(found []candidate, of func(candidate) float64) {
	for i := range found {
		found[i].score = of(found[i])
	}
	slices.SortFunc(found, compare)
}

// fuse scores by the weighted sum of both sides, each brought to 0 to 1 over the candidates, and sorts. What the model cannot read is
// weighed by words: what it makes of a script it does not know is near to everything in that script. What waits for its vector is
// weighed by words too, as expectation has it.
func fuse(found []candidate, cosine func(candidate) (float64, bool)) {
	words, vectors := span(found, keywordOf), span(found, cosine)
	spread := max(vectors.high-vectors.low, minSpread)
	keyword := func(c candidate) float64 {
		if !c.hasKeyword || words.high <= 0 {
			return 0
		}
		return c.keyword / words.high
	}
	var pairs []pair
	similar := make([]*float64, len(found)) // nil for what waits
	for i, c := range found {
		if v, ok := cosine(c); ok {
			s := 1 - (vectors.high-v)/spread
			similar[i] = &s
			if c.hasKeyword {
				pairs = append(pairs, pair{keyword(c), s})
			}
		}
	}
	expected := expectation(pairs)
	for i, c := range found {
		sum, weight, k := bonus(c), vectorWeight*(1-c.unread), keyword(c)
		switch {
		case similar[i] != nil:
			sum += (1-weight)*k + weight**similar[i]
		case vectors == (bounds{}): // nothing has a vector: words decide
			sum += (1 - weight) * k
		default:
			sum += (1-weight)*k + weight*expected(k)
		}
		found[i].score = sum
	}
	slices.SortFunc(found, compare)
}

func bonus(c candidate) float64 {
	sum := 0.0
	if c.named {
		sum += namedBonus
	}
	if c.verbatim {
		sum += identifierBonus
	}
	return sum
}

func keywordOf(c candidate) (float64, bool) { return c.keyword, c.hasKeyword }
func cosineOf(c candidate) (float64, bool)  { return c.cosine, c.hasCosine }

// bounds are the lowest and the highest of some scores; both 0 when there are none.
type bounds struct{ low, high float64 }

func span(found []candidate, of func(candidate) (float64, bool)) bounds {
	var b bounds
	first := true
	for _, c := range found {
		v, ok := of(c)
		switch {
		case !ok:
		case first:
			b, first = bounds{v, v}, false
		default:
			b.low, b.high = min(b.low, v), max(b.high, v)
		}
	}
	return b
}

// Explanation says what each stage made of a hit. A rank is 0 where the stage did not bring it up.
type Explanation struct {
	KeywordRank int     `json:"keywordRank"` // among the passages that hold the words
	VectorRank  int     `json:"vectorRank"`  // among those nearest to the question
	FirstRank   int     `json:"firstRank"`   // after the first fusion, before the question moved towards the best passages
	FusedRank   int     `json:"fusedRank"`   // after fusion
	Named       bool    `json:"named"`       // the question is a name of the note
	Verbatim    bool    `json:"verbatim"`    // it holds the question's identifiers as written
	Bonus       float64 `json:"bonus"`       // what those two add to the score
	FinalRank   int     `json:"finalRank"`   // after reranking and folding

	Evidence Evidence `json:"evidence"` // what its probability is made of
}

// explain notes the places of all candidates at one stage.
func explain(found []candidate, at func(*Explanation) *int) {
	for i := range found {
		*at(&found[i].why) = i + 1
	}
}
