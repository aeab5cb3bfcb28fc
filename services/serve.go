package services

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"amalfa/lifecycle"
)

// Serve answers on ls until ctx ends, then drains and returns nil. While it drains, new work gets 503 with Retry-After and
// kind "stopping" and running work goes on, for drain at most; then its contexts are cancelled and what is not answered yet
// gets that 503 too. No request that was accepted loses its connection without an answer, except a stream that has begun.
// Serve closes ls, and is called once.
//
// Where another process takes over (Options.Leave), it takes no more connections, answers all that comes on those it has, and tells
// each client to use another one. It ends when nothing has come for lifecycle.Linger and all is answered, at the latest after
// lifecycle.Leave, and at once when ctx ends.
func (s *Server) Serve(ctx context.Context, drain time.Duration, ls ...net.Listener) error {
	open := &conns{state: map[net.Conn]connState{}}
	srv := s.httpServer(open)
	ended := make(chan error, len(ls))
	retiring := make([]*listener, len(ls))
	for i, l := range ls {
		retiring[i] = newListener(l, s.o.Open)
		go func() { ended <- srv.Serve(retiring[i]) }()
	}
	running, failure := len(ls), error(nil)
	select {
	case <-ctx.Done():
	case <-s.o.Leave:
		for _, l := range retiring {
			l.withdraw()
		}
		open.waitQuiet(ctx, lifecycle.Leave)
		drain = 0
	case failure = <-ended:
		running--
	}
	reason := lifecycle.EndReason(ctx)
	s.SetState(lifecycle.Stopping, reason)
	if failure == nil {
		s.drain(drain)
	}
	s.Abort()
	for _, l := range retiring {
		l.retire()
	}
	for ; running > 0; running-- {
		<-ended
	}
	open.waitIdle()
	_ = srv.Close() // what it closes has had its time
	s.SetState(lifecycle.Stopped, reason)
	if failure != nil {
		return fmt.Errorf("serve %s: %w", s.info.Service, failure)
	}
	return nil
}

// ServeBeside is Serve with lifecycle.Drain. beside runs along with it, and is
// told to end and waited for when Serve has ended.
func (s *Server) ServeBeside(ctx context.Context, beside func(context.Context), ls ...net.Listener) error {
	besideCtx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { beside(besideCtx) })
	err := s.Serve(ctx, lifecycle.Drain, ls...)
	cancel()
	all.Wait()
	return err
}

// leaves reports whether another process takes the connections.
func (s *Server) leaves() bool {
	select {
	case <-s.o.Leave:
		return true
	default:
		return false
	}
}

// Abort ends the drain now: running work is cancelled and what it leaves unanswered gets 503. The second stop signal calls
// it. Safe to call at any time and more than once.
func (s *Server) Abort() { s.abort.Do(func() { close(s.aborted) }) }

func (s *Server) httpServer(open *conns) *http.Server {
	return &http.Server{
		Handler:                      http.HandlerFunc(s.serve),
		ReadHeaderTimeout:            s.limits.header,
		IdleTimeout:                  s.limits.idle,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true, // it would answer OPTIONS * before the guard
		ConnContext:                  withPeer,
		ConnState:                    open.track,
		ErrorLog:                     zap.NewStdLog(s.log),
	}
}

// drain waits until no work runs, for limit at most, and in any case long
// enough that clients who are sending now get an answer.
func (s *Server) drain(limit time.Duration) {
	timer, linger := time.NewTimer(limit), time.NewTimer(min(limit, s.limits.linger))
	defer timer.Stop()
	defer linger.Stop()
	select {
	case <-s.drained:
		select {
		case <-linger.C:
		case <-s.aborted:
		}
	case <-timer.C:
	case <-s.aborted:
	}
	s.Abort()
	if !lifecycle.Await(s.drained, s.limits.grace+closeDelay) {
		s.log.Warn("Work is left behind", zap.String("service", s.info.Service))
	}
}
