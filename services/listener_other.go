//go:build !linux

package services

import "net"

// refuseNew has no counterpart here: connections that arrive during the last
// milliseconds are reset.
func refuseNew(*net.TCPListener) {}

// backlog is not known here.
func backlog(*net.TCPListener) int { return 0 }
