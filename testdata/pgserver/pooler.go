package pgserver

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pool runs PgBouncer until its standard input ends, as it does when the test process dies in whatever way.
const pool = `"$1" pgbouncer.ini & read -r _; kill -KILL $!; wait`

// Pooler starts PgBouncer between the caller and the database of an address, and returns the address that leads through it. Its settings are
// those it comes with, "pool_mode = session" among them, and the lines of more.
func (s *Server) Pooler(t testing.TB, address string, more ...string) string {
	t.Helper()
	program := pgbouncer(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := s.poolerDir(u.User, port, more)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cmd := exec.Command("/bin/sh", "-c", pool, "sh", program)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	asOrdinaryUser(cmd)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	listens := waitFor(u.Host)
	t.Cleanup(func() {
		_ = pipe.Close()
		_ = cmd.Wait() // the shell of a killed child has no other end
		if t.Failed() || !listens {
			t.Log(log.String())
		}
	})
	if !listens {
		t.Fatal("pgbouncer does not listen")
	}
	return u.String()
}

func pgbouncer(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("PgBouncer is missing; .ci/run installs it")
	}
	t.Skip("PgBouncer is not installed (Debian: apt install pgbouncer)")
	return ""
}

// poolerDir is a folder with the settings of PgBouncer, and the one user that it lets in.
func (s *Server) poolerDir(user *url.Userinfo, port int, more []string) (string, error) {
	dir, err := os.MkdirTemp(s.Dir, "pooler-*")
	if err != nil {
		return "", err
	}
	password, _ := user.Password()
	settings := append([]string{"[databases]", fmt.Sprintf("* = host=127.0.0.1 port=%d", s.Port), "[pgbouncer]", "listen_addr = 127.0.0.1",
		fmt.Sprintf("listen_port = %d", port), "unix_socket_dir =", "auth_type = scram-sha-256", "auth_file = users"}, more...)
	return dir, errors.Join(
		os.WriteFile(filepath.Join(dir, "users"), fmt.Appendf(nil, "%q %q\n", user.Username(), password), 0o600),
		os.WriteFile(filepath.Join(dir, "pgbouncer.ini"), []byte(strings.Join(settings, "\n")+"\n"), 0o600),
		giveAway(dir))
}

// waitFor reports whether somebody listens at an address within half a minute.
func waitFor(address string) bool {
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return true
		}
	}
	return false
}
