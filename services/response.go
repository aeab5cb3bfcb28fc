package services

import (
	"errors"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"amalfa/lifecycle"
)

// errAnswered is what a handler gets that writes after the server answered for it.
var errAnswered = errors.New("the server has already answered this request")

// response is the writer that handlers see. It belongs to two goroutines: the
// handler's, and the server's, which may answer in its place.
type response struct {
	raw        http.ResponseWriter
	rc         *http.ResponseController
	log        *zap.Logger
	timeout    time.Duration // for one write
	header     http.Header   // the handler's, until it is sent
	writeError ErrorWriter   // of the route

	broken atomic.Bool // the answer began and will not be whole

	mu     sync.Mutex
	code   int  // 0 = nothing was sent
	closed bool // the handler may not write any more
}

func (s *Server) newResponse(w http.ResponseWriter) *response {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if st, _ := s.life.Now(); st == lifecycle.Stopping || s.leaves() {
		h.Set("Connection", "close")
	}
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Time{}) // the one of the connection's last request
	return &response{raw: w, rc: rc, log: s.log, timeout: s.limits.write, header: h, writeError: WriteError}
}

func (r *response) Header() http.Header { return r.header }

// WriteHeader sends code and the headers; calls after the first do nothing.
func (r *response) WriteHeader(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.sendHeader(code)
	}
}

func (r *response) sendHeader(code int) {
	if r.code != 0 {
		return
	}
	r.code = code
	maps.Copy(r.raw.Header(), r.header)
	r.raw.WriteHeader(code)
}

func (r *response) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, errAnswered
	}
	r.sendHeader(http.StatusOK)
	_ = r.rc.SetWriteDeadline(time.Now().Add(r.timeout))
	return r.raw.Write(b)
}

// Flush is for handlers that stream.
func (r *response) Flush() { _ = r.FlushError() }

// FlushError sends what was written so far.
func (r *response) FlushError() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errAnswered
	}
	r.sendHeader(http.StatusOK)
	_ = r.rc.SetWriteDeadline(time.Now().Add(r.timeout))
	return r.rc.Flush()
}

// note logs the errors whose text WriteError keeps from the client.
func (r *response) note(err error) {
	var e *Error
	if !errors.As(err, &e) && asError(err).Kind == "internal" {
		r.log.Error("Request failed", zap.Error(err))
	}
}

// replace answers in place of a handler that panicked or outlived the drain:
// with err when nothing was sent yet, else the answer stays broken.
func (r *response) replace(err *Error) {
	r.mu.Lock()
	done, begun := r.closed, r.code != 0
	r.closed = true
	r.mu.Unlock()
	switch {
	case done:
		return
	case begun:
		r.broken.Store(true)
		return
	}
	own := &response{raw: r.raw, rc: r.rc, log: r.log, timeout: r.timeout, header: http.Header{"Connection": {"close"}}}
	r.writeError(own, err)
	r.mu.Lock()
	r.code = own.status()
	r.mu.Unlock()
}

// status is what was sent, 0 when the connection ended without an answer.
func (r *response) status() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.code
}
