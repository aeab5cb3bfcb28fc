package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"amalfa/inference/rerank"
)

// stuck is a reranker that answers nothing.
type stuck struct{ asked rerank.Request }

func (s *stuck) Score(ctx context.Context, r rerank.Request) (rerank.Answer, error) {
	s.asked = r
	<-ctx.Done()
	return rerank.Answer{}, ctx.Err()
}

// TestASearchOutlivesItsReranker gives one that has come to a standstill a few seconds beyond its budget, and as long as it
// takes where there is no budget.
func TestASearchOutlivesItsReranker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, begin := &stuck{}, time.Now()
		_, err := searchReranker{s}.Rerank(t.Context(), "q", []string{"p"}, time.Second)
		if took := time.Since(begin); took != time.Second+rerankGrace || err == nil || err.Error() != "the reranker did not answer within 6s" {
			t.Errorf("after %v: %v", took, err)
		}
		if s.asked.Budget != time.Second {
			t.Errorf("its budget was %v", s.asked.Budget)
		}
		why, begin := errors.New("the client left"), time.Now()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Hour, func() { cancel(why) })
		if _, err := (searchReranker{s}).Rerank(ctx, "q", []string{"p"}, 0); !errors.Is(err, why) || time.Since(begin) != time.Hour {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}
