package services

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// preflightSeconds is for how long a browser may remember what it may do: as long as the shortest limit among browsers
// (Chromium keeps no answer for longer than two hours).
const preflightSeconds = "7200"

// listedOrigin is the origin of a web page that the user lets call, as its
// browser wrote it; "" = none, or one that nobody listed.
func (s *Server) listedOrigin(h http.Header) string {
	origins := h["Origin"]
	if len(origins) != 1 || slices.Contains([]string{"null", "", "*"}, origins[0]) {
		return ""
	}
	if slices.ContainsFunc(s.o.Origins, func(listed string) bool { return asOrigin(listed) == origins[0] }) {
		return origins[0]
	}
	return ""
}

// asOrigin writes what a user listed as browsers write origins: scheme and host in lower case, no port where it is the scheme's own, and
// nothing behind. Pages of applications have schemes of their own (app://obsidian.md), or no host at all (file://).
func asOrigin(listed string) string {
	u, err := url.Parse(listed)
	if err != nil || u.Scheme == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return listed
	}
	host := strings.ToLower(u.Host)
	if own := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; own != "" {
		host = strings.TrimSuffix(host, own)
	}
	return u.Scheme + "://" + host
}

// openTo lets a browser hand the answer to the page that asked, if the user listed that page; errors too, or the page would
// not see why. Nothing is said to any other.
func (s *Server) openTo(w http.ResponseWriter, r *http.Request) {
	if origin := s.listedOrigin(r.Header); origin != "" {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "*")
		h.Add("Vary", "Origin")
	}
}

// isPreflight tells a browser's question whether it may send a request from the request itself. It carries no token and no
// body, so it is answered before either is looked for, and reaches no route.
func (s *Server) isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" && s.listedOrigin(r.Header) != ""
}

func answerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE")
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	h.Set("Access-Control-Max-Age", preflightSeconds)
	w.WriteHeader(http.StatusNoContent)
}
