package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"amalfa/services"
	"amalfa/store"
)

// Verbs are what can be done to a service.
func Verbs() []string { return []string{"start", "stop", "restart"} }

// A Service is a row of the table of services, as it is now.
type Service struct {
	Name      string   `json:"name"`
	Summary   string   `json:"summary"`
	State     string   `json:"state"`
	Reason    string   `json:"reason"`
	PID       int      `json:"pid"` // 0 where it does not run
	Address   string   `json:"address"`
	Version   string   `json:"version"`
	Model     string   `json:"model"`
	Uptime    int64    `json:"uptime_seconds"`
	Memory    int64    `json:"rss_bytes"`
	Requests  int64    `json:"requests"`
	LatencyMS *float64 `json:"latency_ms"` // mean of all its work; null where it has none
	Sessions  int      `json:"sessions"`   // processes of one that clients start
	Startable bool     `json:"startable"`  // Verbs can be done to it
	LastError string   `json:"last_error"` // the last line of its log that tells of one
	Log       []string `json:"log"`        // its last lines
}

// Runs tells whether there is a process.
func (s Service) Runs() bool { return s.PID > 0 || s.Sessions > 0 }

// Up is how long it has been running, in minutes: what changes each second would be sent to each page each second.
func (s Service) Up() string {
	switch minutes := s.Uptime / 60; {
	case minutes < 1:
		return "just started"
	case minutes < 120:
		return fmt.Sprintf("%d min", minutes)
	case minutes < 2*24*60:
		return fmt.Sprintf("%d h", minutes/60)
	default:
		return fmt.Sprintf("%d days", minutes/60/24)
	}
}

// Facts are how an index is.
type Facts struct {
	Notes    int         `json:"notes"`
	Passages int         `json:"passages"`
	Links    int         `json:"links"`
	Tags     int         `json:"tags"`
	Broken   int         `json:"broken"`
	Bytes    int64       `json:"bytes"`
	Model    string      `json:"model"`
	Vectors  Share       `json:"vectors"`
	Lag      IndexLag    `json:"index_lag"`
	Coverage []Coverage  `json:"coverage"`
	History  []Moment    `json:"history"`
	Today    []Happening `json:"today"` // newest first
}

// A Share is some of all.
type Share struct {
	Have int `json:"have"`
	Of   int `json:"of"`
}

// Part is it as a fraction, 1 of nothing.
func (s Share) Part() float64 {
	if s.Of == 0 {
		return 1
	}
	return float64(s.Have) / float64(s.Of)
}

// A Coverage is how many files have a state for a reason, and some of them.
type Coverage struct {
	State    string   `json:"state"`
	Reason   string   `json:"reason"`
	Files    int      `json:"files"`
	Examples []string `json:"examples"`
}

// A Moment is what the index held at one time.
type Moment struct {
	Time  time.Time `json:"time"`
	Notes int       `json:"notes"`
	Links int       `json:"links"`
}

// A Happening is an event of a file.
type Happening struct {
	Time  time.Time `json:"time"`
	Event string    `json:"event"`
	Path  string    `json:"path"`
	From  string    `json:"from"` // of a renamed one

	Elsewhere bool `json:"elsewhere"` // another machine of a team wrote it
}

// A Model is one of the catalogue.
type Model struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Precision string `json:"precision"`
	Bytes     int64  `json:"bytes"` // 0 where nobody knows
	Digest    string `json:"digest"`
	Here      bool   `json:"here"`
	BuiltIn   bool   `json:"built_in"`
	Pull      string `json:"pull"` // the command that fetches it
}

