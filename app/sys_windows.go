package app

import "syscall"

const nonblock = 0

var errReadOnly error = syscall.Errno(19) // ERROR_WRITE_PROTECT
