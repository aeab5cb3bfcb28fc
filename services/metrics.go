package services

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"amalfa/lifecycle"
)

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
