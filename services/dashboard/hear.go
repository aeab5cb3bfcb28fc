package dashboard

import (
	"context"
	"sync"
	"time"

	"amalfa/store"
)

// A hearing keeps the word for what the index holds as long as its server, which tells of changes, has told of none. Where nobody listens it
// keeps nothing.
type hearing struct {
	mu      sync.Mutex
	on      bool
	changes int // that were told
	kept    string
	known   bool
}

// word is what is kept; at is the place among the changes for keep.
func (h *hearing) word() (word string, at int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.kept, h.changes, h.on && h.known
}

// keep takes a word that was asked for after a number of changes, unless another one was told of meanwhile.
func (h *hearing) keep(word string, at int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.on && h.changes == at && word != "" {
		h.kept, h.known = word, true
	}
}

// told makes the next word a new one.
func (h *hearing) told(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on, h.known = on, false
	h.changes++
}

// hear listens to the index, as soon as there is one, where its server tells of changes. wait returns when over says so or ctx ends.
func (p *pages) hear(ctx context.Context) (wait func(over <-chan time.Time), end func()) {
	var st store.Store // that is listened to
	var told <-chan struct{}
	silent := false // it tells of nothing
	listen := func() {
		opened, err := p.Index(ctx)
		if err != nil {
			return // it may be there next time
		}
		l, ok := opened.(store.Listener)
		if !ok {
			silent = true
			_ = opened.Close() // it was not written
			return
		}
		st, told = opened, l.Listen(ctx)
	}
	wait = func(over <-chan time.Time) {
		if st == nil && !silent {
			listen()
		}
		for {
			select {
			case _, there := <-told:
				if p.heard.told(there); !there { // another one is listened to next time
					_ = st.Close() // it was not written
					st, told = nil, nil
				}
			case <-over:
				return
			case <-ctx.Done():
				return
			}
		}
	}
	return wait, func() {
		p.heard.told(false)
		if st != nil {
			_ = st.Close() // it was not written
		}
	}
}
