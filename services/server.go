package services

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"amalfa/lifecycle"
)

// Info says which service a server is; `/health` repeats it.
type Info struct {
	Service   string // name in the registry: "vector"
	Instance  string // random id of this process; the daemon's record holds the same
	Version   string
	Workspace string // absolute path, "" = none
}

// Options tunes a server. The zero value is the safe default.
type Options struct {
	Log     *zap.Logger        // nil = no log
	Life    *lifecycle.Machine // nil = one of the server's own
	Origins []string           // values of Origin that may call, besides none at all
	Hosts   []string           // names that Host may hold besides loopback ones, without a port
	Token   string             // what `Authorization: Bearer` must hold where SameUser asks
	MaxBody int64              // bytes in a request body, default 32 MiB
	Queue   int                // work requests at once, waiting ones included, default 512
	Bodies  int64              // bytes of all request bodies at once past the first 64 KiB of each, default 128 MiB
	// Open, once closed, lets Serve take connections; nil = it takes them at once.
	Open <-chan struct{}
	// Leave, once closed, says that another process takes the connections from now on, on the same sockets; nil = none does.
	Leave <-chan struct{}
	// Before is called before each request that reaches a route; nil = nothing is.
	Before func()
	// SameUser limits everything but `/health` to processes of our own user
	// (seen on Linux only) and to those that know Token.
	SameUser bool
	// Pages says that the service serves web pages: requests that its own pages send pass.
	Pages bool
	// Admit is who else SameUser lets in, by what a request holds; it is not asked about a process that is known to be another user's. nil =
	// nobody.
	Admit func(*http.Request) bool
}

// Limits of a connection. They are fields so that tests need not wait for them.
type limits struct {
	header time.Duration // for the request line and headers
	body   time.Duration // for the whole body
	write  time.Duration // for the client to take one write
	idle   time.Duration // between requests of a connection
	linger time.Duration // least time that a stopping server answers 503
	grace  time.Duration // for a handler to end after it was cancelled
}

func defaultLimits() limits {
	return limits{
		header: 5 * time.Second,
		body:   30 * time.Second, // 32 MiB at 1 MiB/s, far below what loopback does
		write:  30 * time.Second,
		idle:   60 * time.Second,
		linger: 250 * time.Millisecond, // a busy client sends again within this and learns to go away
		grace:  time.Second,
	}
}

// maxHeaderBytes bounds the request line and headers.
const maxHeaderBytes = 16 << 10

// Server is the guarded HTTP server of one service. Its methods are safe for
// concurrent use, except that routes are added before Serve.
type Server struct {
	info    Info
	o       Options
	log     *zap.Logger
	limits  limits
	mux     *http.ServeMux
	routes  []Route
	writers map[string]ErrorWriter // by pattern
	strays  map[string]ErrorWriter // by the beginning of a path, for what no route takes
	bodies  budget
	metrics *metrics
	started time.Time

	aborted chan struct{} // closed: running work must end now
	abort   sync.Once

	life     *lifecycle.Machine
	mu       sync.Mutex
	stopping bool // no more work is taken
	details  map[string]any
	inFlight int
	requests int64
	ended    int64         // of them
	worked   time.Duration // on those
	lastEnd  time.Time
	stops    chan struct{} // closed once the server stops
	drained  chan struct{} // closed once the server stops and no work runs
}

// New returns a server with the three built-in routes.
func New(info Info, o Options) *Server {
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Life = cmp.Or(o.Life, lifecycle.New(o.Log))
	o.MaxBody, o.Queue, o.Bodies = cmp.Or(o.MaxBody, 32<<20), cmp.Or(o.Queue, 512), cmp.Or(o.Bodies, 128<<20)
	now := time.Now()
	s := &Server{
		info: info, o: o, log: o.Log, limits: defaultLimits(), bodies: budget{limit: o.Bodies},
		mux: http.NewServeMux(), writers: map[string]ErrorWriter{}, strays: map[string]ErrorWriter{}, metrics: newMetrics(info.Service), started: now,
		aborted: make(chan struct{}), stops: make(chan struct{}), drained: make(chan struct{}),
		life: o.Life, details: map[string]any{}, lastEnd: now,
	}
	s.life.Observe(s.enter)
	s.handle("GET /health", http.HandlerFunc(s.health), own())
	s.handle("GET /ready", http.HandlerFunc(s.ready), own())
	s.handle("GET /metrics", s.metrics.handler(), Dialect{"Prometheus", WriteError})
	return s
}

// SetState moves the service to st; see [lifecycle.Machine.Set].
func (s *Server) SetState(st lifecycle.State, reason string) { s.life.Set(st, reason) }

// enter does what belongs to a state. A service that stops takes no more work.
func (s *Server) enter(st lifecycle.State, _ string) {
	s.metrics.setState(st)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || (st != lifecycle.Stopping && st != lifecycle.Stopped) {
		return
	}
	s.stopping = true
	close(s.stops)
	if s.inFlight == 0 {
		close(s.drained)
	}
}

