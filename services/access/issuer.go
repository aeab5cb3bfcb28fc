package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Scopes that an issuer's token must have one of.
const (
	ReadScope  = "amalfa:read"
	WriteScope = "amalfa:write"
)

// An Issuer is an OAuth 2.1 authorization server whose tokens count. Safe for concurrent use.
type Issuer struct {
	url, audience string
	client        *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier // nil until its keys are known
	tried    time.Time
	failed   error
}

// errIssuer reports that the issuer cannot be asked now.
var errIssuer = errors.New("the issuer of tokens cannot be asked")

const (
	issuerTimeout = 5 * time.Second
	issuerBytes   = 1 << 20
	// issuerRest is the least time between two looks at an issuer's keys: a token with a made-up key id asks for one.
	issuerRest = 10 * time.Second
)

// NewIssuer asks nobody yet. Tokens must be for the audience, which is the address that clients know the service by.
func NewIssuer(url, audience string) *Issuer {
	return newIssuer(url, audience, issuerRest)
}

func newIssuer(url, audience string, rest time.Duration) *Issuer {
	return &Issuer{url: strings.TrimRight(url, "/"), audience: audience, client: &http.Client{
		Timeout:       issuerTimeout,
		Transport:     &seldom{next: http.DefaultTransport, rest: rest, last: map[string]time.Time{}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A seldom transport bounds answers, and asks for one address once in a while only.
type seldom struct {
	next http.RoundTripper
	rest time.Duration

	mu   sync.Mutex
	last map[string]time.Time
}

// RoundTrip implements http.RoundTripper.
func (s *seldom) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	at := s.last[r.URL.String()]
	if !at.IsZero() && time.Since(at) < s.rest {
		s.mu.Unlock()
		return nil, errors.New("asked a moment ago")
	}
	s.last[r.URL.String()] = time.Now()
	s.mu.Unlock()
	resp, err := s.next.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, issuerBytes)
	}
	return resp, err
}

// algorithms are the asymmetric ones of RFC 7518 and 8037; "none" and secrets that both sides share are not among them.
func algorithms() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
}

// A claims list has the scopes of a token, in the forms of issuers.
type claims struct {
	Scope string          `json:"scope"`
	SCP   json.RawMessage `json:"scp"`
}

func (c claims) scopes() []string {
	all := strings.Fields(c.Scope)
	var one string
	var list []string
	switch {
	case json.Unmarshal(c.SCP, &one) == nil:
		all = append(all, strings.Fields(one)...)
	case json.Unmarshal(c.SCP, &list) == nil:
		all = append(all, list...)
	}
	return all
}

// verify returns whom a token is of, and its scopes. Errors are errIssuer, or what is wrong with the token.
func (i *Issuer) verify(ctx context.Context, token string) (subject string, scopes []string, err error) {
	v, err := i.keys(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", errIssuer, err)
	}
	id, err := v.Verify(ctx, token)
	if err != nil {
		return "", nil, err
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return "", nil, err
	}
	if id.Subject == "" {
		return "", nil, errors.New("the token has no subject")
	}
	return id.Subject, c.scopes(), nil
}

// keys finds the issuer's keys once.
func (i *Issuer) keys(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.verifier != nil {
		return i.verifier, nil
	}
	if i.failed != nil && time.Since(i.tried) < issuerRest {
		return nil, i.failed
	}
	i.tried = time.Now()
	var found metadata
	if found, i.failed = i.discover(ctx); i.failed != nil {
		return nil, i.failed
	}
	set := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), i.client), found.JWKS)
	i.verifier = oidc.NewVerifier(found.Issuer, set, &oidc.Config{ClientID: i.audience, SupportedSigningAlgs: algorithms()})
	return i.verifier, nil
}

// discover reads the issuer's metadata, of RFC 8414 or else of OpenID Connect.
func (i *Issuer) discover(ctx context.Context) (found metadata, err error) {
	u, err := url.Parse(i.url)
	if err != nil {
		return found, err
	}
	oauth := *u
	oauth.Path = "/.well-known/oauth-authorization-server" + u.Path
	for _, at := range []string{oauth.String(), i.url + "/.well-known/openid-configuration"} {
		if found, err = i.metadata(ctx, at); err == nil {
			return found, nil
		}
	}
	return found, err
}

// metadata are those of an issuer; Issuer is spelled as in its tokens.
type metadata struct {
	Issuer string `json:"issuer"`
	JWKS   string `json:"jwks_uri"`
}

func (i *Issuer) metadata(ctx context.Context, at string) (v metadata, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return v, err
	}
	resp, err := i.client.Do(req)
	if err != nil {
		return v, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return v, err
	case resp.StatusCode != http.StatusOK:
		return v, fmt.Errorf("%s: %s", at, resp.Status)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s: %w", at, err)
	}
	keys, err := url.Parse(v.JWKS)
	home, _ := url.Parse(i.url)
	switch {
	case strings.TrimRight(v.Issuer, "/") != i.url:
		return v, fmt.Errorf("%s speaks of another issuer, %.200q", at, v.Issuer)
	case err != nil || keys.Scheme != "https" && !(keys.Scheme == "http" && home.Scheme == "http"):
		return v, fmt.Errorf("%s names no keys at an https address", at)
	}
	return v, nil
}
