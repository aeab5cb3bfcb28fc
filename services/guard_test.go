package services

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// The matrix T-ORIG of the threat model: what a web page can send.
func TestWebPagesReachNothing(t *testing.T) {
	s, calls := counted(Options{})
	f := run(t, s, 0)
	origins := []string{"null", "http://evil.example", "https://evil.example", "http://localhost.evil", "http://127.0.0.1.evil",
		"file://", "http://localhost:5173", "http://" + f.addr, "", "chrome-extension://abc"}
	types := []string{"", "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"}
	methods := []string{"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
	for _, path := range []string{"/work", "/health", "/ready", "/metrics", "/none", "/"} {
		for _, method := range methods {
			for _, origin := range origins {
				for _, ct := range types {
					resp := f.send(t, method, path, map[string]string{"Origin": origin, "Content-Type": ct})
					if resp.StatusCode != http.StatusForbidden {
						t.Errorf("%s %s Origin %q type %q: %d, want 403", method, path, origin, ct, resp.StatusCode)
					}
					checkNoCORS(t, resp)
				}
			}
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
	if _, body := f.get(t, "/metrics"); !strings.Contains(body, `amalfa_requests_total{route="none",service="test",status="403"}`) {
		t.Error("the metrics do not count the refused requests")
	}
}

func (f *fixture) send(t *testing.T, method, path string, headers map[string]string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, f.url(path), strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		req.Header[k] = []string{v}
	}
	resp, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text(t, resp)
	return resp
}

func checkNoCORS(t *testing.T, resp *http.Response) {
	t.Helper()
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("the answer has the header %s", name)
		}
	}
}

func TestBrowserMarks(t *testing.T) {
	const listed, slashed = "http://localhost:5173", "https://app.example"
	s, calls := counted(Options{Origins: []string{listed, slashed + "/", "null", "", "HTTPS://Named.Example:443", "http://[::1]:80", "http://plain.example:8080",
		"chrome-extension://abcdefgh", "moz-extension://0a1b/", "app://obsidian.md", "vscode-webview://a1b2", "capacitor://localhost", "file://", "https://deep.example/page", "*"}})
	f := run(t, s, 0)
	tests := []struct {
		name    string
		headers map[string]string
		want    int
	}{
		{"a program", nil, 200},
		{"typed by the user", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		{"own page", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"other port of this machine", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"other site", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"unknown word", map[string]string{"Sec-Fetch-Site": "Same-Origin"}, 403},
		{"listed origin", map[string]string{"Origin": listed}, 200},
		{"listed origin, same site", map[string]string{"Origin": listed, "Sec-Fetch-Site": "same-site"}, 200},
		{"listed origin, other site", map[string]string{"Origin": slashed, "Sec-Fetch-Site": "cross-site"}, 200},
		{"null is never listed", map[string]string{"Origin": "null"}, 403},
		{"nor is nothing", map[string]string{"Origin": ""}, 403},
		{"listed in capitals and with its port", map[string]string{"Origin": "https://named.example"}, 200},
		{"with an address and its port", map[string]string{"Origin": "http://[::1]"}, 200},
		{"another port than the scheme's", map[string]string{"Origin": "http://plain.example:8080"}, 200},
		{"that port left out", map[string]string{"Origin": "http://plain.example"}, 403},
		{"the other scheme's port", map[string]string{"Origin": "http://named.example:443"}, 403},
		{"an extension", map[string]string{"Origin": "chrome-extension://abcdefgh", "Sec-Fetch-Site": "none"}, 200},
		{"another extension", map[string]string{"Origin": "chrome-extension://abcdefgi"}, 403},
		{"an extension of Firefox", map[string]string{"Origin": "moz-extension://0a1b"}, 200},
		{"an application", map[string]string{"Origin": "app://obsidian.md", "Sec-Fetch-Site": "cross-site"}, 200},
		{"an editor's page", map[string]string{"Origin": "vscode-webview://a1b2", "Sec-Fetch-Site": "cross-site"}, 200},
		{"another of its pages", map[string]string{"Origin": "vscode-webview://a1b3"}, 403},
		{"an application's own scheme", map[string]string{"Origin": "capacitor://localhost"}, 200},
		{"files, of an application that names them", map[string]string{"Origin": "file://"}, 200},
		{"no page is an origin", map[string]string{"Origin": "https://deep.example"}, 403},
		{"a star is no origin", map[string]string{"Origin": "*"}, 403},
		{"nor does it open to all", map[string]string{"Origin": "https://evil.example"}, 403},
		{"two origins in one", map[string]string{"Origin": listed + ", " + slashed}, 403},
		{"capitals, which no browser sends", map[string]string{"Origin": "https://APP.example"}, 403},
		{"a user before it", map[string]string{"Origin": "https://a@app.example"}, 403},
		{"no prefix counts", map[string]string{"Origin": listed + ".evil"}, 403},
		{"nor another port", map[string]string{"Origin": "http://localhost:5174"}, 403},
		{"nor another scheme", map[string]string{"Origin": "https://localhost:5173"}, 403},
	}
	want := int64(0)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			headers := map[string]string{"Content-Type": "application/json"}
			for k, v := range tt.headers {
				headers[k] = v
			}
			resp := f.send(t, "POST", "/work", headers)
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.want)
			}
			if origin := tt.headers["Origin"]; origin == "" || tt.want != 200 {
				checkNoCORS(t, resp)
			} else if got := resp.Header.Get("Access-Control-Allow-Origin"); got != origin || resp.Header.Get("Vary") != "Origin" {
				t.Errorf("the answer is open to %q, want %q", got, origin)
			}
		})
		if tt.want == 200 {
			want++
		}
	}
	if calls.Load() != want {
		t.Errorf("the handler ran %d times, want %d", calls.Load(), want)
	}
}

