package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/store/people"

	"github.com/go-jose/go-jose/v4"
)

// A fakeIssuer has keys and signs what it is told.
type fakeIssuer struct {
	*httptest.Server
	keys  atomic.Pointer[jose.JSONWebKeySet]
	asked atomic.Int32                                 // for its keys
	meta  func(w http.ResponseWriter, r *http.Request) // in the place of its metadata; nil for these
	jwks  func(w http.ResponseWriter, r *http.Request) // the same for its keys
}

func issuerAt(t *testing.T, public ...jose.JSONWebKey) *fakeIssuer {
	t.Helper()
	f := &fakeIssuer{}
	f.keys.Store(&jose.JSONWebKeySet{Keys: public})
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		if f.meta != nil {
			f.meta(w, r)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"issuer": f.URL, "jwks_uri": f.URL + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		f.asked.Add(1)
		if f.jwks != nil {
			f.jwks(w, r)
			return
		}
		json.NewEncoder(w).Encode(f.keys.Load())
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		f.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return f
}

const resource = "https://notes.example/mcp"

func sign(t *testing.T, key jose.SigningKey, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	data, _ := json.Marshal(claims)
	jws, err := signer.Sign(data)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newKey(t *testing.T, id string) (public jose.JSONWebKey, private jose.SigningKey) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: &k.PublicKey, KeyID: id, Algorithm: "ES256", Use: "sig"}, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k, KeyID: id}}
}

func TestIssuer(t *testing.T) {
	public, private := newKey(t, "one")
	_, stranger := newKey(t, "one")
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := issuerAt(t, public, jose.JSONWebKey{Key: &rsaKey.PublicKey, KeyID: "two", Algorithm: "RS256", Use: "sig"})
	d := &Door{Issuer: NewIssuer(f.URL+"/", resource), Resource: resource, Workspaces: []string{"/notes"}}
	good := func(change ...any) map[string]any {
		c := map[string]any{"iss": f.URL, "aud": resource, "sub": "ada", "exp": time.Now().Add(time.Hour).Unix(), "scope": "openid amalfa:read"}
		for i := 0; i < len(change); i += 2 {
			if c[change[i].(string)] = change[i+1]; change[i+1] == nil {
				delete(c, change[i].(string))
			}
		}
		return c
	}
	secret := jose.SigningKey{Algorithm: jose.HS256, Key: []byte("0123456789abcdef0123456789abcdef")}
	for _, tt := range []struct {
		name, token string
		status      int
		write       bool
	}{
		{"good", sign(t, private, good()), 200, false},
		{"another key of the issuer's", sign(t, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: rsaKey, KeyID: "two"}}, good()), 200, false},
		{"writes", sign(t, private, good("scope", "amalfa:write")), 200, true},
		{"a list of scopes", sign(t, private, good("scope", nil, "scp", []string{"amalfa:read"})), 200, false},
		{"several audiences", sign(t, private, good("aud", []string{"https://other.example", resource})), 200, false},
		{"no scope", sign(t, private, good("scope", "openid")), 403, false},
		{"for another service", sign(t, private, good("aud", "https://other.example/mcp")), 401, false},
		{"for nobody", sign(t, private, good("aud", nil)), 401, false},
		{"of another issuer", sign(t, private, good("iss", "https://evil.example")), 401, false},
		{"expired", sign(t, private, good("exp", time.Now().Add(-time.Hour).Unix())), 401, false},
		{"for ever", sign(t, private, good("exp", nil)), 401, false},
		{"not yet", sign(t, private, good("nbf", time.Now().Add(time.Hour).Unix())), 401, false},
		{"of nobody", sign(t, private, good("sub", nil)), 401, false},
		{"a stranger's key", sign(t, stranger, good()), 401, false},
		{"a shared secret", sign(t, secret, good()), 401, false},
		{"none", "eyJhbGciOiJub25lIn0." + strings.Split(sign(t, private, good()), ".")[1] + ".", 401, false},
		{"garbage", "a.b.c", 401, false},
		{"huge", strings.Repeat("a", 8000) + ".b.c", 401, false},
	} {
		resp, who, body := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + tt.token})
		if resp.StatusCode != tt.status || who.Write != tt.write || (who.Name != "") != (tt.status == 200) {
			t.Errorf("%s: %s %+v %s", tt.name, resp.Status, who, body)
		}
		if challenge := resp.Header.Get("WWW-Authenticate"); tt.status != 200 && !strings.Contains(challenge, `resource_metadata="https://notes.example/.well-known/oauth-protected-resource/mcp"`) {
			t.Errorf("%s: %s", tt.name, challenge)
		}
	}
	if n := f.asked.Load(); n > 2 {
		t.Errorf("the issuer was asked for its keys %d times", n)
	}
}

