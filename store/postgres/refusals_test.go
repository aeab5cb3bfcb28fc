package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// TestRefusals has everything wrong with an address, one thing at a time. What is said is one line, names what was asked once, and has
// neither a password nor a word of the driver's.
func TestRefusals(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	name := database(t, url)
	for _, statement := range []string{"CREATE ROLE %s_no LOGIN PASSWORD 's3cret'", "CREATE ROLE %s_off NOLOGIN PASSWORD 's3cret'", "CREATE DATABASE %s_shut", "REVOKE CONNECT ON DATABASE %s_shut FROM public"} {
		srv.SQL(t, "postgres", fmt.Sprintf(statement, name))
	}
	at := fmt.Sprintf("127.0.0.1:%d", srv.Port)
	as := func(who, more string) string { return fmt.Sprintf("postgres://%s@%s/%s", who, at, more) }
	services := filepath.Join(t.TempDir(), "services")
	check(t, os.WriteFile(services, []byte("[team]\nhost=127.0.0.1\nport=1\nuser=me\npassword=s3cret\n"), 0o600))
	t.Setenv("PGSERVICEFILE", services)
	const wrong = `password authentication failed for user "` // and no word on whether there is such a user
	for _, c := range []struct {
		what, url, says, hint string
		kind                  error
	}{
		{"a wrong password", as(name+":s3cret", name), at + "/" + name + ": the server refuses: " + wrong + name + `"`, "PGPASSFILE", postgres.ErrRefused},
		{"no such role", as("nobody:s3cret", name), at + "/" + name + ": the server refuses: " + wrong + `nobody"`, "PGPASSFILE", postgres.ErrRefused},
		{"a role that may not log in", as(name+"_off:s3cret", name), at + "/" + name + `: the server refuses: role "` + name + `_off" is not permitted to log in`, "user", postgres.ErrRefused},
		{"a database that the role may not enter", as(name+"_no:s3cret", name+"_shut"), at + "/" + name + `_shut: the server refuses: permission denied for database "` + name + `_shut"`, "GRANT CONNECT", postgres.ErrRefused},
		{"no such database", as(name+":"+name, "none"), at + `/none: the server refuses: database "none" does not exist`, "CREATE DATABASE", postgres.ErrRefused},
		{"no database named", as(name+"_no:s3cret", ""), at + "/" + name + `_no: the server refuses: database "` + name + `_no" does not exist`, "CREATE DATABASE", postgres.ErrRefused},
		{"nothing listens", "postgres://me:s3cret@127.0.0.1:1/db", "127.0.0.1:1/db: the database server cannot be reached: connection refused", "the server runs", postgres.ErrUnreachable},
		{"nothing listens at several", "postgres://me:s3cret@127.0.0.1:1,127.0.0.1:2/db", "127.0.0.1:1/db: the database server cannot be reached: 127.0.0.1:1: connection refused; 127.0.0.1:2: connection refused", "the server runs", postgres.ErrUnreachable},
		{"the second refuses", fmt.Sprintf("postgres://me:s3cret@127.0.0.1:1,%s/db", at), "127.0.0.1:1/db: the server refuses: 127.0.0.1:1: connection refused; " + at + ": " + wrong + `me"`, "PGPASSFILE", postgres.ErrRefused},
		{"words in the place of a URL", "host=127.0.0.1 port=1 user=me password=s3cret dbname=db", "127.0.0.1:1/db: the database server cannot be reached: connection refused", "the server runs", postgres.ErrUnreachable},
		{"a service", "service=team", "127.0.0.1:1/me: the database server cannot be reached: connection refused", "the server runs", postgres.ErrUnreachable},
		{"no such service", "service=s3", "the address of the database is not usable: unable to find service: s3", "service", postgres.ErrAddress},
		{"no socket", "postgres://me:s3cret@/db?host=/nowhere", "/nowhere:5432/db: the database server cannot be reached: no server has its socket there", "the server runs", postgres.ErrUnreachable},
		{"no such host", "postgres://me:s3cret@nowhere.invalid/db", "nowhere.invalid:5432/db: the database server cannot be reached: no host is called nowhere.invalid", "the address is right", postgres.ErrUnreachable},
		{"a server without TLS", url + "?sslmode=require", at + "/" + name + ": the database server cannot be reached: it does not speak TLS", "sslmode=disable", postgres.ErrUnreachable},
		{"a server without TLS that is to prove itself", url + "?sslmode=verify-full", at + "/" + name + ": the database server cannot be reached: it does not speak TLS", "ssl = on", postgres.ErrUnreachable},
		{"no replica", url + "?target_session_attrs=standby", at + "/" + name + ": the database server cannot be reached: server is not in hot standby mode", "target_session_attrs", postgres.ErrUnreachable},
		{"an unknown parameter", url + "?colour=red", at + "/" + name + `: the address of the database is not usable: unrecognized configuration parameter "colour"`, "leave out", postgres.ErrAddress},
		{"no port", "postgres://me:s3cret@127.0.0.1:port/db", "the address of the database is not usable: it cannot be read", "postgres://user@host", postgres.ErrAddress},
		{"too large a port", "postgres://me:s3cret@127.0.0.1:99999/db", "the address of the database is not usable: it cannot be read", "postgres://user@host", postgres.ErrAddress},
		{"an unknown mode", "postgres://me:s3cret@127.0.0.1/db?sslmode=s3cret", "the address of the database is not usable: sslmode is invalid", "parameter", postgres.ErrAddress},
		{"no authority", "postgres://me:s3cret@127.0.0.1/db?sslmode=verify-full&sslrootcert=/no.pem", "the address of the database is not usable: unable to read CA file: open /no.pem: no such file or directory", "file", postgres.ErrAddress},
		{"a quote that does not end", "host=127.0.0.1 password='s3cret", "the address of the database is not usable: unterminated quoted string in connection info string", "parameter", postgres.ErrAddress},
		{"a blank in a password", "host=127.0.0.1 password=s3 s3cret dbname=db", "the address of the database is not usable: it cannot be read", "PGPASSFILE", postgres.ErrAddress},
	} {
		err := refusal(t, c.what, c.url, c.kind)
		if got := regexp.MustCompile(`^connect( to)?:? `).ReplaceAllString(err.Error(), ""); got != c.says && !strings.Contains(c.what, "host") {
			t.Errorf("%s:\n%s\n%s wanted", c.what, got, c.says)
		}
		if !strings.Contains(err.Hint(), c.hint) {
			t.Errorf("%s: hint %q without %q", c.what, err.Hint(), c.hint)
		}
	}
}

