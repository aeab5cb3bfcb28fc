package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"amalfa/store/postgres"
)

// silent is a server that takes connections and never says a word. It tells of each.
func silent(t *testing.T) (url string, taken <-chan net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	conns := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	return fmt.Sprintf("postgres://me@%s/team?sslmode=disable&connect_timeout=3600", ln.Addr()), conns
}

// While one server says nothing, another one is asked, and whoever gives up on the first need not wait for it.
func TestReaderOfASilentServer(t *testing.T) {
	const patience = 2 * time.Minute
	url, taken := silent(t)
	waiting := make(chan error, 2)
	ctx, giveUp := context.WithCancel(t.Context())
	for range cap(waiting) {
		go func() {
			_, err := openReader(ctx, postgres.Options{URL: url, Workspace: "a"})
			waiting <- err
		}()
	}
	hold := <-taken
	defer hold.Close()
	other := make(chan error, 1)
	go func() {
		_, err := openReader(t.Context(), postgres.Options{URL: "postgres://me@127.0.0.1:1/team", Workspace: "a"})
		other <- err
	}()
	select {
	case err := <-other:
		if !errors.Is(err, postgres.ErrUnreachable) {
			t.Errorf("a server that is not there: %v", err)
		}
	case err := <-waiting:
		t.Fatalf("the silent server: %v", err)
	case <-time.After(patience):
		t.Fatal("a silent server holds up who asks another one")
	}
	giveUp()
	for range cap(waiting) {
		select {
		case err := <-waiting:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up: %v", err)
			}
		case <-time.After(patience):
			t.Fatal("who gave up waits")
		}
	}
	if n := len(taken); n != 0 {
		t.Errorf("two who ask the same server opened it %d times", n+1)
	}
}
