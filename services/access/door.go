// Package access says who may ask a service that other machines reach: people by their tokens (store/people), or by those of an issuer
// ([Issuer]), each so often ([Door]).
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
	"amalfa/store/people"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// A Door checks each request of a service that other machines reach, before any of its body is read.
type Door struct {
	Token      string   // the owner's own, which may do all; "" for none
	Tokens     Tokens   // of people; nil for none
	Workspaces []string // that are served, as Tokens call them: the one that may be written, then those beside it
	Issuer     *Issuer  // whose tokens open the first of them; nil for none
	Resource   string   // with an Issuer: the address that clients know the service by
	PerMinute  int      // requests of one token, in this process; 0 for any number
	Proxies    []netip.Prefix

	once   sync.Once
	limits *lru.Cache[string, *rate.Limiter]
	used   *lru.Cache[string, time.Time] // when the use of a token was last written down
}

// Tokens are those of people. A people.Store is one.
type Tokens interface {
	Find(ctx context.Context, hash string, workspaces []string, now time.Time) (people.Token, error)
	Used(ctx context.Context, hash string, now time.Time) error
}

// A Person is who asks.
type Person struct {
	Name  string // of the token, or subject and issuer; "" for the owner
	Write bool   // in the first workspace
	Opens []bool // which of Door.Workspaces; at least one
	From  string // the address

	token string // hash of the token of a person
}

// same tells that nothing has changed of what somebody may.
func (p Person) same(o Person) bool { return p.Write == o.Write && slices.Equal(p.Opens, o.Opens) }

type personKey struct{}

// Who is the person of a request that has passed a Door.
func Who(ctx context.Context) Person {
	p, _ := ctx.Value(personKey{}).(Person)
	return p
}

// metadataPath is where RFC 9728 has the metadata of a resource; that of a resource with a path stands below it.
const metadataPath = "/.well-known/oauth-protected-resource"

const (
	// revokedWithin is how long a stream goes on whose token was revoked.
	revokedWithin = 2 * time.Second
	// uncheckedFor is how long a stream goes on whose token cannot be checked: a failover takes less.
	uncheckedFor = 30 * time.Second
	// checkTimeout is how long a request waits for its token to be checked: a server that has gone may say nothing.
	checkTimeout = 5 * time.Second
	// tokensRest is when to ask again after tokens could not be checked.
	tokensRest = 2 * time.Second
)

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
		d.noteUse(r.Context(), p)
		ctx, cancel := context.WithCancel(context.WithValue(r.Context(), personKey{}, p))
		defer cancel()
		if p.Name != "" {
			go d.watch(ctx, cancel, token, p)
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

// watch ends a request whose token does not count any more, or may something else: a stream may be open for hours.
func (d *Door) watch(ctx context.Context, end func(), token string, before Person) {
	tick := time.NewTicker(revokedWithin)
	defer tick.Stop()
	for checked := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p, err := d.person(ctx, token)
		unknown := errors.Is(err, errIssuer) || errors.Is(err, errTokens)
		switch {
		case err == nil && p.same(before):
			checked = time.Now()
		case !unknown || time.Since(checked) > uncheckedFor:
			end()
			return
		}
	}
}

var (
	errNoToken = errors.New("a token is needed")
	errToken   = errors.New("the token does not count here")
	errScope   = errors.New("the token has neither " + ReadScope + " nor " + WriteScope)
	errTokens  = errors.New("tokens cannot be checked now")
)

// person tells whose a token is. Errors are one of those above, or errIssuer.
func (d *Door) person(ctx context.Context, token string) (Person, error) {
	if token == "" {
		return Person{}, errNoToken
	}
	p := Person{Write: true, Opens: make([]bool, max(1, len(d.Workspaces)))}
	if d.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(d.Token)) == 1 {
		for i := range p.Opens {
			p.Opens[i] = true
		}
		return p, nil
	}
	if d.Tokens != nil && people.IsSecret(token) {
		return d.holder(ctx, people.HashOf(token), p.Opens)
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
	p.Name, p.Write, p.Opens[0] = subject+" of "+d.Issuer.url, slices.Contains(scopes, WriteScope), true
	if !p.Write && !slices.Contains(scopes, ReadScope) {
		return p, errScope
	}
	return p, nil
}

// holder is the person with a token that is kept here.
func (d *Door) holder(ctx context.Context, hash string, opens []bool) (Person, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	t, err := d.Tokens.Find(ctx, hash, d.Workspaces, time.Now())
	switch {
	case errors.Is(err, people.ErrUnknown):
		return Person{}, errToken
	case err != nil:
		return Person{}, errors.Join(errTokens, err)
	}
	p := Person{Name: t.Name, Opens: opens, token: hash}
	for i, workspace := range d.Workspaces {
		read, write := t.May(workspace)
		opens[i], p.Write = read, p.Write || i == 0 && write
	}
	if !slices.Contains(opens, true) {
		return Person{}, errToken
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
		refuseForNow(w, "issuer", errIssuer, issuerRest)
		return
	case errors.Is(err, errTokens):
		refuseForNow(w, "tokens", errTokens, tokensRest)
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

func refuseForNow(w http.ResponseWriter, kind string, err error, rest time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(rest/time.Second)))
	services.WriteError(w, &services.Error{Status: http.StatusServiceUnavailable, Kind: kind, Message: err.Error(),
		Advice: `try again; whoever runs this server sees why by "amalfa doctor"`})
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
