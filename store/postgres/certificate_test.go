package postgres_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/store/postgres"
	"amalfa/testdata/pgserver"
)

// certificate makes a certificate for 127.0.0.1 that signs itself, and its key.
func certificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "db"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	check(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	check(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// A server that presents another certificate than the one that is trusted, or one for another host, is not spoken to.
func TestCertificates(t *testing.T) {
	srv := pgserver.Plain(t) // the one with pgvector was built without TLS
	own, key := certificate(t)
	strange, _ := certificate(t)
	check(t, srv.UseTLS(own, key))
	url := srv.URL(pgserver.Superuser, srv.Password, "postgres")
	trusted, other := filepath.Join(t.TempDir(), "own.pem"), filepath.Join(t.TempDir(), "other.pem")
	check(t, os.WriteFile(trusted, own, 0o600))
	check(t, os.WriteFile(other, strange, 0o600))
	for _, c := range []struct {
		what, url string
		ok        bool
	}{
		{"the trusted one", url + "?sslmode=verify-full&sslrootcert=" + trusted, true},
		{"another one", url + "?sslmode=verify-full&sslrootcert=" + other, false},
		{"one of another name", strings.Replace(url, "127.0.0.1", "localhost", 1) + "?sslmode=verify-full&sslrootcert=" + trusted, false},
		{"any, where only secrecy is asked for", url + "?sslmode=require", true},
	} {
		_, err := postgres.Open(t.Context(), postgres.Options{URL: c.url, Workspace: "team", Machine: "here"})
		want := postgres.ErrUnreachable
		if c.ok {
			want = postgres.ErrNoExtension // which the server has told
		}
		var told *postgres.Error
		if !errors.Is(err, want) || !errors.As(err, &told) || told.Hint() == "" {
			t.Errorf("%s: %v, want %v", c.what, err, want)
		}
	}
}
