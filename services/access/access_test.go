package access

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"amalfa/store/people"

	"go.uber.org/goleak"
)

// TestMain fails the package when a goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var day = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func tokens(t *testing.T) *people.Folder {
	t.Helper()
	return people.NewFolder(filepath.Join(t.TempDir(), "state"))
}

func create(t *testing.T, all people.Store, name string, rights ...people.Right) string {
	t.Helper()
	secret, hash := people.NewSecret()
	if err := all.Create(t.Context(), people.Token{Name: name, Hash: hash, Rights: rights, Created: day}); err != nil {
		t.Fatal(err)
	}
	return secret
}

func reads(workspace string) people.Right  { return people.Right{Workspace: workspace} }
func writes(workspace string) people.Right { return people.Right{Workspace: workspace, Write: true} }

// ask sends a request through a door, and says what came and who had passed.
func ask(t *testing.T, d *Door, method, path string, header map[string]string) (*http.Response, Person, string) {
	t.Helper()
	var who Person
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	d.Guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { who = Who(r.Context()) })).ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Result().Body)
	return w.Result(), who, string(body)
}

func TestGuard(t *testing.T) {
	all := tokens(t)
	ada := create(t, all, "ada", writes("/notes"))
	bob := create(t, all, "bob", reads(people.All))
	cyd := create(t, all, "cyd", writes("/plans"), reads("/elsewhere"))
	dan := create(t, all, "dan", reads("/notes"), writes("/plans"))
	far := create(t, all, "far", writes("/other"))
	d := &Door{Token: "the-owners-own-token", Tokens: all, Workspaces: []string{"/notes", "/plans"}}
	for _, tt := range []struct {
		name   string
		header map[string]string
		status int
		who    Person
	}{
		{"ada", map[string]string{"Authorization": "Bearer " + ada}, 200, Person{Name: "ada", Write: true, Opens: []bool{true, false}}},
		{"bob", map[string]string{"Authorization": "bearer  " + bob}, 200, Person{Name: "bob", Opens: []bool{true, true}}},
		{"who opens another one", map[string]string{"Authorization": "Bearer " + cyd}, 200, Person{Name: "cyd", Opens: []bool{false, true}}},
		{"who writes another one", map[string]string{"Authorization": "Bearer " + dan}, 200, Person{Name: "dan", Opens: []bool{true, true}}},
		{"the owner", map[string]string{"Authorization": "Bearer the-owners-own-token"}, 200, Person{Write: true, Opens: []bool{true, true}}},
		{"nobody", nil, 401, Person{}},
		{"another workspace", map[string]string{"Authorization": "Bearer " + far}, 401, Person{}},
		{"basic", map[string]string{"Authorization": "Basic " + ada}, 401, Person{}},
		{"no word", map[string]string{"Authorization": ada}, 401, Person{}},
		{"a JWT without an issuer", map[string]string{"Authorization": "Bearer a.b.c"}, 401, Person{}},
		{"a page", map[string]string{"Authorization": "Bearer " + ada, "Origin": "http://evil.example"}, 403, Person{}},
		{"a form", map[string]string{"Authorization": "Bearer " + ada, "Content-Type": "text/plain"}, 415, Person{}},
	} {
		resp, who, body := ask(t, d, "POST", "/mcp", tt.header)
		if resp.StatusCode != tt.status || who.Name != tt.who.Name || !who.same(tt.who) {
			t.Errorf("%s: %s %+v", tt.name, resp.Status, who)
		}
		if strings.Contains(body, ada) || (resp.StatusCode == 401) != (resp.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s: %v %s", tt.name, resp.Header, body)
		}
	}
	if resp, _, _ := ask(t, d, "GET", metadataPath, nil); resp.StatusCode != 401 {
		t.Errorf("metadata without an issuer: %s", resp.Status)
	}
	list, err := all.List(t.Context())
	if err != nil || list[0].Used == nil || list[4].Used != nil {
		t.Errorf("ada asked, and far did not: %+v %v", list, err)
	}
}

// A broken place keeps tokens that cannot be read now.
type broken struct{ away, silent atomic.Bool }

func (b *broken) Find(ctx context.Context, _ string, _ []string, _ time.Time) (people.Token, error) {
	if b.silent.Load() {
		<-ctx.Done()
		return people.Token{}, ctx.Err()
	}
	return people.Token{Name: "ada", Rights: []people.Right{reads(people.All)}}, b.err()
}
func (b *broken) Used(context.Context, string, time.Time) error { return b.err() }
func (b *broken) err() error {
	if b.away.Load() {
		return errors.New("s3cret server")
	}
	return nil
}

