package access

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"amalfa/services"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// A Door checks each request of a service that other machines reach, before any of its body is read.
type Door struct {
	Token     string  // the owner's own, which may do all; "" for none
	Tokens    *Tokens // of people; nil for none
	Workspace string  // that is served: its folder
	Issuer    *Issuer // nil for none
	Resource  string  // with an Issuer: the address that clients know the service by
	PerMinute int     // requests of one person; 0 for any number
	Proxies   []netip.Prefix

	once   sync.Once
	limits *lru.Cache[string, *rate.Limiter]
}

// A Person is who asks.
type Person struct {
	Name  string // of the token, or subject and issuer; "" for the owner
	Write bool
	All   bool   // in every workspace
	From  string // the address
}

type personKey struct{}

// Who is the person of a request that has passed a Door.
func Who(ctx context.Context) Person {
	p, _ := ctx.Value(personKey{}).(Person)
	return p
}

// metadataPath is where RFC 9728 has the metadata of a resource; that of a resource with a path stands below it.
const metadataPath = "/.well-known/oauth-protected-resource"

// revokedWithin is how long a stream goes on whose token was revoked.
const revokedWithin = time.Second

// Guard lets those requests through to next that a person may send.
func (d *Door) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.Issuer != nil && r.Method == http.MethodGet && (r.URL.Path == metadataPath || r.URL.Path == metadataPath+d.path()) {
			d.writeMetadata(w)
			return
		}
		token, _ := bearer(r.Header)
		p, err := d.person(r.Context(), token)
		if err != nil {
			d.refuse(w, err)
			return
		}
		if wait := d.limit(p); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			services.WriteError(w, &services.Error{Status: http.StatusTooManyRequests, Kind: "busy", Message: fmt.Sprintf("more than %d requests a minute", d.PerMinute)})
			return
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case len(r.Header["Origin"]) > 0:
			services.WriteError(w, &services.Error{Status: http.StatusForbidden, Kind: "origin", Message: "web pages may not call this service"})
			return
		case r.Method == http.MethodPost && (err != nil || kind != "application/json"):
			services.WriteError(w, &services.Error{Status: http.StatusUnsupportedMediaType, Kind: "media_type", Message: "the body must be application/json"})
			return
		}
		p.From = d.client(r)
		ctx, cancel := context.WithCancel(context.WithValue(r.Context(), personKey{}, p))
		defer cancel()
		if p.Name != "" {
			go d.watch(ctx, cancel, token)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// bearer is the token of a request; the word before it has no case (RFC 9110, 11.1).
func bearer(h http.Header) (token string, ok bool) {
	word, token, ok := strings.Cut(h.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(word, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// watch ends a request whose token does not count any more: a stream may be open for hours.
func (d *Door) watch(ctx context.Context, end func(), token string) {
	tick := time.NewTicker(revokedWithin)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := d.person(ctx, token); err != nil && !errors.Is(err, errIssuer) {
			end()
			return
		}
	}
}

var (
	errNoToken = errors.New("a token is needed")
	errToken   = errors.New("the token does not count here")
	errScope   = errors.New("the token has neither " + ReadScope + " nor " + WriteScope)
)

// person tells whose a token is. Errors are one of those above, errIssuer, or one of reading the file.
func (d *Door) person(ctx context.Context, token string) (Person, error) {
	if token == "" {
		return Person{}, errNoToken
	}
	if d.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(d.Token)) == 1 {
		return Person{Write: true, All: true}, nil
	}
	if d.Tokens != nil && strings.HasPrefix(token, prefix) {
		t, ok, err := d.Tokens.find(token, d.Workspace)
		if err != nil || !ok {
			return Person{}, errors.Join(errToken, err)
		}
		return Person{Name: t.Name, Write: t.Write, All: slices.Contains(t.Workspaces, All)}, nil
	}
	if d.Issuer == nil || strings.Count(token, ".") != 2 {
		return Person{}, errToken
	}
	subject, scopes, err := d.Issuer.verify(ctx, token)
	switch {
	case errors.Is(err, errIssuer):
		return Person{}, err
	case err != nil:
		return Person{}, errors.Join(errToken, err)
	}
	p := Person{Name: subject + " of " + d.Issuer.url, Write: slices.Contains(scopes, WriteScope)}
	if !p.Write && !slices.Contains(scopes, ReadScope) {
		return p, errScope
	}
	return p, nil
}

// refuse says no more of a token than that it does not count.
func (d *Door) refuse(w http.ResponseWriter, err error) {
	e := &services.Error{Status: http.StatusUnauthorized, Kind: "unauthorized", Message: errNoToken.Error(),
		Advice: "send Authorization: Bearer with a token that \"amalfa token create\" or the server has printed"}
	challenge := ""
	switch {
	case errors.Is(err, errIssuer):
		w.Header().Set("Retry-After", strconv.Itoa(int(issuerRest/time.Second)))
		services.WriteError(w, &services.Error{Status: http.StatusServiceUnavailable, Kind: "issuer", Message: errIssuer.Error()})
		return
	case errors.Is(err, errScope):
		e.Status, e.Kind, e.Message, e.Advice = http.StatusForbidden, "insufficient_scope", errScope.Error(), "ask the issuer for a token with that scope"
		challenge = `error="insufficient_scope", scope="` + ReadScope + `"`
	case errors.Is(err, errToken):
		e.Message, challenge = errToken.Error(), `error="invalid_token"`
	}
	all := []string{}
	if challenge != "" {
		all = append(all, challenge)
	}
	if d.Issuer != nil {
		all = append(all, fmt.Sprintf("resource_metadata=%q", d.metadataURL()))
	}
	w.Header().Set("WWW-Authenticate", strings.TrimSpace("Bearer "+strings.Join(all, ", ")))
	services.WriteError(w, e)
}

func (d *Door) path() string {
	u, err := url.Parse(d.Resource)
	if err != nil || u.Path == "/" {
		return ""
	}
	return u.Path
}

// metadataURL has the well-known path between host and path (RFC 9728, 3.1).
func (d *Door) metadataURL() string {
	u, err := url.Parse(d.Resource)
	if err != nil {
		return ""
	}
	u.Path = metadataPath + d.path()
	return u.String()
}

// writeMetadata answers what RFC 9728 lays down; it is public, for programs in web pages too.
func (d *Door) writeMetadata(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"resource": d.Resource, "authorization_servers": []string{d.Issuer.url}, "bearer_methods_supported": []string{"header"},
		"scopes_supported": []string{ReadScope, WriteScope}, "resource_name": "amalfa",
	})
}

