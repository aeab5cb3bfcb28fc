package access

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/oidc"

	rp "github.com/coreos/go-oidc/v3/oidc"
)

// TestRealIssuer holds a door against the tokens of a real issuer.
func TestRealIssuer(t *testing.T) {
	f := oidc.Start(t)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	status := func(resource, token string) (int, Person, string) {
		t.Helper()
		i := newIssuer(f.URL, resource, 0)
		resp, who, _ := ask(t, &Door{Issuer: i, Resource: resource}, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + token})
		return resp.StatusCode, who, resp.Header.Get("WWW-Authenticate")
	}
	for _, tt := range []struct {
		name, resource, scope string // what the token is for
		at                    string // the service that it is shown to; "" for the same
		status                int
		write                 bool
	}{
		{"reads", resource, "amalfa:read", "", 200, false},
		{"writes", resource, "amalfa:read amalfa:write", "", 200, true},
		{"ECDSA", resource + "/ES256", "amalfa:read", "", 200, false},
		{"Ed25519", resource + "/EdDSA", "amalfa:write", "", 200, true},
		{"no scope", resource, "", "", 403, false},
		{"of another service", "https://other.example/mcp", "amalfa:read", resource, 401, false},
		{"of a part of this one", resource + "/part", "amalfa:read", resource, 401, false},
		{"opaque", resource + "/opaque", "amalfa:read", "", 401, false},
	} {
		token := f.Token(t, tt.resource, tt.scope)
		code, who, challenge := status(cmp.Or(tt.at, tt.resource), token)
		if code != tt.status || who.Write != tt.write || code == 200 && who.Name != "machine of "+f.URL {
			t.Errorf("%s: %d %+v", tt.name, code, who)
		}
		want := map[int]string{200: "", 401: `error="invalid_token"`, 403: `error="insufficient_scope"`}[code]
		if !strings.Contains(challenge, want) || code != 200 && !strings.Contains(challenge, "resource_metadata=") {
			t.Errorf("%s: %s", tt.name, challenge)
		}
	}
	brief := resource + "/brief"
	expires := f.Token(t, brief, "amalfa:read")
	until(t, func() bool {
		_, _, err := newIssuer(f.URL, brief, 0).verify(t.Context(), expires)
		return errors.As(err, new(*rp.TokenExpiredError))
	})
	if code, _, _ := status(brief, expires); code != 401 {
		t.Errorf("expired: %d", code)
	}
}

// TestRealIssuerChanges has an issuer take other keys, go away and come back, under a door that stays.
func TestRealIssuerChanges(t *testing.T) {
	f := oidc.Start(t)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	d := &Door{Issuer: newIssuer(f.URL, resource, 0), Resource: resource}
	code := func(d *Door, token string) int {
		resp, _, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + token})
		return resp.StatusCode
	}
	before := f.Token(t, resource, "amalfa:read")
	if got := code(d, before); got != 200 {
		t.Fatalf("before: %d", got)
	}
	f.Do(t, "keys")
	after := f.Token(t, resource, "amalfa:read")
	if got := code(d, after); got != 200 {
		t.Errorf("a token of new keys: %d", got)
	}
	if got := code(d, before); got != 401 {
		t.Errorf("a token of keys that are withdrawn: %d", got)
	}
	f.Do(t, "down")
	if got := code(d, after); got != 200 {
		t.Errorf("known keys, and the issuer away: %d", got)
	}
	fresh := &Door{Issuer: newIssuer(f.URL, resource, 0), Resource: resource}
	if got := code(fresh, after); got != 503 {
		t.Errorf("no keys, and the issuer away: %d", got)
	}
	f.Do(t, "up")
	fresh.Issuer.failed = nil // what ten seconds do
	if got := code(fresh, after); got != 200 {
		t.Errorf("back: %d", got)
	}
}

// until waits as long as a busy machine may need.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within a minute")
		}
	}
}
