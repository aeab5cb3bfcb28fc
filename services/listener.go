package services

import (
	"net"
	"sync/atomic"
	"time"
)

// retireDelay is how long a retiring listener looks for connections that the
// kernel has already accepted.
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

// Accept hides the timeout that ends a retired listener: http.Server would
// take it for a passing trouble and try again.
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
