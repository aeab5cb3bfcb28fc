package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/services"
)

// at returns the status of a daemon that listens at ln, as it was when it was trusted.
func at(t *testing.T, ln net.Listener) daemon.Status {
	t.Helper()
	svc, ok := registry.Lookup("vector")
	if !ok {
		t.Fatal("no vector service")
	}
	return daemon.Status{Service: svc, PID: 12, Address: ln.Addr().String(), Instance: "i", Trusted: true, State: lifecycle.Ready}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// waits is a request that nobody answers.
func waits(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestARequestToAStoppedDaemonIsGivenUp asks one whose port accepts and never answers, as that of a stopped process does.
func TestARequestToAStoppedDaemonIsGivenUp(t *testing.T) {
	st := at(t, listener(t))
	m := &modelService{svc: st.Service, http: services.LoopbackClient()}
	err := m.ask(t.Context(), st, questionTimeouts(), waits)
	var hung *HungError
	if !errors.As(err, &hung) || hung.PID != 12 || hung.Hint() != `run "amalfa vector restart"` {
		t.Fatalf("got %v", err)
	}
	if m.hung != hung {
		t.Error("the next question is not told at once")
	}
}

// TestARequestWithoutProgressIsGivenUp asks a real server: while its model runs, as long as that takes, and once it does not
// run any more.
func TestARequestWithoutProgressIsGivenUp(t *testing.T) {
	ln := listener(t)
	srv := services.New(services.Info{Service: "vector", Instance: "i"}, services.Options{})
	var runs int64
	enough := make(chan struct{})
	srv.SetDetail("runs", func() any {
		switch runs++; {
		case runs < 5:
			return runs
		case runs == 5:
			close(enough)
		}
		return int64(5)
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, time.Second, ln) }()
	defer func() { stop(); <-ended }()
	st := at(t, ln)
	m := &modelService{svc: st.Service, http: services.LoopbackClient()}
	clocks := timeouts{silent: 5 * time.Second, stalled: time.Millisecond}
	if err := m.ask(t.Context(), st, clocks, func(ctx context.Context) error {
		select {
		case <-enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}); err != nil {
		t.Fatalf("while it runs: %v", err)
	}
	var hung *HungError
	if err := m.ask(t.Context(), st, clocks, waits); !errors.As(err, &hung) || hung.Why != "no progress within 1ms" {
		t.Fatalf("got %v", err)
	}
}

// TestAnAnswerIsNotWatchedAnyLonger gives back what the request gave, and its error where it has its own.
func TestAnAnswerIsNotWatchedAnyLonger(t *testing.T) {
	st := at(t, listener(t))
	m := &modelService{svc: st.Service, http: services.LoopbackClient()}
	for _, want := range []error{nil, io.EOF, http.ErrBodyNotAllowed} {
		if err := m.ask(t.Context(), st, questionTimeouts(), func(context.Context) error { return want }); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	left, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.ask(left, st, questionTimeouts(), waits); !errors.Is(err, context.Canceled) {
		t.Errorf("a question that nobody asks any more: %v", err)
	}
}
