package daemon

import (
	"os"
	"os/signal"
	"syscall"
)

// EndSignals are those that ask a process to end: SIGTERM, SIGINT, and SIGHUP unless this process was started with it ignored,
// as `nohup` does for what shall outlive its terminal. Ask before anything takes SIGHUP.
func EndSignals() []os.Signal {
	ends := []os.Signal{syscall.SIGTERM, os.Interrupt}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP)
	}
	return ends
}
