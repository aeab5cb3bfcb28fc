package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/services"
	"amalfa/testdata/assets"
	"amalfa/testdata/clients"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// serveHTTP returns the address of a server and a function that stops it and waits.
func serveHTTP(t testing.TB, o Options) (url string, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	srv := services.New(services.Info{Service: "mcp", Version: "test"}, services.Options{})
	go func() { done <- ServeHTTP(ctx, srv, o, time.Hour, ln) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(testTimeout):
				t.Error("the server waits for its drain, an hour, instead of ending its streams")
			}
		})
	}
	t.Cleanup(stop)
	return "http://" + ln.Addr().String() + Path, stop
}

func TestPythonSDKOverHTTP(t *testing.T) {
	python := assets.Python(t, clients.PythonMCP)
	url, _ := serveHTTP(t, newVault(t).options())
	for mode, version := range map[string]string{"auto": "2026-07-28", "legacy": "2025-11-25"} {
		t.Run(mode, func(t *testing.T) {
			if d := cmp.Diff(talked(version), runPython(t, python, mode, url)); d != "" {
				t.Errorf("the client saw (-want +got):\n%s", d)
			}
		})
	}
}

// post sends a body with the headers that a client sends, and those given instead.
func post(t testing.TB, url, body string, header map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for k, v := range header {
		if req.Header.Set(k, v); k == "Host" {
			req.Host = v
		}
	}
	tr := &http.Transport{DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: testTimeout}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`

func TestHTTPGuard(t *testing.T) {
	url, _ := serveHTTP(t, newVault(t).options())
	tests := []struct {
		name, body string
		header     map[string]string
		want       int
	}{
		{"a client", listTools, nil, 200},
		{"a page", listTools, map[string]string{"Origin": "http://evil.example"}, 403},
		{"a page of another port", listTools, map[string]string{"Origin": "http://localhost:5173"}, 403},
		{"a file", listTools, map[string]string{"Origin": "null"}, 403},
		{"a rebound name", listTools, map[string]string{"Host": "evil.example"}, 403},
		{"a rebound name and its page", listTools, map[string]string{"Host": "evil.example", "Origin": "http://evil.example"}, 403},
		{"a form", listTools, map[string]string{"Content-Type": "text/plain"}, 415},
		{"a page without Origin", listTools, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"garbage", "garbage", nil, 400},
		{"an id that is not whole", strings.Replace(listTools, `"id":1`, `"id":2.5e-42`, 1), nil, 400},
		{"an id that no float holds", strings.Replace(listTools, `"id":1`, `"id":1e300`, 1), nil, 400},
		{"an id that is a list", strings.Replace(listTools, `"id":1`, `"id":[1]`, 1), nil, 400},
		{"deep", strings.Repeat("[", 100_000), nil, 400},
		{"large", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"` + strings.Repeat("x", 5<<20) + `"}}`, nil, 413},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got, body := post(t, url, tc.body, tc.header); got != tc.want || strings.Contains(body, "search_documents") != (tc.want == 200) {
				t.Errorf("status %d, want %d: %.200s", got, tc.want, body)
			}
		})
	}
	if got, _ := post(t, url, listTools, nil); got != 200 {
		t.Errorf("after all of these: %d", got)
	}
}

// TestHTTPClients lets many clients ask at once, each with a session of its own.
func TestHTTPClients(t *testing.T) {
	url, _ := serveHTTP(t, newVault(t).options())
	var clients sync.WaitGroup
	for i := range 20 {
		clients.Go(func() {
			for range 5 {
				body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"search_documents","arguments":{"query":"tide tables"}}}`, i)
				if code, got := post(t, url, body, nil); code != 200 || !strings.Contains(got, "docs/tides.md:") || !strings.Contains(got, fmt.Sprintf(`"id":%d,`, i)) {
					t.Errorf("client %d: %d %.300s", i, code, got)
				}
			}
		})
	}
	clients.Wait()
}

// TestHTTPSubscription follows a note over HTTP, and the stop of the server ends the stream at once.
func TestHTTPSubscription(t *testing.T) {
	v := newVault(t)
	o := v.options()
	o.Poll = 5 * time.Millisecond
	url, stop := serveHTTP(t, o)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	var h heard
	transport := &sdk.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: tr}, DisableStandaloneSSE: true}
	cs, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, h.options()).Connect(context.Background(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer cs.Close()
	uri := noteURI("docs/tides.md")
	if err := cs.Subscribe(context.Background(), &sdk.SubscribeParams{URI: uri}); err != nil {
		t.Fatal(err)
	}
	n := 0
	eventually(t, func() bool {
		n++
		v.write("docs/tides.md", "# Tides\n\n"+strings.Repeat("x ", n)+"\n")
		return h.uri(uri)
	})
	stop()
}

func BenchmarkStatus(b *testing.B) {
	v := newVault(b)
	w := dial(b, v.options())
	w.initialize("2025-11-25")
	for b.Loop() {
		w.send(fmt.Sprintf(statusCall, 1))
		w.receive()
	}
}

func BenchmarkSearch(b *testing.B) {
	v := newVault(b)
	v.granite(60)
	w := dial(b, v.options())
	w.initialize("2025-11-25")
	var call bytes.Buffer
	if err := json.Compact(&call, []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_documents","arguments":{"query":"granite block"}}}`)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		w.send(call.String())
		w.receive()
	}
}
