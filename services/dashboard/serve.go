package dashboard

import (
	"context"
	"net"
	"net/http"
	"time"

	"amalfa/lifecycle"
	"amalfa/search"
	"amalfa/services"
	"amalfa/site"
	"amalfa/store"

	"go.uber.org/zap"
)

// Options tell Serve what to show. All functions are required, and called for each look at what they say.
type Options struct {
	Name    string // of the workspace, as people know it
	Root    string // its folder
	Version string
	Access  *Access
	Editor  func() string // the address of a line of a file in an editor, with {path} and {line}; "" for none
	Mode    func() string // of a search that names none
	Log     *zap.Logger   // nil = no log

	Map string // the file in which the map of the notes is kept, "" for none

	SuperNode func() int // links beyond which a note says less of gaps; 0 for none

	Index    func(context.Context) (store.Store, error)
	State    func(context.Context, store.Store) (string, error)                   // a word for what an index holds: another one after each change, and for another index
	Search   func(ctx context.Context, q search.Query, whole bool) (Found, error) // without whole it is being typed: nothing is ranked anew, no file is looked at
	Note     func(ctx context.Context, n store.Note) (Text, error)                // what a page is made of, but for Href; fs.ErrNotExist where its file is gone
	Ask      func(ctx context.Context, question string) (AskReply, error)
	Services func(context.Context) []Service
	Act      func(ctx context.Context, service, verb string) error // verb is one of Verbs
	Facts    func(context.Context) (Facts, error)
	Models   func() []Model
	Tasks    func() ([]Task, error)
}

// A Text is a note to be shown.
type Text struct {
	site.Note
	Elsewhere *store.Rebuilt // what the index holds of a note whose file is on another machine; nil where Note is the file
}

// Found is an answer, with how many changed files the index did not hold yet.
type Found struct {
	search.Answer
	Behind  int
	AtLeast bool // not all files were looked at
	Took    time.Duration
}

// recheck is how long it may go unnoticed that the index came or went.
const recheck = 5 * time.Second

// Serve adds the dashboard's routes to srv, which must have been made with SameUser, Pages and the Admit of o.Access, and serves until ctx
// ends. It is degraded where there is no index: pages then say so. Serve closes ls.
func Serve(ctx context.Context, srv *services.Server, o Options, ls ...net.Listener) error {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	p := newPages(o)
	p.route(srv)
	p.checkIndex(ctx, srv)
	return srv.ServeBeside(ctx, func(ctx context.Context) {
		tick := time.NewTicker(recheck)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.checkIndex(ctx, srv)
				freeMemory()
			case <-ctx.Done():
				return
			}
		}
	}, ls...)
}

// checkIndex sets the state by whether there is an index that can be read.
func (p *pages) checkIndex(ctx context.Context, srv *services.Server) {
	st, err := p.Index(ctx)
	if err == nil {
		err = st.Close()
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		srv.SetState(lifecycle.Degraded, sentence(err))
	default:
		srv.SetState(lifecycle.Ready, "")
	}
}

func (p *pages) route(srv *services.Server) {
	html := services.Dialect{Name: "browsers", WriteError: p.writeError}
	page := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		srv.HandleAs(pattern, p.answering(h, p.writeError), html)
	}
	api := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		srv.Handle(pattern, p.answering(h, services.WriteError))
	}
	page("GET /{$}", p.home)
	page("GET /doc/{id...}", p.note)
	page("GET /assets/{name...}", p.asset)
	api("GET /api/search", p.apiSearch)
	api("GET /api/note/{id...}", p.apiNote)
	api("GET /api/graph", p.apiGraph)
	api("GET /api/gaps", p.apiGaps)
	api("GET /api/health", p.apiHealth)
	srv.HandleStream("GET /api/events", p.answering(p.events, services.WriteError))
	api("POST /api/ask", p.apiAsk)
	api("POST /services/{name}/{verb}", p.act)
	srv.ErrorsAs("/doc/", p.writeError)
}

// answering makes a handler of a function that returns its error.
func (p *pages) answering(h func(http.ResponseWriter, *http.Request) error, writeError services.ErrorWriter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			writeError(w, sayFault(err))
		}
	})
}
