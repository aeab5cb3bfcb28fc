package sonar

import (
	"strings"
	"sync"
	"time"

	"amalfa/llm"
)

// small are limits of size that let a fault show at once, and of time that a busy machine does not reach.
var small = llm.Limits{
	Silence: 20 * time.Second, Total: 30 * time.Second,
	Response: 64 << 10, Stream: 256 << 10, Line: 16 << 10,
}

// within shortens the times for a provider that is meant to exceed them.
func within(l llm.Limits, d time.Duration) llm.Limits {
	l.Silence, l.Total = d, 2*d
	return l
}

// watched is a writer that tells when it has seen a text.
type watched struct {
	mu    sync.Mutex
	text  strings.Builder
	want  string
	found chan struct{}
	told  bool
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(b)
	if !w.told && strings.Contains(w.text.String(), w.want) {
		w.told = true
		close(w.found)
	}
	return len(b), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
