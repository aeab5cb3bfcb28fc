//go:build unix

package daemon

import "syscall"

// terminate asks a process for a clean stop.
const terminate = syscall.SIGTERM
