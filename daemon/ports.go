package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
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
	// shiftTries bounds the search for a free port next to a taken one.
	shiftTries = 100
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

// Listen binds 127.0.0.1, and ::1 where the machine has it, on the same port. A port that is taken gives a [PortTakenError]
// within two seconds, unless the options allow the next free one that is no other service's default.
func Listen(ctx context.Context, o ListenOptions) (ls []net.Listener, err error) {
	// Also for port 0, whose choice may be taken on the other address.
	_, waitErr := eventually(ctx, busyDelay, func() (bool, error) {
		ls, err = listenBoth(ctx, o.Port)
		return !errors.Is(err, syscall.EADDRINUSE), nil
	})
	if waitErr != nil {
		return nil, waitErr
	}
	if o.Port == 0 || !errors.Is(err, syscall.EADDRINUSE) {
		return ls, err
	}
	for next := o.Port + 1; o.Shift && next <= min(o.Port+shiftTries, 65535); next++ {
		if isDefault(next) {
			continue
		}
		if ls, err := listenBoth(ctx, next); err == nil {
			return ls, nil
		}
	}
	taken := &PortTakenError{Port: o.Port}
	taken.PID, taken.Command, _ = Holder(o.Port)
	return nil, taken
}

// Free returns a [PortTakenError] where something listens on the port.
func Free(ctx context.Context, port int) error {
	listeners, err := Listen(ctx, ListenOptions{Port: port})
	for _, ln := range listeners {
		_ = ln.Close()
	}
	return err
}

func isDefault(port int) bool {
	return slices.ContainsFunc(registry.Services(), func(s registry.Service) bool { return s.Port == port })
}

// listenBoth binds all addresses or none.
func listenBoth(ctx context.Context, port int) ([]net.Listener, error) {
	v4, err := listenOn(ctx, "127.0.0.1", port)
	if err != nil {
		return nil, err
	}
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

// Holder returns the process that listens on port and its command line, where the system tells this user.
func Holder(port int) (pid int, command string, ok bool) {
	conns, err := psnet.Connections("tcp")
	if err != nil {
		return 0, "", false
	}
	i := slices.IndexFunc(conns, func(c psnet.ConnectionStat) bool {
		return c.Status == "LISTEN" && int(c.Laddr.Port) == port && c.Pid != 0
	})
	if i < 0 {
		return 0, "", false
	}
	p := &process.Process{Pid: conns[i].Pid}
	if command, _ = p.Cmdline(); command == "" { // "" says as much as an error
		command, _ = p.Name()
	}
	return int(p.Pid), command, true
}
