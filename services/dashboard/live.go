package dashboard

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"
)

// How often what the health page shows is looked at while somebody looks, and how seldom where a look takes long: it may take a twentieth of a
// processor. A stream that has nothing to say says so now and then, so that one whose reader has gone ends.
const (
	lookEvery = 2 * time.Second
	lookShare = 20
	sayAlive  = 30 * time.Second
)

// A live health page: one goroutine looks for all streams, and only while there is one.
type live struct {
	mu      sync.Mutex
	streams int
	stop    context.CancelFunc
	ended   chan struct{} // of the goroutine
	event   []byte        // the newest; nil before the first
	changed chan struct{} // closed with the next one
}

// join counts a stream in, and begins to look for the first. hear waits as long as a channel does not say that it is over.
func (l *live) join(look func(context.Context) ([]byte, error), hear func(ctx context.Context) (wait func(<-chan time.Time), end func())) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.streams++; l.streams > 1 {
		return
	}
	ctx, stop := context.WithCancel(context.Background()) // of no request: others go on when the first one ends
	l.stop, l.ended, l.event, l.changed = stop, make(chan struct{}), nil, make(chan struct{})
	go func(ended chan struct{}) {
		defer close(ended)
		wait, end := hear(ctx)
		defer end()
		l.run(ctx, look, wait)
	}(l.ended)
}

// leave counts a stream out. The last one waits for the goroutine to end.
func (l *live) leave() {
	l.mu.Lock()
	l.streams--
	last, ended := l.streams == 0, l.ended
	if last {
		l.stop()
	}
	l.mu.Unlock()
	if last {
		<-ended
	}
}

func (l *live) run(ctx context.Context, look func(context.Context) ([]byte, error), wait func(<-chan time.Time)) {
	for ctx.Err() == nil {
		began := time.Now()
		if event, err := look(ctx); err == nil {
			l.put(ctx, event)
		}
		wait(time.After(max(lookEvery, lookShare*time.Since(began))))
	}
}

// put tells all streams of an event that is another than the last. One that was looked for when the last stream left is not told.
func (l *live) put(ctx context.Context, event []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil || bytes.Equal(event, l.event) {
		return
	}
	l.event = event
	close(l.changed)
	l.changed = make(chan struct{})
}

// now is the newest event, and what is closed when there is another.
func (l *live) now() ([]byte, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.event, l.changed
}

// events is GET /api/events: the body of the health page as an event, and again whenever it has changed.
func (p *pages) events(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	p.live.join(p.healthEvent, p.hear)
	defer p.live.leave()
	alive := time.NewTicker(sayAlive)
	defer alive.Stop()
	out := http.NewResponseController(w)
	for {
		event, changed := p.live.now()
		if _, err := w.Write(event); err != nil {
			return nil // the reader has gone
		}
		if err := out.Flush(); err != nil {
			return nil
		}
		select {
		case <-changed:
		case <-alive.C:
			if _, err := w.Write([]byte(": nothing new\n\n")); err != nil {
				return nil
			}
		case <-r.Context().Done():
			return nil
		}
	}
}

// healthEvent looks, and writes what it sees as an event.
func (p *pages) healthEvent(ctx context.Context) ([]byte, error) {
	var body, out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, "health", p.healthNow(ctx)); err != nil {
		return nil, err
	}
	out.WriteString("event: health\n")
	for line := range bytes.Lines(bytes.TrimSpace(body.Bytes())) {
		out.WriteString("data: ")
		out.Write(bytes.TrimRight(line, "\r\n"))
		out.WriteString("\n")
	}
	out.WriteString("\n")
	return out.Bytes(), ctx.Err()
}
