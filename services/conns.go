package services

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
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
	state map[net.Conn]http.ConnState
}

// track is the server's ConnState hook.
func (c *conns) track(conn net.Conn, st http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch st {
	case http.StateClosed, http.StateHijacked:
		delete(c.state, conn)
	default:
		c.state[conn] = st
	}
}

// count returns how many connections are in state st.
func (c *conns) count(st http.ConnState) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, s := range c.state {
		if s == st {
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

// retireDelay is how long a retiring listener looks for connections that the kernel has already accepted.
const retireDelay = 20 * time.Millisecond

// listener closes without resetting the connections in its backlog, which a
// plain Close does: their clients have sent a request and deserve an answer.
type listener struct {
	net.Listener
	retired atomic.Bool
}

// retire makes Accept return what the backlog still holds and then net.ErrClosed.
func (l *listener) retire() {
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
	for {
		conn, err := l.Listener.Accept()
		if err == nil || !l.retired.Load() {
			return conn, err
		}
		tcp, ok := l.Listener.(*net.TCPListener)
		if !ok || backlog(tcp) == 0 || tcp.SetDeadline(time.Now().Add(retireDelay)) != nil {
			return nil, net.ErrClosed
		}
	}
}