// refusal opens what cannot be opened.
func refusal(t *testing.T, what, url string, kind error) *postgres.Error {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
	if err == nil {
		s.Close()
		t.Fatalf("%s: opened", what)
	}
	var own *postgres.Error
	if !errors.As(err, &own) || own.Hint() == "" || kind != nil && !errors.Is(err, kind) {
		t.Fatalf("%s: %v, want %v with a hint", what, err, kind)
	}
	if text := err.Error() + own.Hint(); strings.Contains(text, "s3cret") || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "SQLSTATE") || strings.Contains(text, "dial") {
		t.Errorf("%s: %s", what, text)
	}
	return own
}

// Of a password with a character that an address has to have escaped nothing is said, whatever the driver takes its parts for, and
// nothing is asked of a host that is a part of it.
func TestPasswordsThatAreNotEscaped(t *testing.T) {
	for _, c := range "@:/?#%[]&='\"\\`|<> ,\u00e9\u202e\t" {
		for _, more := range "@:/?#%=" {
			for _, form := range []string{"postgres://me:7%[1]cq0x%[2]cq1x@127.0.0.1:1/db", "postgres://me:q2x%[1]cq0x%[2]cq1x@127.0.0.1:1/db?sslmode=disable", "postgresql://me:%[1]cq0x%[2]c@127.0.0.1:1/db", "host=127.0.0.1 port=1 password=q2x%[1]cq0x%[2]cq1x user=me"} {
				url := fmt.Sprintf(form, c, more)
				_, err := postgres.Open(t.Context(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
				var own *postgres.Error
				if !errors.As(err, &own) || own.Hint() == "" {
					t.Errorf("%s: %v", url, err)
					continue
				}
				at, err := postgres.AddressOf(url)
				if text := own.Error() + own.Hint() + fmt.Sprint(at, err); regexp.MustCompile(`q\dx`).MatchString(text) {
					t.Errorf("%s: %s", url, text)
				}
			}
		}
	}
}

// What a server refuses is told in its own words, once, without the driver's.
func TestRefusedStatement(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	s, name := open(t, url), database(t, url)
	put := store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "text")}}
	srv.SQL(t, name, "REVOKE ALL ON ALL TABLES IN SCHEMA amalfa FROM "+name)
	err := s.Apply(t.Context(), put)
	var own *postgres.Error
	if !errors.As(err, &own) || strings.Contains(err.Error(), "SQLSTATE") || strings.Contains(err.Error(), "ERROR") || strings.Count(err.Error(), "permission denied") != 1 {
		t.Errorf("a table that the role may not write: %v", err)
	}
}

