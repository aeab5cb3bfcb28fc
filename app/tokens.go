package app

import (
	"sync"
	"sync/atomic"

	"amalfa/tokenizer"
)

// countTokens returns what counts a text's tokens as the embedding model does,
// and the model's name; without its tokenizer here, an estimate and its name.
// The function is safe for concurrent use.
func (w *Workspace) countTokens() (count func(string) int, by string) {
	tok, _, err := w.tokenizer()
	if err != nil {
		return tokenizer.Estimate, tokenizer.EstimateName
	}
	return tok.Count, w.Settings.Embeddings.Model
}

// A lazyCounter counts tokens by the model's tokenizer, which it loads in the
// background at the first question. Until then it estimates. Safe for
// concurrent use.
type lazyCounter struct {
	load func() (count func(string) int, by string)

	once    sync.Once
	loading sync.WaitGroup
	exact   atomic.Pointer[func(string) int]
}

func (l *lazyCounter) count(text string) int {
	l.once.Do(func() {
		l.loading.Go(func() {
			count, _ := l.load()
			l.exact.Store(&count)
		})
	})
	if count := l.exact.Load(); count != nil {
		return (*count)(text)
	}
	return tokenizer.Estimate(text)
}

// Close waits for a load that is under way.
func (l *lazyCounter) Close() { l.loading.Wait() }
