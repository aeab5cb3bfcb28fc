package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain fails the package when a goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var day = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func tokens(t *testing.T) *Tokens {
	t.Helper()
	return NewTokens(filepath.Join(t.TempDir(), "state", "tokens.json"))
}

func create(t *testing.T, all *Tokens, name string, write bool, workspaces ...string) string {
	t.Helper()
	secret, err := all.Create(t.Context(), name, write, workspaces, day)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestTokens(t *testing.T) {
	all := tokens(t)
	ada, bob := create(t, all, "ada", true, "/notes"), create(t, all, "bob", false, All)
	if len(ada) != len(prefix)+43 || ada == bob {
		t.Errorf("%q, %q", ada, bob)
	}
	data, err := os.ReadFile(all.path)
	if err != nil || strings.Contains(string(data), ada) || strings.Contains(string(data), ada[len(prefix):]) {
		t.Errorf("the file holds a token: %v", err)
	}
	if info, err := os.Stat(all.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := all.Create(t.Context(), "ada", false, nil, day); !errors.Is(err, ErrExists) {
		t.Errorf("a second ada: %v", err)
	}
	for _, name := range []string{"", "a b", "a\nb", "ä", "../x", strings.Repeat("a", 101)} {
		if _, err := all.Create(t.Context(), name, false, nil, day); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	other := NewTokens(all.path) // as another process has it
	for _, tt := range []struct {
		secret, workspace string
		ok                bool
	}{
		{ada, "/notes", true}, {ada, "/other", false}, {ada, "/notes/", false}, {ada, All, false}, {ada, "", false}, {bob, "/other", true}, {ada[:len(ada)-1], "/notes", false},
		{ada + "a", "/notes", false}, {"", "/notes", false}, {hashOf(ada), "/notes", false}, {strings.ToUpper(ada), "/notes", false},
	} {
		if _, ok, err := other.find(tt.secret, tt.workspace); ok != tt.ok || err != nil {
			t.Errorf("%q in %s: %t %v", tt.secret, tt.workspace, ok, err)
		}
	}
	if err := all.Revoke(t.Context(), "ada", day); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := other.find(ada, "/notes"); ok {
		t.Error("a revoked token counts for another process")
	}
	if err := all.Revoke(t.Context(), "ada", day); !errors.Is(err, ErrUnknown) {
		t.Errorf("revoked twice: %v", err)
	}
	if create(t, all, "ada", false, "/notes") == ada {
		t.Error("the same token again")
	}
	if list, err := other.List(); err != nil || len(list) != 3 || list[0].Revoked == nil {
		t.Errorf("%+v %v", list, err)
	}
}

// TestBrokenFile lets nobody in.
func TestBrokenFile(t *testing.T) {
	all := tokens(t)
	ada := create(t, all, "ada", true, All)
	if err := os.WriteFile(all.path, []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := all.find(ada, "/notes"); ok || err == nil {
		t.Errorf("%t %v", ok, err)
	}
	if _, err := all.Create(t.Context(), "bob", false, nil, day); err == nil {
		t.Error("a broken file was written over")
	}
}

func TestManyAtOnce(t *testing.T) {
	all := tokens(t)
	var people sync.WaitGroup
	for i := range 20 {
		people.Go(func() {
			if _, err := NewTokens(all.path).Create(t.Context(), fmt.Sprint("p", i), false, nil, day); err != nil {
				t.Error(err)
			}
		})
	}
	people.Wait()
	if list, err := all.List(); err != nil || len(list) != 20 {
		t.Errorf("%d, %v", len(list), err)
	}
}

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
	ada := create(t, all, "ada", true, "/notes")
	bob := create(t, all, "bob", false, All)
	far := create(t, all, "far", true, "/other")
	d := &Door{Token: "the-owners-own-token", Tokens: all, Workspace: "/notes"}
	for _, tt := range []struct {
		name   string
		header map[string]string
		status int
		who    Person
	}{
		{"ada", map[string]string{"Authorization": "Bearer " + ada}, 200, Person{Name: "ada", Write: true}},
		{"bob", map[string]string{"Authorization": "bearer  " + bob}, 200, Person{Name: "bob", All: true}},
		{"the owner", map[string]string{"Authorization": "Bearer the-owners-own-token"}, 200, Person{Write: true, All: true}},
		{"nobody", nil, 401, Person{}},
		{"another workspace", map[string]string{"Authorization": "Bearer " + far}, 401, Person{}},
		{"basic", map[string]string{"Authorization": "Basic " + ada}, 401, Person{}},
		{"no word", map[string]string{"Authorization": ada}, 401, Person{}},
		{"a JWT without an issuer", map[string]string{"Authorization": "Bearer a.b.c"}, 401, Person{}},
		{"a page", map[string]string{"Authorization": "Bearer " + ada, "Origin": "http://evil.example"}, 403, Person{}},
		{"a form", map[string]string{"Authorization": "Bearer " + ada, "Content-Type": "text/plain"}, 415, Person{}},
	} {
		resp, who, body := ask(t, d, "POST", "/mcp", tt.header)
		who.From = ""
		if resp.StatusCode != tt.status || who != tt.who {
			t.Errorf("%s: %s %+v", tt.name, resp.Status, who)
		}
		if strings.Contains(body, ada) || (resp.StatusCode == 401) != (resp.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s: %v %s", tt.name, resp.Header, body)
		}
	}
	if resp, _, _ := ask(t, d, "GET", metadataPath, nil); resp.StatusCode != 401 {
		t.Errorf("metadata without an issuer: %s", resp.Status)
	}
}

func TestLimit(t *testing.T) {
	all := tokens(t)
	ada, bob := create(t, all, "ada", false, All), create(t, all, "bob", false, All)
	d := &Door{Tokens: all, PerMinute: 30}
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
	ada := create(t, all, "ada", false, All)
	d := &Door{Tokens: all}
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

func TestRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "audit.jsonl")
	var writers sync.WaitGroup
	for i := range 20 {
		writers.Go(func() {
			if err := Record(path, Write{Time: day, Who: fmt.Sprint("p", i), Tool: "edit_note", Note: "a\nb.md"}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	data, err := os.ReadFile(path)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if err != nil || len(lines) != 20 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, line := range lines {
		var w Write
		if err := json.Unmarshal([]byte(line), &w); err != nil || w.Note != "a\nb.md" {
			t.Errorf("%s: %v", line, err)
		}
	}
}
