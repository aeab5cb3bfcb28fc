package llm

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"amalfa/notes"
	"golang.org/x/net/http/httpproxy"
)

const (
	openAIHost = "api.openai.com"
	openAIBase = "https://" + openAIHost + "/v1"
)

// Settings are the user's own choices for sonar, every one optional. They must not come from the settings file of a
// workspace: whoever wrote that folder would choose where the notes and the key go.
type Settings struct {
	Provider string // one of Names, or empty: told from BaseURL
	BaseURL  string // an OpenAI base URL, or an Ollama host in OLLAMA_HOST's forms
	Key      Secret
	// Keyring looks up the key of a host that has none otherwise, "" for none. It is asked about other machines only; nil is none.
	Keyring  func(host string) Secret
	Model    string
	Prefer   []string // models to choose among without Model, the first that the provider has
	Org      string
	Project  string
	Silence  time.Duration // Limits.Silence; 0 for its default
	Parallel int           // Limits.Parallel; 0 for its default
}

// FromEnv chooses the provider: settings first, then OPENAI_BASE_URL or OPENAI_API_KEY, then OLLAMA_HOST, else
// Ollama's default port on this machine (Config.Guessed). OPENAI_API_KEY, OPENAI_ORG_ID and OPENAI_PROJECT_ID are
// sent only to the host that OPENAI_BASE_URL names, or to api.openai.com without it: never to a host that only the
// settings name. HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in both spellings, give Config.Proxy. Errors wrap ErrConfig.
func FromEnv(getenv func(string) string, s Settings) (Config, error) {
	env := func(name string) string { return strings.TrimSpace(getenv(name)) }
	c, err := chooseProvider(env, s)
	if err != nil {
		return Config{}, err
	}
	c.Model, c.Prefer, c.Limits.Silence, c.Limits.Parallel = s.Model, s.Prefer, s.Silence, s.Parallel
	c.Proxy, c.SilenceKey = proxyFrom(env), "sonar.silenceMs"
	base, err := c.endpoint()
	if err != nil {
		return Config{}, err
	}
	if c.Key == "" && s.Keyring != nil && !isLoopback(base.Hostname()) {
		c.Key = s.Keyring(hostOf(base))
		_, err = c.endpoint()
	}
	return c, err
}

func chooseProvider(env func(string) string, s Settings) (Config, error) {
	known, named := presetNamed(s.Provider)
	if s.Provider != "" && !named {
		return Config{}, fmt.Errorf("%w: provider %q is none of %s", ErrConfig, s.Provider, strings.Join(Names(), ", "))
	}
	if named && s.BaseURL == "" && s.Provider != Ollama && s.Provider != OpenAI {
		s.BaseURL = known.base
	}
	fromSettings := s.Provider != "" || s.BaseURL != "" || s.Key != ""
	switch {
	case fromSettings && dialectOf(s) == Ollama:
		return ollamaConfig(env, s, "settings")
	case fromSettings:
		return openAIConfig(env, s, "settings")
	case env("OPENAI_BASE_URL") != "":
		return openAIConfig(env, s, "OPENAI_BASE_URL")
	case env("OPENAI_API_KEY") != "":
		return openAIConfig(env, s, "OPENAI_API_KEY")
	case env("OLLAMA_HOST") != "":
		return ollamaConfig(env, s, "OLLAMA_HOST")
	}
	c, err := ollamaConfig(env, s, "default")
	c.Guessed = true
	return c, err
}

// dialectOf tells the provider from the form of the address when the settings do not name it: Ollama's port, or no
// scheme at all, means Ollama, unless the path is OpenAI's.
func dialectOf(s Settings) string {
	if known, ok := presetNamed(s.Provider); ok {
		return known.dialect
	}
	if s.BaseURL == "" {
		return OpenAI
	}
	u, err := url.Parse(s.BaseURL)
	switch {
	case !strings.Contains(s.BaseURL, "://"):
		return Ollama
	case err == nil && u.Port() == ollamaPort && !strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v1"):
		return Ollama
	}
	return OpenAI
}

func ollamaConfig(env func(string) string, s Settings, source string) (Config, error) {
	u, err := ParseOllamaHost(cmp.Or(s.BaseURL, env("OLLAMA_HOST")))
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", source, err)
	}
	u.Path = withoutRoute(u.Path, "/api/chat", "/api/generate", "/api/tags", "/api")
	return Config{Provider: Ollama, BaseURL: u.String(), Key: s.Key, Source: source}, nil
}