// A stopped is a writer that ends a context with what it gets first.
type stopped func()

func (s stopped) Write(p []byte) (int, error) { s(); return len(p), nil }

// Whoever is stopped says so in one line, without what else was cut off by it.
func TestStopped(t *testing.T) {
	s := open(t, pgserver.Shared(t).Database(t))
	var b store.Batch
	for i := range 3000 {
		b.Puts = append(b.Puts, storetest.Note(fmt.Sprintf("note%d.md", i), "A", "text"))
	}
	storetest.Apply(t, s, b)
	ctx, stop := context.WithCancel(t.Context())
	err := s.Export(ctx, stopped(stop))
	if !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), ": "+context.Canceled.Error()) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

// A password that is changed, in the server and in its file, counts for who runs already.
func TestPasswordIsChanged(t *testing.T) {
	srv := pgserver.Shared(t)
	url := srv.Database(t)
	name := database(t, url)
	file := filepath.Join(t.TempDir(), "pgpass")
	t.Setenv("PGPASSFILE", file)
	write := func(password string) { check(t, os.WriteFile(file, []byte("*:*:*:"+name+":"+password+"\n"), 0o600)) }
	write(name)
	s := open(t, strings.Replace(url, ":"+name+"@", "@", 1))
	srv.SQL(t, "postgres", fmt.Sprintf("ALTER ROLE %[1]s PASSWORD 'another'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '%[1]s'", name))
	again := func() (err error) {
		for range 10 { // those of the pool have been ended
			if _, err = s.DataVersion(t.Context()); err == nil || errors.Is(err, postgres.ErrRefused) {
				return err
			}
		}
		return err
	}
	if err := again(); !errors.Is(err, postgres.ErrRefused) {
		t.Errorf("the old password: %v", err)
	}
	write("another")
	check(t, again())
}

// A password file that others can read is not made use of.
func TestPassfile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes")
	}
	url := pgserver.Shared(t).Database(t)
	name := database(t, url)
	without := strings.Replace(url, ":"+name+"@", "@", 1)
	file := filepath.Join(t.TempDir(), "pgpass")
	t.Setenv("PGPASSFILE", file)
	refusal(t, "no file", without, postgres.ErrRefused)
	check(t, os.WriteFile(file, fmt.Appendf(nil, "*:*:*:%[1]s:%[1]s\n", name), 0o600))
	open(t, without)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		check(t, os.Chmod(file, mode))
		if err := refusal(t, mode.String(), without, postgres.ErrAddress); err.Hint() != "chmod 600 "+file {
			t.Errorf("%v: %s", mode, err.Hint())
		}
		open(t, url) // which needs no file
	}
}

// A server that takes a connection and says nothing, or something else than a server of PostgreSQL, or hangs up.
func TestNoServerOfOurs(t *testing.T) {
	const hangsUp = "it closed the connection"
	read := func(c net.Conn) { _, _ = io.ReadAtLeast(c, make([]byte, 1024), 8) }
	reset := func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); c.Close() }
	for what, c := range map[string]struct {
		does func(net.Conn)
		says string
		wait int // seconds
	}{
		"silent":       {func(net.Conn) {}, "no answer in time", 2},
		"hangs up":     {func(c net.Conn) { c.Close() }, hangsUp, 60}, // with what has come unread, or before it has
		"listens":      {func(c net.Conn) { read(c); c.Close() }, hangsUp, 60},
		"resets":       {reset, hangsUp, 60},
		"late reset":   {func(c net.Conn) { read(c); reset(c) }, hangsUp, 60},
		"half a word":  {func(c net.Conn) { read(c); _, _ = c.Write([]byte("R\x00\x00")); c.Close() }, hangsUp, 60},
		"a web server": {func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")); c.Close() }, "", 60},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		t.Cleanup(func() { ln.Close() })
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				t.Cleanup(func() { conn.Close() })
				go c.does(conn)
			}
		}()
		err = refusal(t, what, fmt.Sprintf("postgres://me:s3cret@%s/db?sslmode=disable&connect_timeout=%d", ln.Addr(), c.wait), postgres.ErrUnreachable)
		if !strings.HasSuffix(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
