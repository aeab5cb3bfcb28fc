package sonar

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"amalfa/lifecycle"
	"amalfa/llm"
	"amalfa/services"

	"go.uber.org/zap"
)

// Kinds of 503 that say why there is no model to ask.
const (
	KindNoProvider = "no_provider" // nothing was configured and no Ollama answers on this machine
	KindNoModel    = "no_model"    // the provider answers but has no model to use
)

const threeWays = `start Ollama, LM Studio, llama.cpp or vLLM on this machine (or name Ollama by OLLAMA_HOST), or set OPENAI_BASE_URL and OPENAI_API_KEY, ` +
	`or set sonar.host, sonar.apiKey and sonar.model in your own settings file; then restart sonar unless Ollama is what you started`

const (
	probeTimeout     = 3 * time.Second // for one probe of the provider
	minProbeInterval = time.Second     // requests probe no sooner than this after the last probe
)

// A monitor probes the provider and sets the server's state by what it finds. Safe for concurrent use.
type monitor struct {
	p   atomic.Pointer[llm.Provider]
	srv *services.Server
	log *zap.Logger
	now func() time.Time

	probing sync.Mutex // one probe at a time
	mu      sync.Mutex
	last    status
	wake    chan struct{}
}

// A status is what the last probe found.
type status struct {
	model  string   // what a request without a model gets
	models []string // what the provider lists
	err    *services.Error
	at     time.Time
}

func newMonitor(p *llm.Provider, srv *services.Server, log *zap.Logger) *monitor {
	srv.SetDetail("provider", p.Name())
	srv.SetDetail("model", p.Config().Model)
	srv.SetDetail("ollama", false)
	srv.SetDetail("remote", p.Remote())
	m := &monitor{srv: srv, log: log, now: time.Now, wake: make(chan struct{}, 1)}
	m.p.Store(p)
	return m
}

// provider is whom to ask.
func (m *monitor) provider() *llm.Provider { return m.p.Load() }

// discover looks for another server on this machine, where nothing is configured and the one that was guessed is not there.
func (m *monitor) discover(ctx context.Context) ([]string, error) {
	old := m.provider()
	for _, found := range llm.Discover(ctx, old.Config()) {
		p, err := llm.NewProvider(found.Config)
		if err != nil || len(found.Models) == 0 {
			continue
		}
		m.log.Info("Found a language model server", zap.String("provider", p.Name()), zap.String("host", p.Host()))
		m.p.Store(p)
		m.srv.SetDetail("provider", p.Name())
		old.Close()
		return found.Models, nil
	}
	return nil, errNoneFound
}

var errNoneFound = errors.New("no server answers")

// run probes at once, then at intervals and whenever a request found the provider gone, until ctx ends.
func (m *monitor) run(ctx context.Context, every time.Duration) {
	for {
		again := time.NewTimer(m.interval(m.probe(ctx), every))
		select {
		case <-again.C:
		case <-m.wake:
			again.Stop()
		case <-ctx.Done():
			again.Stop()
			return
		}
	}
}

// interval is longer for a provider on another machine: a probe there costs others, and requests notice by themselves
// when one that was there has gone.
func (m *monitor) interval(st status, every time.Duration) time.Duration {
	switch {
	case !m.provider().Remote():
		return every
	case st.err != nil:
		return 4 * every
	default:
		return 40 * every
	}
}

// require returns the status a request works with. A provider that was not there at the last probe is probed again, so
// that one started just now is found by the first request. The error is a *services.Error of status 503.
func (m *monitor) require(ctx context.Context) (status, error) {
	st := m.status()
	if st.err != nil || st.at.IsZero() {
		st = m.probe(ctx)
	}
	if st.err != nil {
		return status{}, st.err
	}
	return st, nil
}

