package sonar

import (
	"context"
	"net/http"
	"sync"
	"time"

	"amalfa/lifecycle"
	"amalfa/services"

	"go.uber.org/zap"
)

// Kinds of 503 that say why there is no model to ask.
const (
	KindNoProvider = "no_provider" // nothing was configured and no Ollama answers on this machine
	KindNoModel    = "no_model"    // the provider answers but has no model to use
)

const threeWays = `start Ollama on this machine (or name it by OLLAMA_HOST), or set OPENAI_BASE_URL and OPENAI_API_KEY, ` +
	`or set sonar.host, sonar.apiKey and sonar.model in your own settings file; then restart sonar unless Ollama is what you started`

const (
	probeTime  = 3 * time.Second // for one look at the provider
	probeAgain = time.Second     // a request does not look again sooner than this after the last look
)

// A link knows whether the provider can be used, and tells the server's state. Safe for concurrent use.
type link struct {
	p   *Provider
	srv *services.Server
	log *zap.Logger
	now func() time.Time

	looking sync.Mutex // one look at a time
	mu      sync.Mutex
	seen    view
	nudge   chan struct{}
}

// A view is what the last look found.
type view struct {
	model  string   // what a request without a model gets
	models []string // what the provider lists
	err    *services.Error
	at     time.Time
}

func newLink(p *Provider, srv *services.Server, log *zap.Logger) *link {
	srv.SetDetail("provider", p.cfg.Provider)
	srv.SetDetail("model", p.cfg.Model)
	srv.SetDetail("ollama", false)
	srv.SetDetail("remote", p.Remote())
	return &link{p: p, srv: srv, log: log, now: time.Now, nudge: make(chan struct{}, 1)}
}

// watch looks at once, then again and again, and whenever a request found the provider gone, until ctx ends.
func (l *link) watch(ctx context.Context, every time.Duration) {
	for {
		again := time.NewTimer(l.interval(l.look(ctx), every))
		select {
		case <-again.C:
		case <-l.nudge:
			again.Stop()
		case <-ctx.Done():
			again.Stop()
			return
		}
	}
}

// interval spares a provider on another machine: looking there costs others, and requests notice by themselves when
// one that was there has gone.
func (l *link) interval(v view, every time.Duration) time.Duration {
	switch {
	case !l.p.Remote():
		return every
	case v.err != nil:
		return 4 * every
	default:
		return 40 * every
	}
}

// use returns the view a request works with. A provider that was not there a moment ago is looked for again, so that
// one started just now is found by the first request. The error is a *services.Error of status 503.
func (l *link) use(ctx context.Context) (view, error) {
	v := l.view()
	if v.err != nil || v.at.IsZero() {
		v = l.look(ctx)
	}
	if v.err != nil {
		return view{}, v.err
	}
	return v, nil
}

func (l *link) view() view {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// lost tells that a request found the provider gone; the watch then looks for itself, and so does the next request.
func (l *link) lost() {
	l.mu.Lock()
	l.seen.at = time.Time{}
	l.mu.Unlock()
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

// look asks the provider for its models, unless somebody just did.
func (l *link) look(ctx context.Context) view {
	l.looking.Lock()
	defer l.looking.Unlock()
	if v := l.view(); !v.at.IsZero() && l.now().Sub(v.at) < probeAgain {
		return v
	}
	pctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	listed, err := l.p.Models(pctx)
	if ctx.Err() != nil {
		return l.gaveUp()
	}
	v := l.judge(listed, err)
	v.at = l.now()
	l.mu.Lock()
	l.seen = v
	l.mu.Unlock()
	l.tell(v, err == nil)
	return v
}

// gaveUp is the view of a caller that left during its look: what was known before, or that nothing is.
func (l *link) gaveUp() view {
	v := l.view()
	if v.at.IsZero() {
		v.err = &services.Error{Status: http.StatusServiceUnavailable, Kind: KindDown, Message: "the provider was not looked at yet", RetryAfter: time.Second}
	}
	return v
}

func (l *link) tell(v view, answered bool) {
	l.srv.SetDetail("model", v.model)
	l.srv.SetDetail("ollama", answered && l.p.cfg.Provider == Ollama)
	if v.err != nil {
		l.srv.SetState(lifecycle.Degraded, v.err.Message)
		return
	}
	l.srv.SetState(lifecycle.Ready, "")
}
