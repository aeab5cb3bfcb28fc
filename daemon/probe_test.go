package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"amalfa/lifecycle"
)

// A process may own the port and its record and still not be what we started.
func TestProbeTrustsOnlyItsInstance(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   string // part of the error; "" = trusted
	}{
		"the instance":    {reply(200, `{"status":"ok","instance":"mine","state":"ready"}`), ""},
		"another one":     {reply(200, `{"status":"ok","instance":"other","state":"ready"}`), "another instance"},
		"no instance":     {reply(200, `{"status":"ok"}`), "another instance"},
		"not JSON":        {reply(200, `<html>`), "not as one of our services"},
		"an error":        {reply(500, `{"instance":"mine","state":"ready"}`), "not as one of our services"},
		"a redirect":      {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "not as one of our services"},
		"without an end":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, endless{}) }, "not as one of our services"},
		"without a begin": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/health" {
					t.Errorf("asked for %s", r.URL.Path)
				}
				tt.answer(w, r)
			}))
			defer srv.Close()
			st := Status{State: lifecycle.Starting, PID: os.Getpid(), Address: strings.TrimPrefix(srv.URL, "http://"), Instance: "mine"}
			st.probe(context.Background(), probeDelay, false)
			if tt.want == "" && (!st.Trusted || st.State != lifecycle.Ready) || tt.want != "" && (st.Trusted || st.State != lifecycle.Failed || !strings.Contains(st.Error, tt.want)) {
				t.Errorf("trusted %t, state %s, error %q, want %q", st.Trusted, st.State, st.Error, tt.want)
			}
		})
	}
}

func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// endless is spaces without an end: JSON that never begins.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestProbeNeverLeavesTheMachine(t *testing.T) {
	st := Status{State: lifecycle.Starting, PID: os.Getpid(), Address: "192.0.2.1:80", Instance: "mine"}
	st.probe(context.Background(), probeDelay, false)
	if st.Trusted || st.State != lifecycle.Failed || !strings.Contains(st.Error, "not on loopback") {
		t.Errorf("%+v", st)
	}
}

func TestProbeUsesNoProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	srv := httptest.NewServer(reply(200, `{"instance":"mine","state":"ready"}`))
	defer srv.Close()
	st := Status{PID: os.Getpid(), Address: strings.TrimPrefix(srv.URL, "http://"), Instance: "mine"}
	if st.probe(context.Background(), probeDelay, false); !st.Trusted {
		t.Errorf("%+v", st)
	}
}
