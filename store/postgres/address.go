package postgres

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
)

const (
	hintForm = `write it as "postgres://user@host:5432/database?sslmode=verify-full", or "service=name"; the password belongs into the file that PGPASSFILE names, where it is written as it is (in an address @ : / ? # and % are %40 %3A %2F %3F %23 and %25)`
	hintPart = "see to the parameter, the file or the service that the address names"
)

// errUnreadable stands for every error that quotes the address: that may be part of a password.
var errUnreadable = errors.New("it cannot be read")

// unusable is an error about an address, with nothing of it.
func unusable(err error) *Error {
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	if strings.ContainsAny(err.Error(), "\"`@%") || strings.Contains(err.Error(), "percent") {
		err = errUnreadable
	}
	e := &Error{Op: "connect", Kind: ErrAddress, Err: err, hint: hintPart}
	if err == errUnreadable {
		e.hint = hintForm
	}
	return e
}

// checkParts refuses an address of whose password the driver takes a part for something else, which messages would show: one with
// a character in it that an address has to have escaped.
func checkParts(address string, c *pgx.ConnConfig) error {
	_, rest, isURL := strings.Cut(address, "://")
	if end := strings.IndexAny(rest, "/?"); isURL && end >= 0 && strings.Contains(rest[end:], "@") {
		return errUnreadable
	}
	hosts := []string{c.Host}
	for _, f := range c.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, host := range hosts {
		host, _, _ = strings.Cut(host, "%") // the zone of an address as fe80::1%eth0
		if !strings.HasPrefix(host, "/") && strings.ContainsAny(host, "@?#/ ") {
			return errUnreadable
		}
	}
	return nil
}

var passwordWord = regexp.MustCompile(`(^|\s)password\s*=`)

// checkPassfile refuses a password out of a file that others can read, which libpq leaves unread.
func checkPassfile(address, password string) error {
	if password == "" || runtime.GOOS == "windows" || os.Getenv("PGPASSWORD") != "" || passwordWord.MatchString(address) {
		return nil
	}
	if u, err := url.Parse(address); err == nil {
		if _, has := u.User.Password(); has || u.Query().Has("password") {
			return nil
		}
	}
	path := os.Getenv("PGPASSFILE")
	if me, err := user.Current(); path == "" && err == nil {
		path = filepath.Join(me.HomeDir, ".pgpass")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return nil // it is not there: the password is a service file's
	}
	return &Error{Op: "connect", Kind: ErrAddress, Err: fmt.Errorf("others can read %s, which has the password", path), hint: "chmod 600 " + path}
}
