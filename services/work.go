package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"amalfa/lifecycle"

	"go.uber.org/zap"
)

// ErrStopping is the cause of the context of a request that the drain outlived.
var ErrStopping = errors.New("the service is stopping")

// work wraps a handler of [Server.Handle]; released is told when its work has ended.
func (s *Server) work(h http.Handler, writeError ErrorWriter, released func(begun time.Time)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.admit(); err != nil {
			writeError(w, err)
			return
		}
		defer released(time.Now())
		out := w.(*response) // serve hands nothing else to the mux
		out.writeError = writeError
		s.run(out, r, h)
	})
}

// admit counts a request in, unless the server stops or its queue is full.
func (s *Server) admit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return errStopping()
	}
	if s.inFlight >= s.o.Queue {
		return &Error{Status: http.StatusTooManyRequests, Kind: "busy", RetryAfter: time.Second,
			Message: fmt.Sprintf("%d requests are already waiting", s.inFlight), Advice: "try again in a moment"}
	}
	s.inFlight++
	s.requests++
	s.metrics.inFlight.Inc()
	return nil
}

func (s *Server) release(begun time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out()
	s.ended++
	s.worked += s.lastEnd.Sub(begun)
}

// leave counts a request out whose time is no latency.
func (s *Server) leave(time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out()
}

// out counts a request out; s.mu is held.
func (s *Server) out() {
	s.inFlight--
	s.metrics.inFlight.Dec()
	s.lastEnd = time.Now()
	if s.stopping && s.inFlight == 0 {
		close(s.drained)
	}
}

// latency is the mean time of the work that has ended, in milliseconds; s.mu is held.
func (s *Server) latency() float64 {
	if s.ended == 0 {
		return 0
	}
	return math.Round(float64(s.worked.Microseconds())/float64(s.ended)) / 1000
}

// run calls h in a goroutine of its own, so that the client gets an answer at
// the end of the drain even from a handler that does not look at its context.
func (s *Server) run(w *response, r *http.Request, h http.Handler) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	// A copy: net/http looks at the body of r to see what is left to read.
	own, body := r.WithContext(ctx), s.boundBody(w, r.Body)
	own.Body = body
	defer body.release()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer s.recover(w, r)
		h.ServeHTTP(w, own)
	}()
	select {
	case <-done:
	case <-s.aborted:
		cancel(ErrStopping)
		if !lifecycle.Await(done, s.limits.grace) {
			w.replace(errStopping())
		}
	}
	if w.broken.Load() {
		panic(http.ErrAbortHandler) // the client must see that its answer is not whole
	}
}

// recover turns a handler's panic into a 500, or into a broken answer when one
// had begun. The log gets the cause and never the body.
func (s *Server) recover(w *response, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause != http.ErrAbortHandler {
		s.log.Error("Handler panicked", zap.String("route", r.Pattern), zap.Any("cause", cause), zap.Stack("stack"))
	}
	w.replace(asError(errors.New("panic")))
}

// limitArrival gives the body of a request so long to arrive. It holds for
// refused requests too, whose body net/http reads to its end.
func (s *Server) limitArrival(rc *http.ResponseController, r *http.Request) {
	if r.ContentLength != 0 {
		_ = rc.SetReadDeadline(time.Now().Add(s.limits.body)) // fails only once the connection is gone
	}
}

// freeBody is the part of each body that the budget does not count: however much the large requests hold, a short one is
// always read. The queue bounds what these parts come to.
const freeBody = 64 << 10

// A budget bounds the bytes of all request bodies that are held at once.
type budget struct {
	limit int64
	held  atomic.Int64
}

func (b *budget) reserve(n int64) bool {
	if b.held.Add(n) <= b.limit {
		return true
	}
	b.held.Add(-n)
	return false
}

// boundedBody limits how large a body may grow, whatever its headers said, and what all bodies together hold. At its end it
// lifts the read deadline: net/http then watches the connection, and an expired deadline would look like a client that left.
type boundedBody struct {
	io.ReadCloser
	rc   *http.ResponseController
	all  *budget
	read int64
	held atomic.Int64
}

func (s *Server) boundBody(w *response, body io.ReadCloser) *boundedBody {
	return &boundedBody{ReadCloser: http.MaxBytesReader(w.raw, body, s.o.MaxBody), rc: w.rc, all: &s.bodies}
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.rc.SetReadDeadline(time.Time{})
	}
	b.read += int64(n)
	if counted := min(int64(n), b.read-freeBody); counted > 0 {
		if !b.all.reserve(counted) {
			return 0, errCrowded()
		}
		b.held.Add(counted)
	}
	return n, err
}

// release gives back what the body holds, when its request has ended.
func (b *boundedBody) release() { b.all.held.Add(-b.held.Swap(0)) }

// errCrowded asks for patience before the memory is spent, not after.
func errCrowded() *Error {
	return &Error{Status: http.StatusTooManyRequests, Kind: "busy", Message: "too many large requests at once",
		Advice: "try again in a moment, or send smaller parts", RetryAfter: time.Second}
}