func openAIConfig(env func(string) string, s Settings, source string) (Config, error) {
	c := Config{Provider: OpenAI, Name: s.Provider, Key: s.Key, Org: s.Org, Project: s.Project, Source: source}
	own := cmp.Or(env("OPENAI_BASE_URL"), openAIBase)
	base, err := withVersion(cmp.Or(s.BaseURL, own))
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", source, err)
	}
	c.BaseURL = base.String()
	known := presetAt(base)
	c.Name = cmp.Or(c.Name, known.name)
	if known.keyVar != "" && known.name != OpenAI {
		c.Key = Secret(cmp.Or(string(c.Key), env(known.keyVar)))
	}
	if home, err := withVersion(own); err == nil && sameOrigin(home, base) {
		c.Key = Secret(cmp.Or(string(c.Key), env("OPENAI_API_KEY")))
		c.Org = cmp.Or(c.Org, env("OPENAI_ORG_ID"))
		c.Project = cmp.Or(c.Project, env("OPENAI_PROJECT_ID"))
	}
	return c, nil
}

// withVersion adds the /v1 that people leave out of a bare host, and drops the route of an address that was copied with it.
func withVersion(raw string) (*url.URL, error) {
	u, err := parseBase(strings.TrimSpace(raw))
	if err != nil {
		return nil, err
	}
	u.Path = withoutRoute(u.Path, "/chat/completions", "/completions", "/models")
	if u.Path == "" {
		u.Path = "/v1"
	}
	return u, nil
}

// withoutRoute drops the first of some routes that a path ends in.
func withoutRoute(path string, routes ...string) string {
	for _, r := range routes {
		if base, ok := strings.CutSuffix(path, r); ok {
			return base
		}
	}
	return path
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// proxyFrom never sends a loopback address to a proxy; httpproxy keeps the same rule, and ours does not depend on it.
func proxyFrom(env func(string) string) func(*url.URL) (*url.URL, error) {
	either := func(name string) string { return cmp.Or(env(name), env(strings.ToLower(name))) }
	ask := (&httpproxy.Config{
		HTTPProxy:  either("HTTP_PROXY"),
		HTTPSProxy: either("HTTPS_PROXY"),
		NoProxy:    either("NO_PROXY"),
	}).ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		if isLoopback(u.Hostname()) {
			return nil, nil
		}
		return ask(u)
	}
}

// hostOf names the provider's host for messages and /health.
func hostOf(u *url.URL) string {
	if u.Port() == "" {
		return u.Hostname()
	}
	return net.JoinHostPort(u.Hostname(), u.Port())
}

const (
	ollamaHost = "127.0.0.1"
	ollamaPort = "11434"
)

// ParseOllamaHost reads an OLLAMA_HOST value as the ollama program does (envconfig.Host in ollama v0.17.4): host,
// host:port, :port, [ipv6]:port or a URL whose path is kept. Without a scheme the port is 11434, with http 80, with
// https 443; a port that is not a number falls back to that default. A server's "any address" (0.0.0.0, ::) and port 0
// are turned into what a client can dial: loopback and the default port. It returns an error that wraps ErrConfig for
// another scheme or a value that is no host.
func ParseOllamaHost(value string) (*url.URL, error) {
	s := strings.Trim(strings.TrimSpace(value), `"'`)
	scheme, rest, found := strings.Cut(s, "://")
	port := ollamaPort
	switch {
	case !found && s == "ollama.com":
		scheme, rest, port = "https", s, "443"
	case !found:
		scheme, rest = "http", s
	case scheme == "http":
		port = "80"
	case scheme == "https":
		port = "443"
	default:
		return nil, fmt.Errorf("%w: OLLAMA_HOST has scheme %q, not http or https", ErrConfig, notes.Clip(scheme, 20))
	}
	hostport, path, _ := strings.Cut(rest, "/")
	host, port := splitHost(hostport, port)
	u := &url.URL{Scheme: scheme, Host: net.JoinHostPort(dialable(host), port)}
	if path = strings.Trim(path, "/"); path != "" {
		u.Path = "/" + path
	}
	if _, err := parseBase(u.String()); err != nil || strings.ContainsAny(hostport, " \t@\\?#") {
		return nil, fmt.Errorf("%w: OLLAMA_HOST is not a host", ErrConfig)
	}
	return u, nil
}

func splitHost(hostport, defaultPort string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return strings.Trim(hostport, "[]"), defaultPort
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		port = defaultPort
	}
	return host, port
}

// dialable turns what a server may bind into what a client can reach.
func dialable(host string) string {
	if host == "" {
		return ollamaHost
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil || !ip.IsUnspecified():
		return host
	case ip.Is4():
		return ollamaHost
	default:
		return "::1"
	}
}
