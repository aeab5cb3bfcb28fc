package sonar

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

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
		return nil, fmt.Errorf("%w: OLLAMA_HOST has scheme %q, not http or https", ErrConfig, clip(scheme, 20))
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
