package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	psnet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"

	"amalfa/registry"
)

const (
	// busyDelay is how long a port may still be taken by a process that was
	// just killed: its lock is freed a moment before its sockets.
	busyDelay = 500 * time.Millisecond
	// shiftTries bounds the search for a free port next to a taken one, and
	// anyPortTries that for one that is free on both loopback addresses.
	shiftTries   = 100
	anyPortTries = 20
)

// ListenOptions says which port a service wants.
type ListenOptions struct {
	Port  int  // 0 = any free one
	Shift bool // the next free one will do
}

// PortTakenError reports that another process listens on the port. PID is 0
// and Command empty where the system does not say who it is.
type PortTakenError struct {
	Port    int
	PID     int
	Command string
}

func (e *PortTakenError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("port %d is held by another program", e.Port)
	}
	return fmt.Sprintf("port %d is held by pid %d (%s)", e.Port, e.PID, e.Command)
}

// Listen binds 127.0.0.1, and ::1 where the machine has it, on the same port.
// A port that is taken gives a [PortTakenError] within two seconds, unless the
// options allow the next free one that is no other service's default.
func Listen(ctx context.Context, o ListenOptions) ([]net.Listener, error) {
	if o.Port == 0 {
		return listenAny(ctx)
	}
	ls, err := listenSoon(ctx, o.Port)
	if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
		return ls, err
	}
	if o.Shift {
		if ls := listenNext(ctx, o.Port); ls != nil {
			return ls, nil
		}
	}
	taken := &PortTakenError{Port: o.Port}
	taken.PID, taken.Command, _ = Holder(o.Port)
	return nil, taken
}

func listenAny(ctx context.Context) ([]net.Listener, error) {
	for try := 1; ; try++ {
		v4, err := listenOn(ctx, "127.0.0.1", 0)
		if err != nil {
			return nil, err
		}
		ls, err := addIPv6(ctx, v4)
		if err == nil || try == anyPortTries || !errors.Is(err, syscall.EADDRINUSE) {
			return ls, err
		}
	}
}

// listenSoon gives a port that is just being freed a moment.
func listenSoon(ctx context.Context, port int) (ls []net.Listener, err error) {
	_, waitErr := eventually(ctx, busyDelay, func() (bool, error) {
		ls, err = listenBoth(ctx, port)
		return !errors.Is(err, syscall.EADDRINUSE), nil
	})
	if waitErr != nil {
		return nil, waitErr
	}
	return ls, err
}

func listenNext(ctx context.Context, port int) []net.Listener {
	for next := port + 1; next <= min(port+shiftTries, 65535); next++ {
		if isDefault(next) {
			continue
		}
		if ls, err := listenBoth(ctx, next); err == nil {
			return ls
		}
	}
	return nil
}

func isDefault(port int) bool {
	for _, s := range registry.Services() {
		if s.Port == port {
			return true
		}
	}
	return false
}

func listenBoth(ctx context.Context, port int) ([]net.Listener, error) {
	v4, err := listenOn(ctx, "127.0.0.1", port)
	if err != nil {
		return nil, err
	}
	return addIPv6(ctx, v4)
}

// addIPv6 binds the port of v4 on ::1 too, and closes v4 if that is taken.
func addIPv6(ctx context.Context, v4 net.Listener) ([]net.Listener, error) {
	v6, err := listenOn(ctx, "::1", v4.Addr().(*net.TCPAddr).Port)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, errors.Join(err, v4.Close())
	}
	if err != nil {
		return []net.Listener{v4}, nil // no IPv6 here
	}
	return []net.Listener{v4, v6}, nil
}

func listenOn(ctx context.Context, host string, port int) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return l, nil
}

// Holder returns the process that listens on port and its command line, where
// the system tells this user.
func Holder(port int) (pid int, command string, ok bool) {
	conns, err := psnet.Connections("tcp")
	if err != nil {
		return 0, "", false
	}
	for _, c := range conns {
		if c.Status != "LISTEN" || int(c.Laddr.Port) != port || c.Pid == 0 {
			continue
		}
		return int(c.Pid), commandOf(c.Pid), true
	}
	return 0, "", false
}

func commandOf(pid int32) string {
	p, err := process.NewProcess(pid)
	if err != nil {
		return ""
	}
	if line, err := p.Cmdline(); err == nil && line != "" {
		return line
	}
	name, _ := p.Name() // "" says as much as an error
	return name
}
