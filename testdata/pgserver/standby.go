package pgserver

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"amalfa/testdata/assets"
)

// Own starts a server with pgvector for one test, which may kill it, and removes it when the test ends.
func Own(t testing.TB) *Server {
	t.Helper()
	installed, err := fromPython(t)
	if err != nil {
		assets.Missing(t, "PostgreSQL with pgvector", err)
	}
	s, err := start(installed, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Restart starts a server that was stopped at the port that it had.
func (s *Server) Restart() error { return s.startAt(s.Port) }

// Standby makes a synchronous replica: from then on a write is accepted when both have it. It is removed when the test ends.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	dir, dog, err := newDir()
	if err != nil {
		t.Fatal(err)
	}
	r := &Server{Dir: dir, bin: s.bin, Password: s.Password, watchdog: dog}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	if err := giveAway(dir); err != nil {
		t.Fatal(err)
	}
	name := "standby" + rand.Text()[:8]
	from := s.URL(Superuser, s.Password, "postgres") + "?application_name=" + name
	if _, err := r.program("pg_basebackup", "-D", r.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", from); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	s.SQL(t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
	s.SQL(t, "postgres", "SELECT pg_reload_conf()")
	return r
}

// Promote makes a replica the server that is written to.
func (s *Server) Promote() error {
	_, err := s.program("pg_ctl", "promote", "-w", "-t", "60", "-D", s.data())
	return err
}

// PID is the process id of the server.
func (s *Server) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	for i, c := range text {
		if c == '\n' {
			return strconv.Atoi(string(text[:i]))
		}
	}
	return 0, errors.New("postmaster.pid has no line")
}

// UseTLS starts the server anew with a certificate and its key, both PEM, at the port that it had.
func (s *Server) UseTLS(cert, key []byte) error {
	if err := s.Stop("fast"); err != nil {
		return err
	}
	certFile, keyFile := filepath.Join(s.data(), "server.crt"), filepath.Join(s.data(), "server.key")
	conf, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString("\nssl = on\n")
	err = errors.Join(err, conf.Close(), os.WriteFile(certFile, cert, 0o600), os.WriteFile(keyFile, key, 0o600), giveAway(s.data()))
	if err != nil {
		return err
	}
	return s.Restart()
}
