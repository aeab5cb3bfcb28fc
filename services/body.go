package services

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// freeBody is the part of each body that the budget does not count: however
// much the large requests hold, a short one is always read. The queue bounds
// what these parts come to.
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

// boundedBody limits how large a body may grow, whatever its headers said, and
// what all bodies together hold. At its end it lifts the read deadline:
// net/http then watches the connection, and an expired deadline would look like
// a client that left.
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
