package services

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"amalfa/lifecycle"
)

const (
	// closeDelay is how long the last answers may take to leave.
	closeDelay = time.Second
	// silentDelay is what a connection gets that has not sent a request yet.
	silentDelay = 500 * time.Millisecond
)

// conns knows which connections are in the middle of something. It stands in for [http.Server.Shutdown], which closes
// connections whose request it is just reading.
type conns struct {
	mu    sync.Mutex
	state map[net.Conn]connState
}

type connState struct {
	http.ConnState
	since time.Time
}

// track is the server's ConnState hook.
func (c *conns) track(conn net.Conn, st http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch st {
	case http.StateClosed, http.StateHijacked:
		delete(c.state, conn)
	default:
		c.state[conn] = connState{st, time.Now()}
	}
}

// count returns how many connections are in state st.
func (c *conns) count(st http.ConnState) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, s := range c.state {
		if s.ConnState == st {
			n++
		}
	}
	return n
}

// waitIdle waits until no request is being read or answered, within the delays.
func (c *conns) waitIdle() {
	tick, limit, silent := time.NewTicker(2*time.Millisecond), time.NewTimer(closeDelay), time.Now().Add(silentDelay)
	defer tick.Stop()
	defer limit.Stop()
	for c.count(http.StateActive) > 0 || (c.count(http.StateNew) > 0 && time.Now().Before(silent)) {
		select {
		case <-tick.C:
		case <-limit.C:
			return
		}
	}
}

// waitQuiet waits until all connections are closed, within limit. It closes those on which nothing has come for lifecycle.Linger, since
// its call and since their last answer: a client that sends more often is told with each answer to use another one.
func (c *conns) waitQuiet(ctx context.Context, limit time.Duration) {
	tick, timer, begun := time.NewTicker(2*time.Millisecond), time.NewTimer(limit), time.Now()
	defer tick.Stop()
	defer timer.Stop()
	for c.closeQuiet(begun) > 0 {
		select {
		case <-tick.C:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// closeQuiet returns how many connections are left.
func (c *conns) closeQuiet(begun time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, st := range c.state {
		if st.ConnState != http.StateActive && time.Since(st.since) > lifecycle.Linger && time.Since(begun) > lifecycle.Linger {
			_ = conn.Close()
			delete(c.state, conn)
		}
	}
	return len(c.state)
}

// retireDelay is how long a retiring listener looks for connections that the kernel has already accepted.
const retireDelay = 20 * time.Millisecond

// listener closes without resetting the connections in its backlog, which a
// plain Close does: their clients have sent a request and deserve an answer.
type listener struct {
	net.Listener
	open      <-chan struct{} // nil = it is
	withdrawn chan struct{}   // closed: another process has the socket
	ends      sync.Once
	retired   atomic.Bool
}

func newListener(l net.Listener, open <-chan struct{}) *listener {
	return &listener{Listener: l, open: open, withdrawn: make(chan struct{})}
}

// isOpen waits until connections are to be taken, and reports whether they are.
func (l *listener) isOpen() bool {
	if l.open == nil {
		return true
	}
	select {
	case <-l.open:
		return true
	case <-l.withdrawn:
		return false
	}
}

// withdraw makes Accept return net.ErrClosed and leaves the socket to the other process that has it, with all in its backlog.
func (l *listener) withdraw() {
	l.ends.Do(func() { close(l.withdrawn) })
	if tcp, ok := l.Listener.(*net.TCPListener); ok {
		_ = tcp.SetDeadline(time.Now()) // not Close: what it has just accepted is answered
		return
	}
	_ = l.Close()
}

func (l *listener) isWithdrawn() bool { return isClosed(l.withdrawn) }

// hasOpened reports whether connections are taken.
func (l *listener) hasOpened() bool { return l.open == nil || isClosed(l.open) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// retire makes Accept return what the backlog still holds and then net.ErrClosed. A socket that is still another process's, or is again, is
// left to that.
func (l *listener) retire() {
	if !l.hasOpened() || l.isWithdrawn() {
		l.withdraw()
		return
	}
	l.retired.Store(true)
	tcp, ok := l.Listener.(*net.TCPListener)
	if !ok {
		_ = l.Close() // Accept reports it
		return
	}
	refuseNew(tcp)
	_ = tcp.SetDeadline(time.Now().Add(retireDelay)) // fails only on a closed listener
}

// Accept hides the timeout that ends a retired listener: http.Server would take it for a passing trouble and try again.
func (l *listener) Accept() (net.Conn, error) {
	if !l.isOpen() {
		return nil, net.ErrClosed
	}
	for {
		conn, err := l.Listener.Accept()
		switch {
		case err != nil && l.isWithdrawn():
			return nil, net.ErrClosed
		case err == nil || !l.retired.Load():
			return conn, err
		}
		tcp, ok := l.Listener.(*net.TCPListener)
		if !ok || backlog(tcp) == 0 || tcp.SetDeadline(time.Now().Add(retireDelay)) != nil {
			return nil, net.ErrClosed
		}
	}
}
