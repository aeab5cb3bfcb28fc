//go:build unix

package mcp

import "syscall"

// nonblock keeps an open from waiting for the writer of a named pipe that took a note's name.
const nonblock = syscall.O_NONBLOCK