// What a browser asks before it sends JSON: answered for those of the list
// alone, and by no handler.
func TestPreflight(t *testing.T) {
	const listed = "https://app.example"
	s, calls := counted(Options{Origins: []string{listed}, SameUser: true, Token: "secret"})
	f := run(t, s, 0)
	ask := map[string]string{"Origin": listed, "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "cross-site",
		"Access-Control-Request-Headers": "authorization,content-type", "Access-Control-Request-Private-Network": "true"}
	resp := f.send(t, "OPTIONS", "/work", ask)
	h := resp.Header
	if resp.StatusCode != 204 || h.Get("Access-Control-Allow-Origin") != listed || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") ||
		h.Get("Access-Control-Allow-Headers") != "authorization,content-type" || h.Get("Access-Control-Allow-Private-Network") != "true" {
		t.Errorf("a listed origin: %d %v", resp.StatusCode, h)
	}
	for _, origin := range []string{"null", "https://evil.example", listed + ".evil", "http://app.example"} {
		ask["Origin"] = origin
		resp := f.send(t, "OPTIONS", "/work", ask)
		if resp.StatusCode != 403 {
			t.Errorf("%s: %d, want 403", origin, resp.StatusCode)
		}
		checkNoCORS(t, resp)
	}
	if resp := f.send(t, "POST", "/work", map[string]string{"Origin": listed, "Content-Type": "text/plain"}); resp.StatusCode != 415 || resp.Header.Get("Access-Control-Allow-Origin") != listed {
		t.Errorf("a page may not see its error: %d %v", resp.StatusCode, resp.Header)
	}
	status, body := f.raw(t, "OPTIONS /work HTTP/1.1\r\nHost: evil.example\r\nOrigin: "+listed+"\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n")
	if status != 403 {
		t.Errorf("a rebound name with a listed origin: %d %s", status, body)
	}
	if calls.Load() != 0 {
		t.Errorf("the handler ran %d times", calls.Load())
	}
}

