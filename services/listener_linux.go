package services

import (
	"net"

	"golang.org/x/sys/unix"
)

// refuseNew drops what arrives at the listening socket from now on, so that
// its backlog only shrinks. A client that connects meanwhile sends its SYN
// again in a second and finds the port closed, or the next instance. Where the
// filter is refused, the backlog may still grow until Close, as everywhere else.
func refuseNew(l *net.TCPListener) {
	raw, err := l.SyscallConn()
	if err != nil {
		return
	}
	drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop})
	})
}
