package app

import "syscall"

var errReadOnly error = syscall.Errno(19) // ERROR_WRITE_PROTECT
