package sonar

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The kinds of a [Fault]; sonar's error replies carry the same words.
const (
	KindAuth    = "provider_auth"    // the provider refused the key
	KindBusy    = "provider_busy"    // 429
	KindDown    = "provider_down"    // no connection, 5xx, or the circuit is open
	KindTimeout = "provider_timeout" // no answer, or no more of it, within the limits
	KindGarbage = "provider_garbage" // an answer that is not what the dialect says, or too large
	KindRefused = "provider_refused" // the provider understood and said no
)

// A Fault says what went wrong between sonar and its provider. Message is one line, free of the key and of control
// characters, and at most 300 bytes of it are the provider's own words.
type Fault struct {
	Kind       string
	Status     int // the provider's HTTP status, 0 without one
	Message    string
	RetryAfter time.Duration // what the provider asked for, 0 without one
	retry      bool
}

// Error implements error.
func (f *Fault) Error() string { return f.Kind + ": " + f.Message }

func faultf(kind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// keyShape matches what providers echo of a key, whole or with stars in its middle.
var keyShape = regexp.MustCompile(`(?i)\b(?:sk|pk|rk|key|bearer)[-_ ][\w.*~+/=-]{6,}`)

const maxQuote = 300

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
	return clip(strings.Join(strings.Fields(s), " "), maxQuote)
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

// clip cuts s to at most n bytes at the start of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
