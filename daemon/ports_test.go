package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"amalfa/registry"
)

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func listen(t *testing.T, o ListenOptions) []net.Listener {
	t.Helper()
	ls, err := Listen(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, l := range ls {
			_ = l.Close()
		}
	})
	return ls
}

func TestListenOnBothLoopbacks(t *testing.T) {
	hosts := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		_ = l.Close()
		hosts = append(hosts, "::1")
	}
	for range 5 {
		ls := listen(t, ListenOptions{})
		if len(ls) != len(hosts) {
			t.Fatalf("%d listeners, want %d", len(ls), len(hosts))
		}
		for i, l := range ls {
			if want := net.JoinHostPort(hosts[i], fmt.Sprint(port(ls[0]))); l.Addr().String() != want {
				t.Errorf("listens on %s, want %s", l.Addr(), want)
			}
		}
	}
}

func TestTakenPort(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]", "0.0.0.0"} {
		t.Run(host, func(t *testing.T) {
			stranger, err := net.Listen("tcp", host+":0")
			if err != nil {
				t.Skip(err)
			}
			defer stranger.Close()
			_, err = Listen(context.Background(), ListenOptions{Port: port(stranger)})
			var taken *PortTakenError
			if !errors.As(err, &taken) || taken.Port != port(stranger) || taken.PID != os.Getpid() || !strings.Contains(taken.Command, os.Args[0]) {
				t.Errorf("%v (%+v)", err, taken)
			}
			ls := listen(t, ListenOptions{Port: port(stranger), Shift: true})
			if got := port(ls[0]); got <= port(stranger) || got > port(stranger)+shiftTries {
				t.Errorf("shifted from %d to %d", port(stranger), got)
			}
		})
	}
}

func TestShiftSkipsTheDefaultsOfOthers(t *testing.T) {
	for _, s := range registry.Services() {
		if s.Port != 0 && !isDefault(s.Port) {
			t.Errorf("%d is %s's", s.Port, s.Name)
		}
	}
	if isDefault(3999) {
		t.Error("3999 is nobody's")
	}
}

func TestPortThatIsBeingFreed(t *testing.T) {
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = stranger.Close() })
	listen(t, ListenOptions{Port: port(stranger)})
}

func TestListenHeedsItsContext(t *testing.T) {
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Listen(ctx, ListenOptions{Port: port(stranger)}); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen() = %v", err)
	}
}

func TestHolderOfAFreePort(t *testing.T) {
	ls := listen(t, ListenOptions{})
	free := port(ls[0])
	for _, l := range ls {
		_ = l.Close()
	}
	if pid, command, ok := Holder(free); ok {
		t.Errorf("Holder() = %d %q for a free port", pid, command)
	}
}

func TestLoopbackPort(t *testing.T) {
	for address, want := range map[string]int{
		"127.0.0.1:3010": 3010, "[::1]:1": 1, "127.9.9.9:65535": 65535,
		"": 0, "127.0.0.1": 0, "0.0.0.0:1": 0, "[::]:1": 0, "localhost:1": 0, "8.8.8.8:53": 0, "evil.example:80": 0, "127.0.0.1:0": 0, "127.0.0.1:65536": 0,
		"[::ffff:8.8.8.8]:1": 0, "169.254.169.254:80": 0,
	} {
		if got, err := loopbackPort(address); got != want || (err == nil) != (want != 0) {
			t.Errorf("loopbackPort(%q) = %d, %v, want %d", address, got, err, want)
		}
	}
}
