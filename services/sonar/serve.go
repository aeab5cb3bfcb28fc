package sonar

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"amalfa/lifecycle"
	"amalfa/llm"
	"amalfa/llm/meter"
	"amalfa/search"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/ask"
	"amalfa/tasks/consent"

	"go.uber.org/zap"
)

// Options tell Serve what to work with. Config and Count are required.
type Options struct {
	Config    llm.Config
	Search    Searcher                                   // nil: answers come without notes and say so
	Notes     func(context.Context) (int, error)         // counts the notes that Search finds; nil: there are none
	Index     func(context.Context) (store.Store, error) // opens the index of the notes for one answer about their graph; nil: there is none
	SuperNode int                                        // links beyond which a note counts less for missing links; 0 for none
	// Beside runs as long as the service does, and asks its model; nil: nothing does.
	Beside   func(context.Context, *Thinker)
	Rerank   search.Rerank   // who ranks the passages anew, in 3 s at most
	Consent  consent.Options // what may leave this machine; its Destination is set here
	Metadata Metadata
	Archive  *Archive                                               // keeps the conversations of /chat; nil: they end with this process
	Meter    *meter.Meter                                           // counts what models take, and refuses what is beyond its limits
	Trace    func(question, report string) (path string, err error) // keeps the report of a research; nil: none is kept
	Score    ask.Scorer                                             // how near sentences are in meaning; nil: by words alone
	Count    func(string) int                                       // counts the tokens of a text, required; safe for concurrent use
	Log      *zap.Logger                                            // nil = no log; it gets no text of notes, questions or answers
	Drain    time.Duration                                          // default 10 s
	Recheck  time.Duration                                          // between probes of a provider on this machine; default 15 s, and less often for another one
}

// Serve adds sonar's routes to srv and serves until ctx ends:
//
//	POST /chat {sessionId?, message, model?, stream?} → {message:{role,content}, sessionId, model, sources, degraded};
//	     with stream, server-sent events {"delta"} and at last the whole reply, or {"error"}
//	GET /chat/sessions → a [SessionList]; GET, DELETE /chat/sessions/{id} → a [SessionText], or that it is removed
//	POST /ask {question, depth?, model?, budget_tokens?, stream?} → an [AskAnswer]; with stream, events {"source"}, {"sentence"} and at last
//	     {"done"}, or {"error"}
//	GET /graph/stats → a [GraphStats]; GET /graph/explore?id&depth&direction&relation&limit → [GraphLinks], and without an id
//	     ?limit&threshold → [GraphGaps]; both answer without a provider
//	POST /search/analyze {query} → an [Analysis]; POST /search/rerank {results:[{id,content,score}], query, intent?} → the results
//	     with relevance_score, sorted; POST /search/context {result:{id,content?}, query} → an [Extract]
//	POST /metadata/enhance {docId} → [Enhanced]; POST /metadata/batch {limit?} → [EnhancedBatch]
//	GET /provider → a [Standing], found out just then; with ?known as it is known
//	POST below /v1 (see passedRoutes), GET /v1/models and /v1/models/{model}: OpenAI's dialect, errors too; the request
//	     goes to the provider without the notes and otherwise as it came, and so does the reply
//
// It opens at once in the state starting, and becomes ready or degraded after the first probe of the provider. Without
// one, the work routes answer 503 with the kinds KindNoProvider, KindNoModel or those of [llm.Fault]. srv must have been
// made with SameUser and a token. Serve closes ls. It returns an error that wraps ErrConfig for a Config that cannot
// be used, and nil after a clean stop.
func Serve(ctx context.Context, srv *services.Server, o Options, ls ...net.Listener) error {
	p, err := llm.NewProvider(o.Config)
	if err != nil {
		for _, l := range ls {
			l.Close()
		}
		return err
	}
	o.Drain = cmp.Or(o.Drain, lifecycle.Drain)
	o.Recheck = cmp.Or(o.Recheck, 15*time.Second)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Meter == nil {
		o.Meter = meter.New("", meter.Limits{}, nil)
	}
	if o.Archive != nil {
		if err := o.Archive.Prune(); err != nil {
			o.Log.Warn("Old sessions cannot be removed", zap.Error(err))
		}
	}
	m := newMonitor(p, srv, o.Log)
	defer func() { m.provider().Close() }()
	o.Consent.Destination = func(model string) (string, bool) { return m.provider().Destination(model) }
	t := route(srv, m, o)

	var watching sync.WaitGroup
	wctx, stop := context.WithCancel(ctx)
	defer watching.Wait()
	defer stop()
	watching.Go(func() { m.run(wctx, o.Recheck) })
	if o.Beside != nil {
		watching.Go(func() { o.Beside(wctx, t) })
	}
	return srv.Serve(ctx, o.Drain, ls...)
}

func route(srv *services.Server, m *monitor, o Options) *Thinker {
	guard := guards{monitor: m, policy: consent.New(o.Consent), meter: o.Meter, count: o.Count}
	c := &chat{monitor: m, search: o.Search, notes: o.Notes, rerank: o.Rerank, consent: guard.policy, score: o.Score, index: o.Index, trace: o.Trace, ask: guard.asker(consent.ByHand), count: o.Count, sessions: newSessions(time.Now), log: o.Log}
	c.sessions.archive = o.Archive
	p := &proxy{monitor: m, meter: o.Meter}
	srv.Handle("POST /chat", http.HandlerFunc(c.serve))
	srv.Handle("POST /ask", http.HandlerFunc(c.serveAsk))
	kept := archives{o.Archive}
	srv.Handle("GET /chat/sessions", http.HandlerFunc(kept.list))
	srv.Handle("GET /chat/sessions/{id}", http.HandlerFunc(kept.show))
	srv.Handle("DELETE /chat/sessions/{id}", http.HandlerFunc(kept.remove))
	g := &graphs{open: o.Index, superNode: o.SuperNode}
	srv.Handle("GET /graph/stats", http.HandlerFunc(g.stats))
	srv.Handle("GET /graph/explore", http.HandlerFunc(g.explore))
	srv.Handle("GET /provider", http.HandlerFunc(c.standing))
	openAI := services.Dialect{Name: "OpenAI", WriteError: writeOpenAIError}
	for _, route := range passedRoutes() {
		srv.HandleAs("POST /v1/"+route.path, p.to(route), openAI)
	}
	srv.HandleAs("GET /v1/models", http.HandlerFunc(p.models), openAI)
	srv.HandleAs("GET /v1/models/{model...}", http.HandlerFunc(p.model), openAI)
	srv.ErrorsAs("/v1/", writeOpenAIError)
	t := &Thinker{guards: guard, chat: c}
	h := &searching{t, o.Index, o.Metadata}
	srv.Handle("POST /search/analyze", http.HandlerFunc(h.analyze))
	srv.Handle("POST /search/rerank", http.HandlerFunc(h.rerank))
	srv.Handle("POST /search/context", http.HandlerFunc(h.extract))
	srv.Handle("POST /metadata/enhance", http.HandlerFunc(h.enhance))
	srv.Handle("POST /metadata/batch", http.HandlerFunc(h.batch))
	return t
}
