package app

import (
	"sync"
	"sync/atomic"
)

// A lazyCounter counts tokens by the model's tokenizer, which it loads in the
// background at the first question. Until then, and where there is none, it
// guesses, rather too many than too few. Safe for concurrent use.
type lazyCounter struct {
	load func() (func(string) int, error)

	once    sync.Once
	loading sync.WaitGroup
	exact   atomic.Pointer[func(string) int]
}

func (l *lazyCounter) count(text string) int {
	l.once.Do(func() {
		l.loading.Go(func() {
			if count, err := l.load(); err == nil {
				l.exact.Store(&count)
			}
		})
	})
	if count := l.exact.Load(); count != nil {
		return (*count)(text)
	}
	return (len(text) + 2) / 3 // English has 4 to 5 bytes in a token, Chinese and Japanese 3
}

// Close waits for a load that is under way.
func (l *lazyCounter) Close() { l.loading.Wait() }
