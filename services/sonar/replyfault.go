package sonar

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxErrorBody bounds what is read of an error reply, of which only a short quotation is kept.
const maxErrorBody = 64 << 10

// replyFault makes a Fault of a reply that is no answer: a redirect, a web page, or a status of 4xx or 5xx.
func (p *Provider) replyFault(ctx context.Context, resp *http.Response) error {
	f := &Fault{Kind: faultKind(resp.StatusCode), Status: resp.StatusCode, retry: mayRetry(resp)}
	f.RetryAfter = retryAfter(resp.Header, time.Now())
	switch {
	case resp.StatusCode/100 == 3:
		f.Message = "the provider redirects to " + p.redirectHost(resp) + "; redirects are not followed, set that address as the base URL"
	case mediaType(resp) == "text/html":
		f.Message = "a web page came instead of an answer (" + p.quote(resp.Status) + "); is the base URL right?"
	default:
		message, err := p.errorMessage(resp)
		if err != nil && context.Cause(ctx) != nil {
			return p.transportFault(ctx, err)
		}
		f.Message = p.quote(resp.Status) + message
	}
	return f
}

func faultKind(status int) string {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return KindAuth
	case status == http.StatusTooManyRequests:
		return KindBusy
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return KindTimeout
	case status >= 500:
		return KindDown
	case status >= 400:
		return KindRefused
	}
	return KindGarbage
}

// mayRetry lets the provider overrule the status, as OpenAI's own client does.
func mayRetry(resp *http.Response) bool {
	switch resp.Header.Get("X-Should-Retry") {
	case "true":
		return true
	case "false":
		return false
	}
	return retryStatus(resp.StatusCode)
}

// redirectHost names where a redirect leads, without path or query, in which a secret may stand.
func (p *Provider) redirectHost(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Host == "" {
		return "another path"
	}
	return p.quote(u.Scheme + "://" + u.Host)
}

func (p *Provider) errorMessage(resp *http.Response) (string, error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return "", err
	}
	var v struct{ Error, Message replyError }
	if decode(data, &v) != nil {
		return "", nil
	}
	if message := p.quote(string(v.Error + v.Message)); message != "" {
		return ": " + message, nil
	}
	return "", nil
}