// A Task is one of Sonar's.
type Task struct {
	ID    string    `json:"id"`
	Type  string    `json:"type"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
}

// A HealthReply is GET /api/health. What cannot be found out says so in its fault, and is empty.
type HealthReply struct {
	Services   []Service `json:"services"`
	Index      *Facts    `json:"index"` // null where there is none that can be read
	IndexFault string    `json:"index_fault"`
	Models     []Model   `json:"models"`
	Tasks      []Task    `json:"tasks"`
	TasksFault string    `json:"tasks_fault"`
}

// How old what is shown may be: however many pages are open, services are asked once in that time. What the index and the models folder say
// is asked for anew when the index has changed, in slowAge at the latest, and no more often than that it takes a twentieth of the time.
const (
	overviewAge = 2 * time.Second
	slowAge     = 30 * time.Second
)

// overviews keep the last overview.
type overviews struct {
	mu   sync.Mutex
	made time.Time
	last HealthReply

	slow  time.Time     // when the index and models were looked at
	took  time.Duration // that took
	state string        // of the index then
}

func (p *pages) overviewNow(ctx context.Context) HealthReply {
	o := &p.overview
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Since(o.made) < overviewAge {
		return o.last
	}
	now := o.last
	p.look(ctx, &now)
	if state := p.state(ctx); time.Since(o.slow) >= slowAge || state != o.state && time.Since(o.slow) >= lookShare*o.took {
		began := time.Now()
		p.lookLonger(ctx, &now)
		o.slow, o.took, o.state = began, time.Since(began), state
	}
	if ctx.Err() == nil {
		o.last, o.made = now, time.Now()
	} else {
		o.slow = time.Time{}
	}
	return now
}

// forget makes the next overview a new one.
func (o *overviews) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.made = time.Time{}
}

// state is a word for what the index holds; "" where there is none. Where its server tells of changes, it is asked after one.
func (p *pages) state(ctx context.Context) (word string) {
	word, at, ok := p.heard.word()
	if ok {
		return word
	}
	defer func() { p.heard.keep(word, at) }()
	_ = p.withIndex(ctx, func(st store.Store) (err error) { // why not is what lookLonger says
		word, err = p.State(ctx, st)
		return err
	})
	return word
}

func (p *pages) look(ctx context.Context, h *HealthReply) {
	tasks, err := p.Tasks()
	h.Services, h.Tasks, h.TasksFault = list(p.Services(ctx)), list(tasks), ""
	if err != nil {
		h.TasksFault = sentence(err)
	}
}

func (p *pages) lookLonger(ctx context.Context, h *HealthReply) {
	h.Models, h.Index, h.IndexFault = list(p.Models()), nil, ""
	if facts, err := p.Facts(ctx); err != nil {
		h.IndexFault = sentence(err)
	} else {
		h.Index = &facts
	}
}

// A healthPage shows it.
type healthPage struct {
	frame
	HealthReply
	Curve curve
}

// healthNow is what the page shows, without its frame.
func (p *pages) healthNow(ctx context.Context) healthPage {
	page := healthPage{HealthReply: p.overviewNow(ctx)}
	if page.Index != nil {
		page.Curve = newCurve(page.Index.History)
	}
	return page
}

func (p *pages) health(w http.ResponseWriter, r *http.Request) error {
	page := p.healthNow(r.Context())
	if r.URL.Query().Get("part") == "health" {
		return p.show(w, http.StatusOK, "health", page)
	}
	page.frame = p.frame("Health", "health")
	return p.show(w, http.StatusOK, "health.html.tmpl", page)
}

func (p *pages) apiHealth(w http.ResponseWriter, r *http.Request) error {
	services.WriteJSON(w, http.StatusOK, p.overviewNow(r.Context()))
	return nil
}

// An Acted is what POST /services/NAME/VERB answers: the service as it is then.
type Acted struct {
	Service Service `json:"service"`
}

// act starts, stops or restarts a service of the table. Only a page of this service may ask for it.
func (p *pages) act(w http.ResponseWriter, r *http.Request) error {
	name, verb := r.PathValue("name"), r.PathValue("verb")
	all := p.Services(r.Context())
	at := slices.IndexFunc(all, func(s Service) bool { return s.Name == name })
	if at < 0 || !slices.Contains(Verbs(), verb) {
		return notFound("no such route", "POST /services/NAME/start, stop or restart")
	}
	if err := p.checkPage(r); err != nil {
		return err
	}
	if !all[at].Startable {
		return &services.Error{Status: http.StatusConflict, Kind: "not_startable", Message: name + " is started by its client", Advice: ""}
	}
	if err := p.Act(r.Context(), name, verb); err != nil {
		return &services.Error{Status: http.StatusServiceUnavailable, Kind: "failed", Message: fmt.Sprintf("%s %s: %s", verb, name, sentence(err)), Advice: "amalfa " + name + " status says more"}
	}
	p.overview.forget()
	for _, s := range p.Services(r.Context()) {
		if s.Name == name {
			services.WriteJSON(w, http.StatusOK, Acted{s})
		}
	}
	return nil
}

// A curve is the notes of an index over time, as the points of a line in a box of 600 by 80.
type curve struct {
	Points      string
	First, Last string // days
	Most        int
}

// newCurve needs two moments.
func newCurve(all []Moment) (c curve) {
	if len(all) < 2 {
		return c
	}
	first, last := all[0], all[len(all)-1]
	for _, m := range all {
		c.Most = max(c.Most, m.Notes)
	}
	var points []string
	for _, m := range all {
		x, y := 0.0, 80.0
		if span := last.Time.Sub(first.Time); span > 0 {
			x = 600 * float64(m.Time.Sub(first.Time)) / float64(span)
		}
		if c.Most > 0 {
			y = 78 - 76*float64(m.Notes)/float64(c.Most)
		}
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
	}
	c.Points, c.First, c.Last = strings.Join(points, " "), first.Time.Format(time.DateOnly), last.Time.Format(time.DateOnly)
	return c
}
