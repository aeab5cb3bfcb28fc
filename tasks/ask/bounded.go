package ask

import (
	"context"
	"fmt"

	"amalfa/llm"
)

// A bounded model takes no more tokens than a limit over all its requests. Not safe for concurrent use.
type bounded struct {
	llm.Asker
	limit    int // 0 for none
	count    func(string) int
	used     llm.Usage
	requests int
}

func newBounded(a llm.Asker, limit int, count func(string) int) *bounded {
	return &bounded{Asker: a, limit: limit, count: count}
}

// left is how many tokens may still be used, 0 where there is no limit.
func (b *bounded) left() int {
	if b.limit == 0 {
		return 0
	}
	return max(1, b.limit-b.used.Prompt-b.used.Completion)
}

// Chat refuses a request for which too little is left, and lets no answer be longer than what is left.
func (b *bounded) Chat(ctx context.Context, r llm.Request, onDelta func(string) error) (llm.Reply, error) {
	told := 0
	for _, m := range r.Messages {
		told += b.count(m.Content)
	}
	if b.limit > 0 {
		room := b.left() - told
		if room < leastAnswer {
			return llm.Reply{}, fmt.Errorf("%w: %d tokens are left of %d", ErrBudget, b.left(), b.limit)
		}
		if r.MaxTokens == 0 || r.MaxTokens > room {
			r.MaxTokens = room
		}
	}
	b.requests++
	reply, err := b.Asker.Chat(ctx, r, onDelta)
	if reply.Usage == (llm.Usage{}) { // a provider that does not count
		reply.Usage = llm.Usage{Prompt: told, Completion: b.count(reply.Content)}
	}
	b.used = b.used.Add(reply.Usage)
	return reply, err
}
