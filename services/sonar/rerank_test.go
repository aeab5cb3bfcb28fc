package sonar

import (
	"context"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/search"

	"github.com/google/go-cmp/cmp"
)

// asked is a Searcher that keeps the questions.
type asked struct{ queries chan search.Query }

func (a asked) Search(_ context.Context, q search.Query) (search.Answer, error) {
	a.queries <- q
	return search.Answer{Results: tides.hits, Degraded: []string{"reranking was skipped: the reranker is starting"}}, nil
}

type nobody struct{}

func (nobody) Rerank(context.Context, string, []string, time.Duration) ([]search.Judgement, error) {
	return nil, search.ErrNoReranker
}

// TestChatHandsTheRerankerOn has the search rerank, in the time of the settings and in no more than a chat has.
func TestChatHandsTheRerankerOn(t *testing.T) {
	for budget, want := range map[time.Duration]time.Duration{time.Second: time.Second, 0: 3 * time.Second, time.Minute: 3 * time.Second} {
		t.Run(budget.String(), func(t *testing.T) {
			a := asked{make(chan search.Query, 1)}
			u := newUpstream(t, saying("The moon [1]."))
			d := start(t, Options{Config: u.config(llm.OpenAI), Search: a, Rerank: search.Rerank{With: nobody{}, Budget: budget}})
			answer, err := d.client.Chat(t.Context(), Question{Message: "spring tides"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"reranking was skipped: the reranker is starting"}, answer.Degraded); diff != "" {
				t.Error(diff)
			}
			got := <-a.queries
			if diff := cmp.Diff(search.Rerank{With: nobody{}, Budget: want}, got.Rerank); diff != "" {
				t.Error(diff)
			}
		})
	}
}
