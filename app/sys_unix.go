//go:build unix

package app

import "syscall"

// nonblock keeps a pipe that took a note's place from hanging us.
const nonblock = syscall.O_NONBLOCK

var errReadOnly error = syscall.EROFS