func TestContentTypes(t *testing.T) {
	s, calls := counted(Options{})
	f := run(t, s, 0)
	for ct, want := range map[string]int{
		"application/json":                  200,
		"Application/JSON; charset=UTF-8":   200,
		"application/json; charset=utf8":    200,
		`application/json;charset="UTF8"`:   200,
		"application/json;":                 200,
		"application/json; charset":         200,
		"application/json; charset=latin-1": 415,
		"application/jsonp":                 415,
		"application/x-ndjson":              415,
		"text/plain":                        415,
		"text/plain; application/json":      415,
		"multipart/form-data; boundary=x":   415,
		"application/x-www-form-urlencoded": 415,
		"application/json, text/plain":      415,
		"":                                  415,
		"/":                                 415,
	} {
		if got := f.send(t, "POST", "/work", map[string]string{"Content-Type": ct}).StatusCode; got != want {
			t.Errorf("type %q: %d, want %d", ct, got, want)
		}
	}
	if status, _ := f.raw(t, "POST /work HTTP/1.1\r\nHost: "+f.addr+"\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"); status != 415 {
		t.Errorf("two types: %d, want 415", status)
	}
	if status, _ := f.raw(t, "POST /work HTTP/1.1\r\nHost: "+f.addr+"\r\nContent-Length: 2\r\n\r\n{}"); status != 415 {
		t.Errorf("no type: %d, want 415", status)
	}
	if calls.Load() != 6 {
		t.Errorf("the handler ran %d times, want 6", calls.Load())
	}
}

func TestRebinding(t *testing.T) {
	s, calls := counted(Options{Hosts: []string{"host.docker.internal", "fd00::7", "192.168.1.7:3010"}})
	f := run(t, s, 0)
	port := f.port()
	allowed := int64(0)
	for host, want := range map[string]int{
		"127.0.0.1:" + port:              200,
		"localhost:" + port:              200,
		"LocalHost:" + port:              200,
		"[::1]:" + port:                  200,
		"127.8.9.10:" + port:             200,
		"evil.example:" + port:           403,
		"evil.example":                   403,
		"127.0.0.1":                      200,
		"127.0.0.2":                      200,
		"[::1]:443":                      200,
		"[0:0:0:0:0:0:0:1]:80":           200,
		"LOCALHOST":                      200,
		"[fd00::7]:8443":                 200,
		"[FD00::7]":                      200,
		"192.168.1.7":                    200,
		"192.168.1.8":                    403,
		"[fd00::8]":                      403,
		"localhost.:8443":                403,
		"LOCALHOST.":                     403,
		"127.0.0.1.:80":                  403,
		"x.localhost:" + port:            403,
		"0x7f.1":                         403,
		"0177.0.0.1":                     403,
		"127.000.000.001":                403,
		"[::ffff:7f00:1]":                403,
		"[::ffff:127.0.0.1]":             403,
		"[::127.0.0.1]":                  403,
		"user:pass@localhost":            403,
		"localhost,evil.example":         403,
		"localhost evil.example":         403,
		"localhost/evil.example":         403,
		"localhost#evil.example":         403,
		"localhost":                      200,
		"[::1]":                          200,
		"localhost:80":                   200,
		"localhost:8443":                 200,
		"127.0.0.1:1":                    200,
		"host.docker.internal:" + port:   200,
		"Host.Docker.Internal":           200,
		"docker.internal:" + port:        403,
		"x.host.docker.internal":         403,
		"host.docker.internal.:" + port:  403,
		"evil.example:80":                403,
		"localhost:65536":                403,
		"localhost:x":                    403,
		"localhost:1:1":                  403,
		"::1":                            403,
		"[localhost]":                    403,
		"[]":                             403,
		"localhost:":                     403,
		"localhost:0" + port:             403,
		"localhost.:" + port:             403,
		"localhost.evil:" + port:         403,
		"127.0.0.1.evil.example:" + port: 403,
		"evil@localhost:" + port:         403,
		"0.0.0.0:" + port:                403,
		"[::]:" + port:                   403,
		"[::ffff:127.0.0.1]:" + port:     403,
		"[::1%25lo]:" + port:             403,
		"10.0.0.1:" + port:               403,
		"2130706433:" + port:             403,
		"127.1:" + port:                  403,
		"0x7f.0.0.1:" + port:             403,
		"":                               403,
	} {
		status, body := f.raw(t, jsonRequest(host, "/work", "{}"))
		if status != want && !(want == 403 && status == 400) {
			t.Errorf("Host %q: %d, want %d", host, status, want)
		}
		if want == 200 {
			allowed++
		} else if strings.Contains(body, "done") {
			t.Errorf("Host %q got an answer", host)
		}
	}
	tail := "Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
	for name, tt := range map[string]struct {
		request string
		want    int
	}{
		"HTTP/1.0 without Host":     {"POST /work HTTP/1.0\r\n" + tail, 403},
		"HTTP/1.1 without Host":     {"POST /work HTTP/1.1\r\n" + tail, 400},
		"two hosts, ours first":     {"POST /work HTTP/1.1\r\nHost: localhost:" + port + "\r\nHost: evil\r\n" + tail, 400},
		"two hosts, ours last":      {"POST /work HTTP/1.1\r\nHost: evil\r\nHost: localhost:" + port + "\r\n" + tail, 400},
		"foreign URL, our Host":     {"POST http://evil/work HTTP/1.1\r\nHost: " + f.addr + "\r\n" + tail, 400},
		"our URL, foreign Host":     {"POST http://" + f.addr + "/work HTTP/1.1\r\nHost: evil\r\n" + tail, 400},
		"our URL, our Host":         {"POST http://" + f.addr + "/work HTTP/1.1\r\nHost: " + f.addr + "\r\n" + tail, 400},
		"foreign URL asks health":   {"GET http://evil/health HTTP/1.1\r\nHost: " + f.addr + "\r\n\r\n", 400},
		"OPTIONS * of a stranger":   {"OPTIONS * HTTP/1.1\r\nHost: evil\r\n\r\n", 403},
		"CONNECT through us":        {"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", 400},
		"health of a rebound name":  {"GET /health HTTP/1.1\r\nHost: evil:" + port + "\r\n\r\n", 403},
		"metrics of a rebound name": {"GET /metrics HTTP/1.1\r\nHost: evil:" + port + "\r\n\r\n", 403},
		"X-Forwarded-Host is air":   {"GET /health HTTP/1.1\r\nHost: evil\r\nX-Forwarded-Host: " + f.addr + "\r\n\r\n", 403},
	} {
		if status, _ := f.raw(t, tt.request); status != tt.want {
			t.Errorf("%s: %d, want %d", name, status, tt.want)
		}
	}
	if calls.Load() != allowed {
		t.Errorf("the handler ran %d times, want %d", calls.Load(), allowed)
	}
}

