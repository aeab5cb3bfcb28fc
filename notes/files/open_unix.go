//go:build unix

package files

import "syscall"

// nonblock keeps the open of a pipe without a writer from waiting for one.
const nonblock = syscall.O_NONBLOCK