// Handle adds a route in the pattern language of [http.ServeMux], as "POST /embed". Its requests are work: guarded, counted,
// bounded by the queue, refused with 503 once the server stops, and safe against a panic of h. When the drain ends, the
// context of a running request is cancelled and a handler that has not begun its answer a second later is answered for.
func (s *Server) Handle(pattern string, h http.Handler) {
	s.HandleAs(pattern, h, own())
}

// A Dialect is whose clients a route is for, and how these know errors.
type Dialect struct {
	Name       string // for people; "ours" for our own shape
	WriteError ErrorWriter
}

func own() Dialect { return Dialect{"ours", WriteError} }

// A Route is what a server answers.
type Route struct{ Pattern, Dialect string }

// Routes lists all of them in the order in which they were added, the three that every server has first.
func (s *Server) Routes() []Route { return s.routes }

func (s *Server) handle(pattern string, h http.Handler, d Dialect) {
	s.routes, s.writers[pattern] = append(s.routes, Route{pattern, d.Name}), d.WriteError
	s.mux.Handle(pattern, routed{h})
}

// routed marks the handlers that were added, among those that the mux has of its own.
type routed struct{ http.Handler }

// An ErrorWriter answers with an error in the shape of a dialect; [Report] helps it.
type ErrorWriter func(w http.ResponseWriter, err error)

// HandleAs is Handle for a route whose clients know errors in another shape than ours: what the server itself refuses there
// (a full queue, a stop, a wrong content type, a body too large, a panic) is answered by its WriteError too.
func (s *Server) HandleAs(pattern string, h http.Handler, d Dialect) {
	s.handle(pattern, s.work(h, d.WriteError, s.release), d)
}

// HandleStream is Handle for answers that go on for as long as their reader listens: the context of a request ends as soon as the service stops or
// another process takes its place, and its time is no latency.
func (s *Server) HandleStream(pattern string, h http.Handler) {
	ended := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		go func() {
			select {
			case <-s.stops:
				cancel(ErrStopping)
			case <-s.o.Leave: // the reader comes back, to the other process
				cancel(ErrStopping)
			case <-ctx.Done():
			}
		}()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
	s.handle(pattern, s.work(ended, WriteError, s.leave), Dialect{"event stream", WriteError})
}

// ErrorsAs lets writeError answer what no route takes under the paths that begin with prefix; prefixes do not nest.
func (s *Server) ErrorsAs(prefix string, writeError ErrorWriter) { s.strays[prefix] = writeError }

// errorWriter is how the route that r asks for answers errors.
func (s *Server) errorWriter(r *http.Request) ErrorWriter {
	_, pattern := s.mux.Handler(r)
	if write := s.writers[pattern]; write != nil {
		return write
	}
	if pattern != "" {
		return WriteError
	}
	for prefix, write := range s.strays {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return write
		}
	}
	return WriteError
}

// SetDetail adds a field to `/health`, such as "model"; a func() any is asked each time. The fields that every
// service has cannot be replaced.
func (s *Server) SetDetail(key string, v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.details[key] = v
}

// Idle returns how long no work has run: 0 while some does, and the time since New when there was none yet.
func (s *Server) Idle() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight > 0 {
		return 0
	}
	return time.Since(s.lastEnd)
}

// serve is the way of every request: bounds, guard, route.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	out := s.newResponse(w)
	begin, route := time.Now(), "none"
	defer func() { s.metrics.observe(route, out.status(), time.Since(begin)) }()
	s.limitArrival(out.rc, r)
	s.openTo(out, r)
	if err := s.guard(r); err != nil {
		s.errorWriter(r)(out, err)
		return
	}
	if s.isPreflight(r) {
		answerPreflight(out, r)
		return
	}
	h, pattern := s.mux.Handler(r)
	if _, ours := h.(routed); pattern != "" && !ours && s.o.Pages { // the mux would lead to another address
		h, pattern = http.NotFoundHandler(), ""
	}
	if pattern == "" {
		unmatched(out, r, h, s.errorWriter(r))
		return
	}
	if err := s.checkBody(r); err != nil { // of a request that no route takes, that is what is said
		s.errorWriter(r)(out, err)
		return
	}
	if s.o.Before != nil {
		s.o.Before()
	}
	route = pattern
	s.mux.ServeHTTP(out, r)
	out.WriteHeader(http.StatusOK) // for a handler that wrote nothing
}

// unmatched answers what no route takes in the shape of the dialect there instead of the mux's text.
func unmatched(w http.ResponseWriter, r *http.Request, h http.Handler, writeError ErrorWriter) {
	probe := &headerProbe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	if probe.code == http.StatusMethodNotAllowed {
		allow := probe.header.Get("Allow")
		w.Header().Set("Allow", allow)
		writeError(w, &Error{Status: probe.code, Kind: "method_not_allowed", Message: "this route does not take " + r.Method, Advice: "use " + allow})
		return
	}
	writeError(w, &Error{Status: http.StatusNotFound, Kind: "not_found", Message: "no such route"})
}

// headerProbe keeps the status and headers of an answer and drops its body.
type headerProbe struct {
	header http.Header
	code   int
}

func (p *headerProbe) Header() http.Header         { return p.header }
func (p *headerProbe) WriteHeader(code int)        { p.code = code }
func (p *headerProbe) Write(b []byte) (int, error) { return len(b), nil }