func TestUnknownRoutes(t *testing.T) {
	s, _ := counted(Options{})
	f := run(t, s, 0)
	if resp, body := f.get(t, "/nothing"); resp.StatusCode != 404 || kind(t, body) != "not_found" {
		t.Errorf("unknown path: %d %s", resp.StatusCode, body)
	}
	resp, body := f.get(t, "/work")
	if resp.StatusCode != 405 || kind(t, body) != "method_not_allowed" || resp.Header.Get("Allow") != "POST" {
		t.Errorf("wrong method: %d Allow %q %s", resp.StatusCode, resp.Header.Get("Allow"), body)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("an error has the type %q", ct)
	}
	resp, err := f.client.Post(f.url("/health"), "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 405 || resp.Header.Get("Allow") == "" {
		t.Errorf("wrong method with a body of the wrong type: %d", resp.StatusCode)
	}
	if resp, body := f.get(t, "//evil.example/%2e%2e"); resp.StatusCode != 404 || kind(t, body) != "not_found" {
		t.Errorf("unclean path: %d %s", resp.StatusCode, body)
	}
}

// endless is a body without a length that says how much of it was taken.
type endless struct{ taken atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.taken.Add(int64(len(p)))
	return len(p), nil
}

func TestHugeBodies(t *testing.T) {
	s, calls := counted(Options{MaxBody: 1 << 20})
	f := run(t, s, 0)
	for name, request := range map[string]string{
		"a large length is refused unread": "POST /work HTTP/1.1\r\nHost: " + f.addr + "\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n",
		"the largest length there is":      "POST /work HTTP/1.1\r\nHost: " + f.addr + "\r\nContent-Type: application/json\r\nContent-Length: 9223372036854775807\r\n\r\n",
	} {
		if status, body := f.raw(t, request); status != 413 || kind(t, body) != "too_large" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("the handler ran %d times", calls.Load())
	}
	body := &endless{}
	resp, answer := f.post(t, "/work", io.NopCloser(body)) // no length: chunked
	if resp.StatusCode != 413 || kind(t, answer) != "too_large" {
		t.Errorf("endless chunks: %d %s", resp.StatusCode, answer)
	}
	if n := body.taken.Load(); n > 16<<20 {
		t.Errorf("%d bytes were taken of a body limited to 1 MiB", n)
	}
	if resp, answer := f.post(t, "/work", strings.NewReader(`"`+strings.Repeat("a", 1<<20-2)+`"`)); resp.StatusCode != 200 {
		t.Errorf("a body of just the limit: %d %s", resp.StatusCode, answer)
	}
}

