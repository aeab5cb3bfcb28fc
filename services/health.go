package services

import (
	"maps"
	"net/http"
	"os"
	"strconv"
	"time"

	"amalfa/lifecycle"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// health answers that the process lives, and everything `servers` shows.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	st, reason := s.life.Now()
	s.mu.Lock()
	body := maps.Clone(s.details)
	maps.Copy(body, map[string]any{
		"status": "ok", "service": s.info.Service, "instance": s.info.Instance, "version": s.info.Version,
		"workspace": s.info.Workspace, "pid": os.Getpid(), "state": st, "reason": reason,
		"ready": st == lifecycle.Ready, "uptime_seconds": int64(time.Since(s.started).Seconds()), "requests": s.requests,
		"latency_ms": s.latency(),
	})
	s.mu.Unlock()
	for key, v := range body { // unlocked: who is asked may be about to set a detail
		if now, ok := v.(func() any); ok {
			body[key] = now()
		}
	}
	WriteJSON(w, http.StatusOK, body)
}

// ready answers 200 when work would be done now, else 503 with the state as kind.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	st, reason := s.life.Now()
	if st == lifecycle.Ready {
		WriteJSON(w, http.StatusOK, map[string]any{"ready": true, "state": st})
		return
	}
	if reason == "" {
		reason = "the service is " + string(st)
	}
	WriteError(w, &Error{Status: http.StatusServiceUnavailable, Kind: string(st), Message: reason, RetryAfter: time.Second})
}

// metrics is what `/metrics` shows, in a registry of the server's own.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	state     *prometheus.GaugeVec
}

func newMetrics(service string) *metrics {
	label := prometheus.Labels{"service": service}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amalfa_requests_total", ConstLabels: label,
			Help: "Requests by route and status; route none was refused before it had one, status 0 got no answer.",
		}, []string{"route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "amalfa_request_duration_seconds", ConstLabels: label,
			Help:    "Seconds from the headers of a request to the end of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8), // 1 ms to 16 s
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amalfa_requests_in_flight", ConstLabels: label, Help: "Work requests that have begun and not ended.",
		}),
		state: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "amalfa_state", ConstLabels: label, Help: "1 for the state the service is in, else 0.",
		}, []string{"state"}),
	}
	m.registry.MustRegister(m.requests, m.durations, m.inFlight, m.state,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) setState(now lifecycle.State) {
	for _, st := range lifecycle.States() {
		value := 0.0
		if st == now {
			value = 1
		}
		m.state.WithLabelValues(string(st)).Set(value)
	}
}

// Count adds a counter of the service's own to `/metrics`, whose value is asked
// for at each look. It is called before Serve, once for a name.
func (s *Server) Count(name, help string, value func() float64) {
	s.metrics.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: name, Help: help, ConstLabels: prometheus.Labels{"service": s.info.Service},
	}, value))
}

// A Gauge is a value of `/metrics` that goes up and down.
type Gauge struct {
	Name, Help string
	Value      float64
}

// Gauges adds what ask returns at each look to `/metrics`; what it leaves out is not shown. The label workspace says whose they are. It is
// called before Serve, once.
func (s *Server) Gauges(ask func() []Gauge) {
	s.metrics.registry.MustRegister(gauges{ask, prometheus.Labels{"service": s.info.Service, "workspace": s.info.Workspace}})
}

// gauges is a collector that does not say beforehand what it will show.
type gauges struct {
	ask    func() []Gauge
	labels prometheus.Labels
}

func (gauges) Describe(chan<- *prometheus.Desc) {}

func (g gauges) Collect(out chan<- prometheus.Metric) {
	for _, v := range g.ask() {
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(v.Name, v.Help, nil, g.labels), prometheus.GaugeValue, v.Value)
	}
}
