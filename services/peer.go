package services

import (
	"context"
	"net"
	"sync"
)

type peerKey struct{}

// withPeer gives each connection the question who is at its other end, which
// is asked at most once and only where SameUser wants to know.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	ours := sync.OnceValue(func() bool {
		client, ok1 := conn.RemoteAddr().(*net.TCPAddr)
		server, ok2 := conn.LocalAddr().(*net.TCPAddr)
		return ok1 && ok2 && isOwnSocket(client.AddrPort(), server.AddrPort())
	})
	return context.WithValue(ctx, peerKey{}, ours)
}

func peerIsOurs(ctx context.Context) bool {
	ours, ok := ctx.Value(peerKey{}).(func() bool)
	return ok && ours()
}
