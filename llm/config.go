package llm

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"amalfa/notes"
)

// The dialects of a provider, as written in settings and in /health.
const (
	OpenAI = "openai"
	Ollama = "ollama"
)

// ErrConfig reports provider settings that cannot be used as they are; the message names the setting.
var ErrConfig = errors.New("unusable language model settings")

// Secret is a key that does not show itself: it prints, marshals and logs as "[set]". Convert it to string to use it.
type Secret string

// String implements fmt.Stringer without giving the secret away.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[set]"
}

// GoString implements fmt.GoStringer, which %#v prints.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText implements encoding.TextMarshaler, which encoding/json and zap use.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Config says which language model to use. [FromEnv] makes one; the zero value is not valid.
type Config struct {
	Provider string   // OpenAI or Ollama: the dialect
	Name     string   // of the provider, for people; "" is Provider
	BaseURL  string   // http or https; with /v1 for OpenAI, without it for Ollama
	Key      Secret   // sent as a bearer token to BaseURL's host and nowhere else; empty for none
	Model    string   // empty: chosen from what the provider lists
	Prefer   []string // models to choose among then, the first that it lists
	Org      string   // OpenAI-Organization header
	Project  string   // OpenAI-Project header
	Source   string   // which setting or variable named the provider, for messages
	Guessed  bool     // nothing was configured; BaseURL is Ollama's default port on this machine

	// Proxy returns the proxy for an address, nil for none. It is asked only about hosts that are not loopback.
	Proxy     func(*url.URL) (*url.URL, error)
	UserAgent string // default "amalfa"
	// SilenceKey is the setting that Limits.Silence is of, for messages; "" for none.
	SilenceKey string
	Limits     Limits // zero fields get their defaults
}

// Limits bounds what one call may cost. Sizes are bytes.
type Limits struct {
	Connect  time.Duration // TCP and TLS, each; default 10 s
	Silence  time.Duration // without a byte (of /chat: a whole line), before the first too, when a model may have to be loaded; default 5 min
	Total    time.Duration // a whole call of /chat with its retries; default 15 min
	Response int64         // a reply that is not streamed; default 16 MiB
	Stream   int64         // a whole streamed reply of /chat; default 64 MiB
	Line     int           // one line, or event, of a streamed reply; default 16 MiB
	Retries  int           // after the first try; default 2, negative for none
	Parallel int           // chats at once; others wait for their turn; default 8
}

func (l Limits) withDefaults() Limits {
	l.Connect = cmp.Or(l.Connect, 10*time.Second)
	l.Silence = cmp.Or(l.Silence, 5*time.Minute)
	l.Total = cmp.Or(l.Total, 15*time.Minute)
	l.Response = cmp.Or(l.Response, 16<<20)
	l.Stream = cmp.Or(l.Stream, 64<<20)
	l.Line = cmp.Or(l.Line, 16<<20)
	l.Retries = cmp.Or(l.Retries, 2)
	l.Parallel = cmp.Or(l.Parallel, 8)
	return l
}

// longer says how a server is given more time.
func (c Config) longer() string {
	if c.SilenceKey == "" {
		return ""
	}
	return "; " + c.SilenceKey + " of your own settings gives it longer"
}

// endpoint checks the whole Config and returns BaseURL parsed. Errors wrap ErrConfig.
func (c Config) endpoint() (*url.URL, error) {
	if c.Provider != OpenAI && c.Provider != Ollama {
		return nil, fmt.Errorf("%w: provider %q is neither %q nor %q", ErrConfig, c.Provider, OpenAI, Ollama)
	}
	if c.Model != "" && !ValidModel(c.Model) {
		return nil, fmt.Errorf("%w: model name %q", ErrConfig, notes.Clip(c.Model, 100))
	}
	for _, h := range []string{string(c.Key), c.Org, c.Project} {
		if !headerSafe(h) {
			return nil, fmt.Errorf("%w: key, organisation or project holds a character that no header may carry", ErrConfig)
		}
	}
	u, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	if c.Key != "" && u.Scheme == "http" && !isLocalNetwork(u.Hostname()) {
		return nil, fmt.Errorf("%w: the key would travel unencrypted to %s; use https", ErrConfig, u.Host)
	}
	return u, nil
}

// parseBase never quotes the address in an error, since a password may stand in it.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, fmt.Errorf("%w: the base URL is not an address like https://host/v1", ErrConfig)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: the base URL has scheme %q, not http or https", ErrConfig, u.Scheme)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the base URL holds a user or password; put the key in its own setting", ErrConfig)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: the base URL holds a query or fragment", ErrConfig)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// headerSafe admits the visible characters of ASCII and the space.
func headerSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// isLoopback reports whether host is localhost or a loopback address. It resolves no names.
func isLoopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// isLocalNetwork reports whether plain http to host stays on this machine or a private network: a loopback, private or
// link-local address, or a name without a dot, as containers and home networks use.
func isLocalNetwork(host string) bool {
	if isLoopback(host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return !strings.Contains(host, ".")
	}
	return ip.IsPrivate() || ip.IsLinkLocalUnicast()
}
