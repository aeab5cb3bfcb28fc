package dashboard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// CodeAge is how long a code of [Access.Code] may be used: a browser that has to be started first takes some seconds.
const CodeAge = 2 * time.Minute

// Access decides who looks at the pages where the system does not say whose a connection is, and which requests come from a page. All of it
// hangs on the token of the service's record, which only its user reads. Safe for concurrent use.
type Access struct {
	key []byte

	mu      sync.Mutex
	used    map[string]time.Time // codes, and when they are too old anyway
	pending map[string]bool      // used ones for which the cookie was not set yet
}

// NewAccess returns the access to the service with this token; without one nobody has any.
func NewAccess(token string) *Access {
	return &Access{key: []byte(token), used: map[string]time.Time{}, pending: map[string]bool{}}
}

// sign is what only who knows the token can write.
func (a *Access) sign(what string) string {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte("amalfa dashboard\x00" + what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// verify tells whether signed is "what.signature".
func (a *Access) verify(kind, signed string) (what string, ok bool) {
	at := strings.LastIndexByte(signed, '.')
	if at < 0 || len(a.key) == 0 {
		return "", false
	}
	what = signed[:at]
	return what, subtle.ConstantTimeCompare([]byte(signed[at+1:]), []byte(a.sign(kind+what))) == 1
}

// Code is a word for the address of the page that lets one browser in, once, for CodeAge from now.
func (a *Access) Code(now time.Time) string {
	what := strconv.FormatInt(now.Add(CodeAge).Unix(), 10) + "." + rand.Text()
	return what + "." + a.sign("code"+what)
}

// Admits tells whether a browser is the user's: it has the cookie, or brings a code.
func (a *Access) Admits(r *http.Request) bool {
	if a.hasCookie(r) {
		return true
	}
	code := r.URL.Query().Get("code")
	if r.Method != http.MethodGet || r.URL.Path != "/" || !a.use(code, time.Now()) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending[code] = true
	return true
}

// use takes a code that is good and was not used before.
func (a *Access) use(code string, now time.Time) bool {
	what, ok := a.verify("code", code)
	ends, _, _ := strings.Cut(what, ".")
	at, err := strconv.ParseInt(ends, 10, 64)
	if !ok || err != nil || now.Unix() > at {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for code, end := range a.used {
		if now.After(end) {
			delete(a.used, code)
			delete(a.pending, code)
		}
	}
	if _, before := a.used[code]; before {
		return false
	}
	a.used[code] = time.Unix(at, 0).Add(time.Second)
	return true
}

// welcome sets the cookie for a browser that brought a code.
func (a *Access) welcome(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	if code == "" {
		return
	}
	a.mu.Lock()
	admitted := a.pending[code]
	delete(a.pending, code)
	a.mu.Unlock()
	if admitted || a.use(code, time.Now()) {
		http.SetCookie(w, &http.Cookie{Name: a.cookie(), Value: a.sign("session"), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
}

// cookie is its name: cookies know no ports, and each workspace has a page.
func (a *Access) cookie() string { return "amalfa_" + a.sign("name")[:16] }

func (a *Access) hasCookie(r *http.Request) bool {
	c, err := r.Cookie(a.cookie())
	return err == nil && len(a.key) > 0 && subtle.ConstantTimeCompare([]byte(c.Value), []byte(a.sign("session"))) == 1
}

// writeHeader is where a page's script puts the page's token.
const writeHeader = "X-Amalfa-Page"

// newPageToken is a word that stands in one page, by which its writes are known.
func (a *Access) newPageToken() string {
	what := rand.Text()
	return what + "." + a.sign("page"+what)
}

// isFromPage tells whether a request comes from a page of this service.
func (a *Access) isFromPage(r *http.Request) bool {
	_, ok := a.verify("page", r.Header.Get(writeHeader))
	return ok
}
