package vector

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"amalfa/services"
)

func TestForward(t *testing.T) {
	var seen string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = r.Method + " " + r.URL.Path + " " + string(body) + " " + r.Header.Get("Authorization")
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Set-Cookie", "a=b")
		services.WriteJSON(w, http.StatusTooManyRequests, map[string]int{"n": 1})
	}))
	defer other.Close()
	for name, test := range map[string]struct {
		base   string
		err    error
		status int
		body   string
	}{
		"passed on":   {other.URL, nil, http.StatusTooManyRequests, `{"n":1}`},
		"not running": {"", &services.Error{Status: 503, Kind: "no_reranker", Message: "m"}, http.StatusServiceUnavailable, `"no_reranker"`},
		"nobody":      {"http://127.0.0.1:1", nil, http.StatusServiceUnavailable, `"unreachable"`},
		"elsewhere":   {"http://192.0.2.1:80", nil, http.StatusServiceUnavailable, `"unreachable"`},
		"other error": {"", errors.New("a secret path"), http.StatusServiceUnavailable, `"unreachable"`},
	} {
		t.Run(name, func(t *testing.T) {
			seen = ""
			r := httptest.NewRequest(http.MethodPost, "/rerank", strings.NewReader(`{"query":"q"}`))
			r.Header.Set("Authorization", "Bearer secret")
			w := httptest.NewRecorder()
			Forward(func(context.Context) (string, error) { return test.base, test.err }).ServeHTTP(w, r)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if name != "passed on" {
				return
			}
			if seen != `POST /rerank {"query":"q"} ` || w.Header().Get("Retry-After") != "1" || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("sent %q, header %v", seen, w.Header())
			}
		})
	}
}
