package pgserver

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
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

// Disk mounts a small disk of the server's own in its folder, as large as size says ("24m"). Where nobody lets us mount, the test is left out.
func (s *Server) Disk(t testing.TB, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount a small disk")
	}
	dir := filepath.Join(s.Dir, "disk-"+size) // the watchdog takes it away
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size+",mode=700", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("cannot mount here: %v: %s", err, out)
	}
	if err := giveAway(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// MoveWAL moves the write-ahead log of a server onto another disk and starts it anew at the port that it had.
func (s *Server) MoveWAL(disk string) error {
	if err := s.Stop("fast"); err != nil {
		return err
	}
	from, to := filepath.Join(s.data(), "pg_wal"), filepath.Join(disk, "pg_wal")
	if err := errors.Join(os.CopyFS(to, os.DirFS(from)), os.RemoveAll(from), os.Symlink(to, from), giveAway(to), giveAway(s.data())); err != nil {
		return err
	}
	if err := os.Chmod(to, 0o700); err != nil {
		return err
	}
	return s.Restart()
}