func TestMetadata(t *testing.T) {
	d := &Door{Issuer: NewIssuer("https://login.example", resource), Resource: resource}
	for _, path := range []string{metadataPath, metadataPath + "/mcp"} {
		resp, _, body := ask(t, d, "GET", path, map[string]string{"Origin": "https://page.example"})
		var v struct {
			Resource string
			Servers  []string `json:"authorization_servers"`
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil || resp.StatusCode != 200 || v.Resource != resource || len(v.Servers) != 1 || v.Servers[0] != "https://login.example" {
			t.Errorf("%s: %s %s", path, resp.Status, body)
		}
	}
	if resp, _, _ := ask(t, d, "GET", metadataPath+"/other", nil); resp.StatusCode != 401 {
		t.Errorf("metadata of another resource: %s", resp.Status)
	}
}

// TestNewKeys has the issuer take another key, which it does while it runs.
func TestNewKeys(t *testing.T) {
	old, private := newKey(t, "old")
	fresh, next := newKey(t, "fresh")
	f := issuerAt(t, old)
	d := &Door{Workspaces: []string{"/notes"}, Issuer: newIssuer(f.URL, resource, 0), Resource: resource}
	claims := map[string]any{"iss": f.URL, "aud": resource, "sub": "ada", "exp": time.Now().Add(time.Hour).Unix(), "scope": "amalfa:read"}
	for _, k := range []jose.SigningKey{private, next} {
		if resp, _, body := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + sign(t, k, claims)}); resp.StatusCode != 200 {
			t.Errorf("%s %s", resp.Status, body)
		}
		f.keys.Store(&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{fresh}})
	}
}

// TestMisbehavingIssuer lets nobody in, and holds up nobody who has a token of ours.
func TestMisbehavingIssuer(t *testing.T) {
	public, private := newKey(t, "one")
	says := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
	}
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
				return
			}
		}
	}
	fails := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, set := range map[string]func(*fakeIssuer){
		"metadata: garbage": func(f *fakeIssuer) { f.meta = says("{") },
		"metadata: of another": func(f *fakeIssuer) {
			f.meta = says(`{"issuer":"https://evil.example","jwks_uri":"` + f.URL + `/keys"}`)
		},
		"metadata: no keys": func(f *fakeIssuer) { f.meta = says(fmt.Sprintf(`{"issuer":%q}`, f.URL)) },
		"metadata: keys of a file": func(f *fakeIssuer) {
			f.meta = says(fmt.Sprintf(`{"issuer":%q,"jwks_uri":"file:///etc/passwd"}`, f.URL))
		},
		"metadata: endless": func(f *fakeIssuer) { f.meta = endless },
		"metadata: 500":     func(f *fakeIssuer) { f.meta = fails },
		"metadata: cut":     func(f *fakeIssuer) { f.meta = cut },
		"metadata: redirect": func(f *fakeIssuer) {
			f.meta = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/keys", http.StatusFound) }
		},
		"keys: garbage": func(f *fakeIssuer) { f.jwks = says("{") },
		"keys: none":    func(f *fakeIssuer) { f.jwks = says(`{"keys":[]}`) },
		"keys: endless": func(f *fakeIssuer) { f.jwks = endless },
		"keys: 500":     func(f *fakeIssuer) { f.jwks = fails },
		"keys: cut":     func(f *fakeIssuer) { f.jwks = cut },
	} {
		t.Run(name, func(t *testing.T) {
			f := issuerAt(t, public)
			set(f)
			all := tokens(t)
			d := &Door{Issuer: NewIssuer(f.URL, resource), Resource: resource, Tokens: all, Workspaces: []string{"/notes"}}
			token := sign(t, private, map[string]any{"iss": f.URL, "aud": resource, "sub": "ada", "exp": time.Now().Add(time.Hour).Unix(), "scope": "amalfa:read"})
			want := http.StatusServiceUnavailable
			if strings.HasPrefix(name, "keys") {
				want = http.StatusUnauthorized
			}
			for range 3 {
				resp, who, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + token})
				if resp.StatusCode != want || who.Name != "" {
					t.Errorf("%s %+v", resp.Status, who)
				}
			}
			if n := f.asked.Load(); n > 2 { // the transport asks again by itself where a connection was cut
				t.Errorf("asked for keys %d times", n)
			}
			if resp, _, _ := ask(t, d, "POST", "/mcp", map[string]string{"Authorization": "Bearer " + create(t, all, "bob", reads(people.All))}); resp.StatusCode != 200 {
				t.Errorf("bob: %s", resp.Status)
			}
		})
	}
}
