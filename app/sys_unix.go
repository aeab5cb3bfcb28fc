//go:build unix

package app

import "syscall"

var errReadOnly error = syscall.EROFS
