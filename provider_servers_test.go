package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"time"

	"amalfa/testdata/testllm"

	"github.com/rogpeppe/go-internal/testscript"
)

// ollamaCommand starts a server of Ollama's own API without a model, to which OLLAMA_HOST leads, and puts a program "ollama" on the
// path that can pull one.
func ollamaCommand(ts *testscript.TestScript, neg bool, args []string) {
	srv := httptest.NewServer(&testllm.Ollama{})
	ts.Defer(srv.Close)
	bin := ts.MkAbs(".ollama")
	ts.Check(os.MkdirAll(bin, 0o700))
	program := "#!/bin/sh\n[ \"$1\" = pull ] && curl -sS -d \"{\\\"model\\\":\\\"$2\\\"}\" \"$OLLAMA_HOST/api/pull\"\n"
	ts.Check(os.WriteFile(bin+"/ollama", []byte(program), 0o700)) // #nosec G306 -- a program
	ts.Setenv("PATH", bin+string(os.PathListSeparator)+ts.Getenv("PATH"))
	ts.Setenv("OLLAMA_HOST", srv.URL)
}

// cloudCommand KEY stands in for OpenRouter and for all the way there: HTTPS_PROXY leads to a proxy that leads to a server with a
// certificate for its name, which SSL_CERT_FILE trusts. What the proxy and the server are asked goes to cloud.txt, a line each.
func cloudCommand(ts *testscript.TestScript, neg bool, args []string) {
	log := &lineLog{path: ts.MkAbs("cloud.txt")}
	log.add("")
	server := httptest.NewUnstartedServer(testllm.OpenRouter{Key: args[0], Seen: func(r *http.Request, body []byte) {
		log.add("%s %s %q %s\n", r.Method, r.URL.Path, r.Header.Get("Authorization"), body)
	}})
	certificate, text := selfSigned(ts, "openrouter.ai")
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	ts.Defer(server.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.add("%s %s\n", r.Method, r.Host)
		if r.Method != http.MethodConnect || r.Host != "openrouter.ai:443" {
			http.Error(w, "no way there", http.StatusBadGateway)
			return
		}
		tunnel(w, server.Listener.Addr().String())
	}))
	ts.Defer(proxy.Close)
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), text, 0o600))
	ts.Setenv("SSL_CERT_FILE", ts.MkAbs("ca.pem"))
	ts.Setenv("HTTPS_PROXY", proxy.URL)
	ts.Setenv("HTTP_PROXY", proxy.URL)
}

// tunnel copies both ways until one side ends.
func tunnel(w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n") // who has gone misses it
	go func() { _, _ = io.Copy(there, here); there.Close() }()
	_, _ = io.Copy(here, there)
}

// selfSigned is a certificate for a name, and its text.
func selfSigned(ts *testscript.TestScript, name string) (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ts.Check(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// A lineLog is a file that several write to.
type lineLog struct {
	mu   sync.Mutex
	path string
}

func (l *lineLog) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	fmt.Fprintf(f, format, args...)
	f.Close()
}

// elsewhereCommand URL stands in for another machine: HTTP_PROXY leads to a proxy that sends what is for http://models.example to that
// URL. What it is asked goes to elsewhere.txt, path, key and body, a line each.
func elsewhereCommand(ts *testscript.TestScript, neg bool, args []string) {
	to, err := url.Parse(args[0])
	ts.Check(err)
	log := &lineLog{path: ts.MkAbs("elsewhere.txt")}
	log.add("")
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = to.Host
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Host != "models.example" {
			http.Error(w, "no way there", http.StatusBadGateway)
			return
		}
		log.add("%s %s %q %s\n", r.Method, r.URL.Path, r.Header.Get("Authorization"), body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(w, r)
	}))
	ts.Defer(proxy.Close)
	ts.Setenv("HTTP_PROXY", proxy.URL)
}
