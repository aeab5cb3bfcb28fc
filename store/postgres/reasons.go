package postgres

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
)

// said is what an error says in one line. Of a connection that did not come about it says why in a few words, once for each address: the
// driver tells of every try, of which there are two where TLS is only preferred.
func said(err error) string {
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &connect):
	case hungUp(err):
		return closed
	default:
		return plain(err)
	}
	type reason struct{ at, why string }
	var all []reason
	for _, try := range tries(connect.Unwrap()) {
		r := reason{addressOf(try), why(try)}
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(r reason) bool {
		return r.why == noTLS && slices.ContainsFunc(all, func(o reason) bool { return o.at == r.at && o.why != noTLS })
	})
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = r.why
		if len(all) > 1 && r.at != "" {
			texts[i] = r.at + ": " + r.why
		}
	}
	return strings.Join(texts, "; ")
}

// plain is what an error says without the driver's frame around the server's own words, each once: several statements that were sent at once
// may fail of one cause.
func plain(err error) string {
	text := err.Error()
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		text = strings.ReplaceAll(text, pg.Error(), pg.Message)
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = oneLine(line)
		if !slices.ContainsFunc(lines, func(before string) bool { return strings.HasSuffix(before, line) }) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// tries are the errors that are joined in one.
func tries(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if inner := errors.Unwrap(err); inner != nil {
			if _, ok := inner.(interface{ Unwrap() []error }); ok { // those of names that nobody knows
				return tries(inner)
			}
		}
		return []error{err}
	}
	for _, one := range joined.Unwrap() {
		all = append(all, tries(one)...)
	}
	return all
}

// addressOf is where a try went: what stands before " (" in its text; "" where none came so far.
func addressOf(try error) string {
	at, _, ok := strings.Cut(try.Error(), " (")
	if !ok || strings.ContainsAny(at, " \n") {
		return ""
	}
	return at
}

const (
	noTLS  = "it does not speak TLS"
	closed = "it closed the connection"
)

// hungUp reports that the other side ended the connection. Which of these comes of it is chance: a system resets a connection that is
// closed before all that had come was read.
func hungUp(err error) bool {
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE}, func(end error) bool { return errors.Is(err, end) })
}

// why is the cause of an error, without the names of the driver's parts.
func why(err error) string {
	var pg *pgconn.PgError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var number syscall.Errno
	switch innermost := innermost(err); {
	case errors.As(err, &pg):
		return oneLine(pg.Message)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no host is called " + oneLine(dns.Name)
	case errors.As(err, &cert):
		return "its certificate is not trusted: " + oneLine(strings.TrimPrefix(cert.Err.Error(), "x509: "))
	case pgconn.Timeout(err):
		return "no answer in time"
	case errors.Is(err, syscall.ENOENT):
		return "no server has its socket there"
	case hungUp(err):
		return closed
	case errors.As(err, &number):
		return number.Error()
	case innermost.Error() == "server refused TLS connection":
		return noTLS
	default:
		return oneLine(innermost.Error())
	}
}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// connectHint is what to do about a connection that did not come about.
func connectHint(err error) string {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	text := said(err)
	switch {
	case errors.As(err, &cert):
		return "name the authority that signed it by sslrootcert=FILE, and the host as the certificate has it; if it should be another certificate, ask who keeps the server before you go on"
	case text == noTLS, errors.As(err, &record):
		return "the address asks for TLS by sslmode: have it turned on there (ssl = on), or write sslmode=disable where nobody else can read along"
	case errors.Is(err, pgconn.ErrPrimaryConnection), errors.Is(err, pgconn.ErrStandbyConnection), errors.Is(err, pgconn.ErrReadOnlyConnection), errors.Is(err, pgconn.ErrReadWriteConnection):
		return "no host of the address is what its target_session_attrs asks for"
	}
	return hintUnreachable
}

// oneLine keeps what a server says from breaking a line, or from steering a terminal.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || unicode.IsControl(r) }), " ")
}