func TestCompressedBodies(t *testing.T) {
	s, calls := counted(Options{})
	f := run(t, s, 0)
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	_, _ = zw.Write(make([]byte, 1<<20))
	_ = zw.Close()
	request := fmt.Sprintf("POST /work HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", f.addr, packed.Len(), packed.String())
	if status, body := f.raw(t, request); status != 415 || kind(t, body) != "media_type" {
		t.Errorf("gzip: %d %s", status, body)
	}
	if calls.Load() != 0 {
		t.Errorf("the handler ran %d times", calls.Load())
	}
}

func TestHugeHeaders(t *testing.T) {
	s, _ := counted(Options{})
	f := run(t, s, 0)
	status, _ := f.raw(t, "GET /health HTTP/1.1\r\nHost: "+f.addr+"\r\nX-Large: "+strings.Repeat("a", 32<<10)+"\r\n\r\n")
	if status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("32 KiB of headers: %d, want 431", status)
	}
}

func TestSameUser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peer's user is seen on Linux only")
	}
	s, _ := counted(Options{SameUser: true, Token: "secret"})
	f := run(t, s, 0)
	if resp, body := f.post(t, "/work", strings.NewReader("{}")); resp.StatusCode != 200 {
		t.Errorf("our own user: %d %s", resp.StatusCode, body)
	}
	if os.Geteuid() != 0 {
		t.Skip("playing another user needs root")
	}
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("playing another user needs curl")
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"work":                   {[]string{"-d", "{}", f.url("/work")}, "401"},
		"ready":                  {[]string{f.url("/ready")}, "401"},
		"metrics":                {[]string{f.url("/metrics")}, "401"},
		"unknown path":           {[]string{f.url("/none")}, "401"},
		"health is for all":      {[]string{f.url("/health")}, "200"},
		"work with the token":    {[]string{"-H", "Authorization: Bearer secret", "-d", "{}", f.url("/work")}, "200"},
		"work with a wrong one":  {[]string{"-H", "Authorization: Bearer secreT", "-d", "{}", f.url("/work")}, "401"},
		"work with an empty one": {[]string{"-H", "Authorization: Bearer ", "-d", "{}", f.url("/work")}, "401"},
	} {
		args := append([]string{"--reuid", "65534", "--regid", "65534", "--clear-groups", curl, "-s", "-o", "/dev/null", "-w", "%{http_code}",
			"-H", "Content-Type: application/json"}, tt.args...)
		out, err := exec.Command("setpriv", args...).CombinedOutput()
		if err != nil {
			t.Skipf("setpriv: %v: %s", err, out)
		}
		if string(out) != tt.want {
			t.Errorf("%s: %s, want %s", name, out, tt.want)
		}
	}
}

func TestSameUserOverIPv6(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peer's user is seen on Linux only")
	}
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	a, b := client.LocalAddr().(*net.TCPAddr).AddrPort(), client.RemoteAddr().(*net.TCPAddr).AddrPort()
	if ours, _ := isOwnSocket(a, b); !ours {
		t.Error("our own connection is not known as ours")
	}
	if stranger, _ := isOwnSocket(netip.AddrPortFrom(a.Addr(), a.Port()^1), b); stranger {
		t.Error("a connection that does not exist is known as ours")
	}
}
