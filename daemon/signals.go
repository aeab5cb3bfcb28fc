package daemon

import (
	"context"
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

// Signals returns a context that ends at the first of [EndSignals], which asks for a clean stop, and one that ends
// at the second, which asks to skip the drain. A third has its usual effect. Both end when parent does, and when stop is
// called, which gives the signals back.
func Signals(parent context.Context) (ctx, drain context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	drain, abort := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, EndSignals()...)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer signal.Stop(signals)
		for _, end := range []context.CancelFunc{cancel, abort} {
			select {
			case <-signals:
				end()
			case <-drain.Done():
				return
			}
		}
	}()
	return ctx, drain, func() {
		cancel()
		abort()
		<-done
	}
}
