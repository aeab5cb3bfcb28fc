package main

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// nobody is a user who is not the one of the tests.
const nobody = 65534

// asNobody returns an address behind which is the service at address, as another user of the machine sees it; "" where the tests may not
// become one.
func asNobody(t *testing.T, address string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return ""
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { ln.Close(); all.Wait() })
	all.Go(func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { relay(client, address) })
		}
	})
	return ln.Addr().String()
}

// relay hands on what comes either way until one of both has had enough.
func relay(client net.Conn, address string) {
	defer client.Close()
	server, err := dialAs(nobody, address)
	if err != nil {
		return
	}
	defer server.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(server, client) // who has gone is seen at the other end
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
	client.Close()
	<-done
}

// dialAs connects as a user: a socket belongs to whom its thread belongs to for files, and this thread ends with its goroutine.
func dialAs(uid int, address string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err = unix.Setfsuid(uid); err != nil {
			return
		}
		if now, _ := unix.SetfsuidRetUid(-1); now != uid {
			err = errors.New("the thread's user did not change")
			return
		}
		conn, err = net.Dial("tcp", address)
	}()
	<-done
	return conn, err
}
