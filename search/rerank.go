package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"amalfa/store"
)

// A Reranker reads a question with each passage and says how well it answers, one Judgement a passage in the order given,
// within budget (0 = no limit). The passages come most promising first; what the time did not suffice for is not judged.
type Reranker interface {
	Rerank(ctx context.Context, question string, passages []string, budget time.Duration) ([]Judgement, error)
}

// Judgement is what a Reranker says of one passage.
type Judgement struct {
	Judged bool
	Score  float64 // 0 to 1
}

// ErrNoReranker is what a Reranker returns that has nobody to ask, where nobody was promised either: the order stays, and
// the answer is not the worse for it.
var ErrNoReranker = errors.New("no reranker is running")

// Rerank says how the best candidates are ranked anew. The zero value leaves them as they are.
type Rerank struct {
	With   Reranker
	Budget time.Duration // 0 = no limit
	Always bool          // also where confidence is High without it
	// Release returns a passage of a note as With may read it, or false where it must not; nil: every one, as it is.
	Release func(note string, lines [2]int, text string) (string, bool)
	// Depth is how many of the best are read again; 0 means DefaultRerankDepth, or the query's limit if that is more.
	Depth int
}

// DefaultRerankDepth is deep enough to bring up what words and vectors ranked low, and few enough for a second or two of a
// laptop.
const DefaultRerankDepth = 30

// candidates are those that are read again.
func (r Rerank) candidates(found []candidate, limit int) []candidate {
	return found[:min(len(found), cmp.Or(r.Depth, max(DefaultRerankDepth, limit)))]
}

// rerank orders the best candidates by the reranker's judgement, where that pays: not where confidence is high already, unless it
// was asked for. Those that it did not judge keep their order behind the others; a note that the question names stays first. A
// reranker that fails leaves the order alone and says so.
func (r *run) rerank(ctx context.Context, found []candidate) ([]candidate, error) {
	if r.query.Rerank.With == nil || len(found) == 0 {
		return found, nil
	}
	if !r.query.Rerank.Always {
		if err := r.readNotes(ctx, found[:1]); err != nil {
			return nil, err
		}
		if r.assessor.judgement(found[0], r.lookup.notes[found[0].chunk.Note]).confidence == High {
			return found, nil
		}
	}
	return r.reranked(ctx, found), nil
}

func (r *run) reranked(ctx context.Context, found []candidate) []candidate {
	head, passages, held := r.query.Rerank.passages(r.query.Rerank.candidates(found, r.query.Limit))
	if len(held) > 0 {
		r.degrade("reranking left out %d passages of private notes", len(held))
	}
	if len(head) == 0 {
		return found
	}
	judged, err := r.query.Rerank.With.Rerank(ctx, r.asked(), passages, r.query.Rerank.Budget)
	if errors.Is(err, ErrNoReranker) {
		return found
	}
	if err != nil || len(judged) != len(head) {
		r.degrade("reranking was skipped: %v", cmp.Or(err, errJudgements))
		return found
	}
	switch r.judged = setScores(head, judged); {
	case r.judged == 0:
		r.degrade("reranking was skipped: no passage was judged within %v", r.query.Rerank.Budget)
		return found
	case r.judged < len(head):
		r.degrade("reranking judged %d of %d passages within %v", r.judged, len(head), r.query.Rerank.Budget)
	}
	slices.SortStableFunc(head, compareReranked)
	copy(found, append(head, held...))
	return found
}

// passages are what candidates say, as it may be read by the reranker, and those that it must not read, which are not judged.
func (r Rerank) passages(all []candidate) (read []candidate, texts []string, held []candidate) {
	for _, c := range all {
		text, ok := underHeadings(c.chunk), true
		if r.Release != nil {
			text, ok = r.Release(c.chunk.Note, [2]int{c.chunk.FirstLine, c.chunk.LastLine}, text)
		}
		if !ok {
			held = append(held, c)
			continue
		}
		read, texts = append(read, c), append(texts, text)
	}
	return read, texts, held
}

// underHeadings is a chunk's text below the headings of its path, except those that the text begins with.
func underHeadings(c store.Chunk) string {
	own := map[string]bool{}
	for line := range strings.Lines(c.Text) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			break
		}
		own[strings.TrimSpace(strings.Trim(line, "#"))] = true
	}
	above := slices.DeleteFunc(slices.Clone(c.Heading), func(h string) bool { return own[h] })
	return strings.Join(append(above, c.Text), "\n")
}

// asked is the question for a reader: filters, what must not be there and what serves one side alone are no part of it.
func (r *run) asked() string {
	if r.question.common != "" {
		return r.question.common
	}
	if len(r.question.filters)+len(r.question.excluded) > 0 {
		return r.question.plain()
	}
	return r.query.Text
}

var errJudgements = errors.New("the reranker did not answer for every passage")

// setScores gives the candidates the reranker's scores, and returns how many it gave.
func setScores(head []candidate, judged []Judgement) int {
	n := 0
	for i, j := range judged {
		if j.Judged {
			n++
			head[i].reranked = &judged[i].Score
		}
	}
	return n
}

func compareReranked(a, b candidate) int {
	switch {
	case a.reranked == nil && b.reranked == nil:
		return 0
	case a.reranked == nil:
		return 1
	case b.reranked == nil:
		return -1
	}
	return cmp.Compare(b.rerankedScore(), a.rerankedScore())
}

func (c candidate) rerankedScore() float64 {
	if c.named {
		return *c.reranked + namedBonus
	}
	return *c.reranked
}
