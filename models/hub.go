package models

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// hubBase is the public model hub, the one place where its address is written down.
const hubBase = "https://huggingface.co"

// maxRedirects bounds how often one request may be sent on.
const maxRedirects = 10

// A hub is where models come from, as the user's environment says.
type hub struct {
	base   *url.URL
	public bool   // the hub whose own digests are trusted
	token  string // "" = none
}

// hub reads HF_ENDPOINT and the user's token. An endpoint without TLS is taken only on this machine.
func (l *Locator) hub() (hub, error) {
	address := strings.TrimRight(l.getenv("HF_ENDPOINT"), "/")
	if address == "" {
		address = hubBase
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return hub{}, fmt.Errorf("HF_ENDPOINT is not a plain https address: %q", address)
	}
	if err := secure(base); err != nil {
		return hub{}, fmt.Errorf("HF_ENDPOINT: %w", err)
	}
	return hub{base: base, public: address == hubBase, token: l.token()}, nil
}

// file is the address of a file at a revision.
func (h hub) file(f remote, revision string) *url.URL {
	u := *h.base
	u.Path += "/" + f.repo + "/resolve/" + revision + "/" + f.path
	return &u
}

// header carries the token, which goes to the endpoint's own host only.
func (h hub) header() http.Header {
	out := http.Header{}
	if h.token != "" {
		out.Set("Authorization", "Bearer "+h.token)
	}
	return out
}

// token returns HF_TOKEN, else what Hugging Face's login stored. A malformed one counts as none.
func (l *Locator) token() string {
	token := l.getenv("HF_TOKEN")
	if token == "" {
		path := l.getenv("HF_TOKEN_PATH")
		if home := l.hubHome(); path == "" && home != "" {
			path = filepath.Join(home, "token")
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() < 4096 {
			data, _ := os.ReadFile(path)
			token = string(data)
		}
	}
	token = strings.TrimSpace(token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return token
}

// secure accepts https, and http only to this machine itself.
func secure(u *url.URL) error {
	host := u.Hostname()
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && local {
		return nil
	}
	return fmt.Errorf("%w: %s://%s", errInsecure, u.Scheme, u.Host)
}

// errInsecure reports an address that is not https.
var errInsecure = errors.New("only https is used for downloads")

// client is the user's transport under our own rules: secure redirects only, and a credential stays with the host
// it was meant for.
func (l *Locator) client() *http.Client {
	c := &http.Client{CheckRedirect: checkRedirect}
	if l.Client != nil {
		c.Transport = l.Client.Transport
	}
	return c
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	first := via[0].URL
	if req.URL.Scheme == "http" && first.Scheme == "https" {
		return fmt.Errorf("%w: redirect to %s://%s", errInsecure, req.URL.Scheme, req.URL.Host)
	}
	if err := secure(req.URL); err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	if req.URL.Host != first.Host || req.URL.Scheme != first.Scheme {
		req.Header.Del("Authorization")
	}
	return nil
}
