package services

import (
	"math"
	"net"

	"golang.org/x/sys/unix"
)

// refuseNew binds the listening socket to an interface that does not exist:
// the kernel then finds no listener for a new connection and refuses it, while
// those in the backlog stay. It needs no privilege (Linux 5.7). Where it
// fails, connections of the last milliseconds are reset, as everywhere else.
func refuseNew(l *net.TCPListener) {
	raw, err := l.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, math.MaxInt32)
	})
}

// backlog returns how many connections wait to be accepted, 0 if that is not known.
func backlog(l *net.TCPListener) int {
	raw, err := l.SyscallConn()
	if err != nil {
		return 0
	}
	waiting := 0
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			waiting = int(info.Unacked) // what this field means for a listening socket
		}
	})
	return waiting
}
