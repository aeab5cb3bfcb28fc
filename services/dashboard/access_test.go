package dashboard

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func visit(method, path, cookie string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r
}

// TestCodes lets one browser in for a code, once, in its time, for the page alone.
func TestCodes(t *testing.T) {
	a, now := NewAccess("secret"), time.Now()
	good := a.Code(now)
	for name, r := range map[string]*http.Request{
		"no code":           visit("GET", "/", ""),
		"empty":             visit("GET", "/?code=", ""),
		"of another token":  visit("GET", "/?code="+NewAccess("other").Code(now), ""),
		"too old":           visit("GET", "/?code="+a.Code(now.Add(-CodeAge-2*time.Second)), ""),
		"longer life":       visit("GET", "/?code=9"+good, ""),
		"a token of a page": visit("GET", "/?code="+a.newPageToken(), ""),
		"elsewhere":         visit("GET", "/doc/a.md?code="+a.Code(now), ""),
		"a write":           visit("POST", "/?code="+a.Code(now), ""),
		"a wrong cookie":    visit("GET", "/", a.cookie()+"=x"),
		"an empty cookie":   visit("GET", "/", a.cookie()+"="),
	} {
		if a.Admits(r) {
			t.Errorf("%s is let in", name)
		}
	}
	first := visit("GET", "/?code="+good, "")
	if !a.Admits(first) || a.Admits(visit("GET", "/?code="+good, "")) {
		t.Fatal("a code lets in once")
	}
	w := httptest.NewRecorder()
	a.welcome(w, first)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Path != "/" {
		t.Fatalf("cookies %v", cookies)
	}
	if !a.Admits(visit("GET", "/doc/a.md", cookies[0].Name+"="+cookies[0].Value)) || NewAccess("other").Admits(visit("GET", "/", cookies[0].Name+"="+cookies[0].Value)) {
		t.Error("the cookie is for this service alone")
	}
	w = httptest.NewRecorder()
	if a.welcome(w, first); len(w.Result().Cookies()) != 0 {
		t.Error("a code that was used gives a second cookie")
	}
}

func TestWithoutTokenNobodyIsLetIn(t *testing.T) {
	a := NewAccess("")
	r := visit("GET", "/?code="+a.Code(time.Now()), a.cookie()+"="+a.sign("session"))
	r.Header.Set(writeHeader, a.newPageToken())
	if a.Admits(r) || a.isFromPage(r) {
		t.Error("let in")
	}
}
