package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"amalfa/store"
)

// RunWhole is Run, and then Complete.
func RunWhole(ctx context.Context, o Options) (Summary, error) {
	sum, err := Run(ctx, o)
	if err == nil {
		_, err = Complete(ctx, o, &sum)
	}
	return sum, err
}

// Complete makes the vectors that are lacking after a Run, reads again what changed meanwhile, and adds both to the summary of the Run.
// That vectors cannot be made is no error: the notes are found by keyword, and the summary's Degraded says so. It is
// ErrVectorsElsewhere where another process makes them.
func Complete(ctx context.Context, o Options, sum *Summary) (made VectorSummary, err error) {
	for round := 0; ; round++ {
		before := made.Made
		made, err = MakeVectors(ctx, o)
		told := sum.AddVectors(ctx, made, err)
		made.Made += before
		if err != nil || made.Made == before && made.Changed == 0 || round == maxRounds {
			return made, told
		}
		again, err := Run(ctx, o)
		lacking := sum.Degraded
		*sum = sum.then(again)
		if err != nil || again.Indexed+again.Partial+again.Deleted == 0 && made.Changed == 0 {
			sum.Missing, sum.Degraded = made.Missing+made.Refused+made.Held, lacking
			return made, err
		}
	}
}

// AddVectors adds what MakeVectors did to the summary, and returns its error but where it is that vectors cannot be made.
func (s *Summary) AddVectors(ctx context.Context, made VectorSummary, err error) error {
	s.Embedded += made.Made
	s.Took += made.Took
	if made.Model.Digest != "" {
		s.Missing = made.Missing + made.Refused + made.Held
		s.Whole.Model = made.Model
	}
	var away *EmbedderError
	if err != nil && (ctx.Err() != nil || !errors.As(err, &away) && !errors.Is(err, ErrNoEmbedder)) {
		return err
	}
	if n := s.Missing - made.Refused - made.Held; n > 0 {
		s.Degraded = append(s.Degraded, Degraded(n, err))
	}
	if made.Refused > 0 {
		s.Degraded = append(s.Degraded, fmt.Sprintf("the model refuses passages of %d notes, which are found by keyword only: \"amalfa coverage\" names them", made.Refused))
	}
	if made.Held > 0 {
		s.Degraded = append(s.Degraded, fmt.Sprintf("%d private notes are kept from the model on another machine, and found by keyword only", made.Held))
	}
	return nil
}

// Degraded says that notes lack vectors, and why.
func Degraded(notes int, why error) string {
	return fmt.Sprintf("%d notes are found by keyword only, without vectors: %v", notes, cmp.Or(why, errors.New("the next run tries again")))
}

// then is the summary of two runs, the second of which had to look again at what changed during the first.
func (s Summary) then(again Summary) Summary {
	kept := max(0, again.Unchanged-s.Unchanged) // written by the first
	partial := min(kept, s.Partial)
	again.Unchanged -= kept
	again.Partial += partial
	again.Indexed += kept - partial
	again.Deleted += s.Deleted
	again.Chunks += s.Chunks
	again.Reused += s.Reused
	again.Embedded += s.Embedded
	again.FrontMatter += s.FrontMatter
	again.Took += s.Took
	for _, f := range s.Files {
		if f.State == store.Partial && !slices.ContainsFunc(again.Files, func(g store.File) bool { return g.ID == f.ID }) {
			again.Files = append(again.Files, f)
		}
	}
	slices.SortFunc(again.Files, func(a, b store.File) int { return strings.Compare(a.ID, b.ID) })
	return again
}
