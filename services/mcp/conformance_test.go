package mcp

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"amalfa/lifecycle"
	"amalfa/services"
	"amalfa/testdata/assets"
)

const (
	conformance = "@modelcontextprotocol/conformance@0.2.0-alpha.11" // the version that go-sdk v1.8.0 itself is held against
	proxy       = "mcp-proxy@6.7.19"
)

// Why a scenario is left out. The suite was written for a server of fixtures.
const (
	needsFixture = "wants a diagnostic tool or a resource that amalfa has no use for; fixtures_test.go has the common ones"
	notOffered   = "is about something that this server does not offer: sampling, roots, protocol logging and tasks"
	proxyOwn     = "is about what the proxy does itself"
	noSessions   = "wants a session over HTTP, and this server keeps none"
)

// leftOut holds for both revisions and both transports; the suite fails if one of these passes after all.
var leftOut = map[string]string{
	"tools-call-with-logging":                       notOffered,
	"tools-call-sampling":                           notOffered,
	"tools-call-elicitation":                        needsFixture, // TestWrite asks, in both revisions
	"elicitation-sep1034-defaults":                  needsFixture,
	"elicitation-sep1330-enums":                     needsFixture,
	"resources-subscribe":                           needsFixture, // TestHTTPSubscription subscribes
	"resources-unsubscribe":                         needsFixture,
	"server-stateless":                              needsFixture, // 24 of its 28 checks pass; the others want diagnostic tools
	"input-required-result-basic-elicitation":       needsFixture,
	"input-required-result-basic-sampling":          notOffered,
	"input-required-result-basic-list-roots":        notOffered,
	"input-required-result-request-state":           needsFixture,
	"input-required-result-multiple-input-requests": needsFixture,
	"input-required-result-multi-round":             needsFixture,
	"input-required-result-non-tool-request":        needsFixture,
	"input-required-result-result-type":             needsFixture,
	"input-required-result-tampered-state":          needsFixture,
	"input-required-result-capability-check":        needsFixture,
	"input-required-result-missing-input-response":  needsFixture,
	"input-required-result-ignore-extra-params":     needsFixture,
	"json-schema-2020-12":                           needsFixture,
	"http-custom-header-server-validation":          needsFixture,
	"tasks-lifecycle":                               notOffered,
	"tasks-capability-negotiation":                  notOffered,
	"tasks-wire-fields":                             notOffered,
	"tasks-request-state-removal":                   notOffered,
	"tasks-mrtr-input":                              notOffered,
	"tasks-request-headers":                         notOffered,
	"tasks-dispatch-and-envelope":                   notOffered,
	"tasks-required-task-error":                     notOffered,
	"tasks-mrtr-composition":                        notOffered,
}

// TestConformance runs the protocol's own test suite, every scenario that a revision requires.
func TestConformance(t *testing.T) {
	node, modules := assets.NPM(t, conformance, proxy)
	suite := []string{node, filepath.Join(modules, "@modelcontextprotocol", "conformance", "dist", "index.js")}
	t.Run("http", func(t *testing.T) {
		url := serveOwnPage(t)
		t.Run("2025-11-25", func(t *testing.T) {
			runSuite(t, suite, url, "2025-11-25", map[string]string{"server-sse-multiple-streams": noSessions})
		})
		t.Run("2026-07-28", func(t *testing.T) { runSuite(t, suite, url, "2026-07-28", nil) })
	})
	t.Run("stdio", func(t *testing.T) {
		url := serveThroughProxy(t, node, modules)
		t.Run("2025-11-25", func(t *testing.T) {
			runSuite(t, suite, url, "2025-11-25", map[string]string{"dns-rebinding-protection": proxyOwn, "logging-set-level": notOffered})
		})
		t.Run("2026-07-28", func(t *testing.T) {
			runSuite(t, suite, url, "2026-07-28", map[string]string{"dns-rebinding-protection": proxyOwn})
		})
	})
}

// runSuite fails on a scenario that fails, and on one that was left out and passes.
func runSuite(t *testing.T, suite []string, url, revision string, more map[string]string) {
	var baseline strings.Builder
	baseline.WriteString("server:\n")
	for _, scenario := range required(t, suite, revision) {
		why := leftOut[scenario] + more[scenario]
		if why != "" {
			fmt.Fprintf(&baseline, "  - %s # %s\n", scenario, why)
		}
	}
	file := filepath.Join(t.TempDir(), "baseline.yml")
	if err := os.WriteFile(file, []byte(baseline.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	args := append(slices.Clone(suite[1:]), "server", "--url", url, "--requirements", revision, "--expected-failures", file)
	out, err := exec.CommandContext(ctx, suite[0], args...).CombinedOutput()
	_, summary, _ := strings.Cut(string(out), "SUMMARY")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Log(summary)
}

// required lists the scenarios of a revision, so that the baseline names no other.
func required(t *testing.T, suite []string, revision string) []string {
	t.Helper()
	out, err := exec.Command(suite[0], append(slices.Clone(suite[1:]), "list", "--server", "--requirements", revision)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			name, _, _ = strings.Cut(name, " ")
			names = append(names, name)
		}
	}
	if len(names) < 20 {
		t.Fatalf("the suite lists %d scenarios:\n%s", len(names), out)
	}
	return names
}

// serveOwnPage allows its own address as an origin, as a user does in http.origins: the suite asks for that.
func serveOwnPage(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	srv := services.New(services.Info{Service: "mcp"}, services.Options{Origins: []string{"http://" + ln.Addr().String()}})
	s := New(newVault(t).options())
	addFixtures(s)
	srv.Handle("POST "+Path, s.handler())
	srv.SetState(lifecycle.Ready, "")
	go func() { done <- srv.Serve(ctx, 5*time.Second, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return "http://" + ln.Addr().String() + Path
}

// serveThroughProxy puts a program of others between HTTP and our standard input and output.
func serveThroughProxy(t *testing.T, node, modules string) string {
	t.Helper()
	v := newVault(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	cmd := exec.Command(node, filepath.Join(modules, "mcp-proxy", "dist", "bin", "mcp-proxy.mjs"), "--host", "127.0.0.1", "--port", fmt.Sprint(port), "--server", "stream", "--", exe)
	cmd.Env = append(os.Environ(), rootVar+"="+v.root, fixturesVar+"=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it says how it was ended
		if t.Failed() {
			t.Log(said.String())
		}
	})
	url := fmt.Sprintf("http://127.0.0.1:%d/mcp", port)
	eventually(t, func() bool {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
		}
		http.DefaultClient.CloseIdleConnections()
		return err == nil
	})
	return url
}