// maxPeople bounds whose requests are counted.
const maxPeople = 10_000

// limit is how long a person has to wait; a tenth of a minute's requests may come at once.
func (d *Door) limit(p Person) time.Duration {
	if d.PerMinute <= 0 || p.Name == "" {
		return 0
	}
	d.once.Do(func() { d.limits, _ = lru.New[string, *rate.Limiter](maxPeople) }) // errors come of sizes below one only
	l, ok := d.limits.Get(p.Name)
	if !ok {
		l = rate.NewLimiter(rate.Limit(float64(d.PerMinute)/60), max(1, d.PerMinute/10))
		if before, met, _ := d.limits.PeekOrAdd(p.Name, l); met {
			l = before
		}
	}
	r := l.Reserve()
	wait := r.Delay()
	if wait > 0 {
		r.Cancel()
	}
	return wait
}

// client is the address that a request comes from: the last one of X-Forwarded-For that no listed proxy has, where one of those sent
// it. What others say of themselves does not count.
func (d *Door) client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for at := host; ; hops = hops[:len(hops)-1] {
		ip, err := netip.ParseAddr(strings.TrimSpace(at))
		if err != nil {
			return host
		}
		host = ip.Unmap().String()
		if len(hops) == 0 || !slices.ContainsFunc(d.Proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) }) {
			return host
		}
		at = hops[len(hops)-1]
	}
}
