package sonar

import (
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxHeaderBytes bounds a provider's response headers.
const maxHeaderBytes = 64 << 10

// newTransport verifies certificates, asks for no compression (a small body could unpack to a huge one) and uses a
// proxy only for hosts that are not loopback, whatever the given function says.
func newTransport(c Config) *http.Transport {
	return &http.Transport{
		Proxy:                  proxyFor(c.Proxy),
		DialContext:            (&net.Dialer{Timeout: c.Limits.Connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    c.Limits.Connect,
		MaxResponseHeaderBytes: maxHeaderBytes,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

func proxyFor(ask func(*url.URL) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if ask == nil || isLoopback(r.URL.Hostname()) {
			return nil, nil
		}
		return ask(r.URL)
	}
}

// newHTTPClient follows no redirect: the answer to one is the redirect itself, which the caller turns into a Fault.
func newHTTPClient(c Config) *http.Client {
	return &http.Client{
		Transport:     newTransport(c),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
