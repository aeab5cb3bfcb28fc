package llm

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"amalfa/notes"
)

// The kinds of a [Fault]; sonar's error replies carry the same words.
const (
	KindAuth    = "provider_auth"    // the provider refused the key
	KindBusy    = "provider_busy"    // 429
	KindDown    = "provider_down"    // no connection, 5xx but for 501, or the circuit is open
	KindTimeout = "provider_timeout" // no answer, or no more of it, within the limits
	KindGarbage = "provider_garbage" // an answer that is not what the dialect says, or too large
	KindRefused = "provider_refused" // the provider understood and said no
	KindSpent   = "spending_limit"   // the user's own limit: the provider was not asked
)

// A Fault says what went wrong between sonar and its provider. Message is one line, free of the key and of control
// characters, and at most 300 bytes of it are the provider's own words.
type Fault struct {
	Kind       string
	Status     int // the provider's HTTP status, 0 without one
	Message    string
	RetryAfter time.Duration // what the provider asked for, 0 without one
	TooLarge   bool          // the request was too long, or too much at once: the same one never passes
	retry      bool
}

// Error implements error.
func (f *Fault) Error() string { return f.Kind + ": " + f.Message }

func faultf(kind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// keyShape matches what providers echo of a key, whole or with stars in its middle.
var keyShape = regexp.MustCompile(`(?i)\b(?:sk|pk|rk|key|bearer)[-_ ][\w.*~+/=-]{6,}`)

// MaxQuote bounds what an error quotes of another's words, in bytes.
const MaxQuote = 300

// quote makes a provider's text fit to show: without the key, on one line, short.
func (p *Provider) quote(s string) string {
	s = keyShape.ReplaceAllString(p.redact(s), "[key]")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return notes.Clip(strings.Join(strings.Fields(s), " "), MaxQuote)
}

// minKey is the length from which a key is taken out of texts. Local servers ask for a placeholder such as "ollama" or
// "EMPTY", and taking those words out of answers would spoil them.
const minKey = 12

// redact takes the configured key out of s.
func (p *Provider) redact(s string) string {
	if len(p.cfg.Key) < minKey {
		return s
	}
	return strings.ReplaceAll(s, string(p.cfg.Key), "[key]")
}

// maxErrorBody bounds what is read of an error reply, of which only a short quotation is kept.
const maxErrorBody = 64 << 10

// replyFault makes a Fault of a reply that is no answer: a redirect, a web page, or a status of 4xx or 5xx.
func (p *Provider) replyFault(ctx context.Context, resp *http.Response) error {
	f := &Fault{Kind: faultKind(resp.StatusCode), Status: resp.StatusCode, retry: mayRetry(resp)}
	f.RetryAfter = retryAfter(resp.Header, time.Now())
	f.TooLarge = resp.StatusCode == http.StatusRequestEntityTooLarge
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
		if f.TooLarge = f.TooLarge || saysTooLarge(resp.StatusCode, message); f.TooLarge {
			f.Kind, f.retry = KindRefused, false
		}
	}
	return f
}

// tooLarge are the words of servers for what is too long or too much: of llama.cpp, which has 500 for it, vLLM, OpenAI, Ollama, Infinity,
// text-embeddings-inference, DashScope and Gemini.
var tooLarge = regexp.MustCompile(`(?i)too (large|long|many|big)|exceed|maximum|at most|(less|larger|longer) than|context (length|size|window)|batch size`)

func saysTooLarge(status int, message string) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return tooLarge.MatchString(message)
	}
	return false
}

func faultKind(status int) string {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return KindAuth
	case status == http.StatusTooManyRequests:
		return KindBusy
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return KindTimeout
	case status >= 500 && status != http.StatusNotImplemented:
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
	var v struct{ Error, Message, Detail replyError }
	switch err := decode(data, &v); {
	case err != nil && mediaType(resp) == "text/plain":
		v.Error = replyError(data)
	case err != nil:
		return "", nil
	}
	if message := p.quote(string(cmp.Or(v.Error+v.Message, v.Detail))); message != "" {
		return ": " + message, nil
	}
	return "", nil
}