// TestTokensAway lets nobody in whose token cannot be checked, says that it is not the token, and says nothing of the reason.
func TestTokensAway(t *testing.T) {
	secret, _ := people.NewSecret()
	kept := &broken{}
	kept.away.Store(true)
	d := &Door{Token: "the-owners-own-token", Tokens: kept, Workspaces: []string{"/notes"}}
	resp, _, body := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + secret})
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || strings.Contains(body, "s3cret") || !strings.Contains(body, `"tokens"`) {
		t.Errorf("%s %v %s", resp.Status, resp.Header, body)
	}
	for header, want := range map[string]int{"Bearer the-owners-own-token": 200, "Bearer amalfa_guess": 401, "": 401} {
		if resp, _, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": header}); resp.StatusCode != want {
			t.Errorf("%q: %s", header, resp.Status)
		}
	}
}

// TestSilentTokens waits no longer than it says for an answer.
func TestSilentTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, from := &broken{}, time.Now()
		kept.silent.Store(true)
		secret, _ := people.NewSecret()
		d := &Door{Tokens: kept, Workspaces: []string{"/notes"}}
		if resp, _, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + secret}); resp.StatusCode != 503 || time.Since(from) != checkTimeout {
			t.Errorf("%s after %s", resp.Status, time.Since(from))
		}
	})
}

// TestStreamWhileTokensAreAway goes on for a while, and not for ever.
func TestStreamWhileTokensAreAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := &broken{}
		d := &Door{Tokens: kept, Workspaces: []string{"/notes"}}
		secret, _ := people.NewSecret()
		began, ended := make(chan struct{}), make(chan time.Time, 1)
		r := httptest.NewRequest("GET", "/mcp", nil)
		r.Header.Set("Authorization", "Bearer "+secret)
		go d.Guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(began)
			<-r.Context().Done()
			ended <- time.Now()
		})).ServeHTTP(httptest.NewRecorder(), r)
		<-began
		time.Sleep(time.Hour)
		kept.away.Store(true)
		time.Sleep(uncheckedFor - 2*revokedWithin)
		kept.away.Store(false)
		time.Sleep(time.Hour)
		kept.away.Store(true)
		from := time.Now()
		if took := (<-ended).Sub(from); took < uncheckedFor-revokedWithin || took > uncheckedFor+2*revokedWithin {
			t.Errorf("it went on for %s", took)
		}
	})
}

// TestLessThanBefore ends a stream whose token may less than when it was opened.
func TestLessThanBefore(t *testing.T) {
	before := Person{Name: "ada", Write: true, Opens: []bool{true, true}}
	for _, now := range []Person{{Opens: []bool{true, true}}, {Write: true, Opens: []bool{true, false}}} {
		if before.same(now) {
			t.Errorf("%+v is as before", now)
		}
	}
}

func TestLimit(t *testing.T) {
	all := tokens(t)
	ada, bob := create(t, all, "ada", reads(people.All)), create(t, all, "bob", reads(people.All))
	d := &Door{Tokens: all, Workspaces: []string{"/notes"}, PerMinute: 30}
	refused := 0
	for range 10 {
		resp, _, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + ada})
		if resp.StatusCode == 429 {
			refused++
			if resp.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if refused < 5 { // three at once, and one each two seconds
		t.Errorf("%d of 10 were refused", refused)
	}
	if resp, _, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + bob}); resp.StatusCode != 200 {
		t.Errorf("another person: %s", resp.Status)
	}
}

// TestRevokedStream ends a request that is under way.
func TestRevokedStream(t *testing.T) {
	all := tokens(t)
	ada := create(t, all, "ada", reads(people.All))
	d := &Door{Tokens: all, Workspaces: []string{"/notes"}}
	began, ended := make(chan struct{}), make(chan error, 1)
	r := httptest.NewRequest("GET", "/mcp", nil)
	r.Header.Set("Authorization", "Bearer "+ada)
	go d.Guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		ended <- context.Cause(r.Context())
	})).ServeHTTP(httptest.NewRecorder(), r)
	<-began
	if err := all.Revoke(t.Context(), "ada", day); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestClient(t *testing.T) {
	d := &Door{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for _, tt := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"}, {"192.0.2.1:1", "203.0.113.9", "192.0.2.1"}, {"10.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		{"10.0.0.1:1", "198.51.100.7, 203.0.113.9", "203.0.113.9"}, {"10.0.0.1:1", "203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"10.0.0.1:1", "10.0.0.3, 10.0.0.2", "10.0.0.3"}, {"10.0.0.1:1", "nonsense", "10.0.0.1"}, {"[::1]:1", "2001:db8::1", "2001:db8::1"}, {"[::ffff:10.0.0.1]:1", "203.0.113.9", "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := d.client(r); got != tt.want {
			t.Errorf("%s, %q: %s, not %s", tt.remote, tt.forwarded, got, tt.want)
		}
	}
}