func (m *monitor) status() status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// reportDown tells that a request found the provider gone; run then probes at once, and so does the next request.
func (m *monitor) reportDown() {
	m.mu.Lock()
	m.last.at = time.Time{}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// probe asks the provider for its models, unless somebody just did.
func (m *monitor) probe(ctx context.Context) status {
	m.probing.Lock()
	defer m.probing.Unlock()
	if st := m.status(); !st.at.IsZero() && m.now().Sub(st.at) < minProbeInterval {
		return st
	}
	pctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	listed, err := m.provider().Models(pctx)
	if err != nil && m.provider().Config().Guessed {
		listed, err = m.discover(pctx)
	}
	if ctx.Err() != nil {
		return m.abandonedStatus()
	}
	st := m.assess(listed, err)
	st.at = m.now()
	m.mu.Lock()
	m.last = st
	m.mu.Unlock()
	m.publish(st, err == nil)
	return st
}

// abandonedStatus is for a caller that left during its probe: what was known before, or that nothing is.
func (m *monitor) abandonedStatus() status {
	st := m.status()
	if st.at.IsZero() {
		st.err = &services.Error{Status: http.StatusServiceUnavailable, Kind: llm.KindDown, Message: "the provider was not looked at yet", RetryAfter: time.Second}
	}
	return st
}

// publish puts a status into the server's state and /health. answered says that a provider is there at all.
func (m *monitor) publish(st status, answered bool) {
	m.srv.SetDetail("model", st.model)
	m.srv.SetDetail("ollama", answered && m.provider().Config().Provider == llm.Ollama)
	if st.err != nil {
		m.srv.SetState(lifecycle.Degraded, st.err.Message)
		return
	}
	m.srv.SetState(lifecycle.Ready, "")
}

// assess decides from the answer to a probe whether there is a model to ask.
func (m *monitor) assess(listed []string, err error) status {
	cfg := m.provider().Config()
	fault, refused := errors.AsType[*llm.Fault](err)
	switch {
	case refused && fault.Kind == llm.KindRefused && cfg.Model != "":
		return status{model: cfg.Model, models: []string{cfg.Model}} // it does not list, but it is there
	case err != nil && cfg.Guessed:
		return status{err: unavailable(KindNoProvider, "no language model is configured, and none answers at "+strings.Join(llm.LocalPlaces(), ", "), threeWays)}
	case err != nil:
		return status{model: cfg.Model, err: m.unreachable(err)}
	}
	model, err := m.provider().ChooseModel(listed)
	if err == nil && cfg.Provider == llm.Ollama && !offersModel(listed, model) {
		err = fmt.Errorf("ollama at %s does not have the model %s; it has %s", m.provider().Host(), model, cmp.Or(someOf(listed), "none"))
	}
	if err != nil {
		return status{model: model, models: listed, err: unavailable(KindNoModel, err.Error(),
			"fetch one (ollama pull NAME), or name one that is listed in sonar.model of your own settings file")}
	}
	return status{model: model, models: listed}
}

func (m *monitor) unreachable(err error) *services.Error {
	kind, message := llm.KindDown, err.Error()
	if f, ok := errors.AsType[*llm.Fault](err); ok {
		kind, message = f.Kind, f.Message
	}
	where := fmt.Sprintf("%s at %s (from %s)", m.provider().Name(), m.provider().Host(), m.provider().Config().Source)
	if kind == llm.KindAuth {
		return unavailable(llm.KindAuth, where+" refused the key: "+message, keyAdvice)
	}
	return unavailable(kind, where+" does not work: "+message, downAdvice)
}

const keyAdvice = "check the key (its variable, amalfa sonar key set, or sonar.apiKey), then restart sonar"

func unavailable(kind, message, hint string) *services.Error {
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: kind, Message: message, Advice: hint, RetryAfter: minProbeInterval}
}

// offersModel reports whether name is among models; for Ollama a name without a tag is name:latest.
func offersModel(models []string, name string) bool {
	if !strings.Contains(name, ":") {
		name += ":latest"
	}
	return slices.ContainsFunc(models, func(m string) bool { return m == name || m+":latest" == name })
}
