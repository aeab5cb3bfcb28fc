//go:build !linux

package services

import (
	"net"
	"net/netip"
)

// refuseNew has no counterpart here: connections that arrive during the last milliseconds are reset.
func refuseNew(*net.TCPListener) {}

// backlog is not known here.
func backlog(*net.TCPListener) int { return 0 }

// isOwnSocket cannot tell here, so callers need the token.
func isOwnSocket(_, _ netip.AddrPort) (ours, known bool) { return false, false }
