package sonar

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/testdata/testllm"
)

// rawProvider answers every chat with exactly these pieces of bytes, each in a write of its own, and then hangs up.
func rawProvider(t *testing.T, pieces ...string) llm.Config {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go answerRaw(c, pieces)
		}
	}()
	return llm.Config{Provider: llm.OpenAI, BaseURL: "http://" + ln.Addr().String() + "/v1", Key: testllm.Canary, Source: "settings", Limits: small}
}

func answerRaw(c net.Conn, pieces []string) {
	defer c.Close()
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	if r.Method == http.MethodGet {
		pieces = []string{"HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n" + `{"data":[{"id":"m1"}]}`}
	}
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nX-Request-Id: r1\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n"

func TestStreamsGoBackAsTheyCame(t *testing.T) {
	streams := map[string][]string{
		"usage with choices null":   {"data: {\"choices\":null,\"usage\":{\"total_tokens\":1.0}}\n\n", "data: [DONE]\n\n"},
		"usage without choices":     {"data: {\"usage\":{\"total_tokens\":7}}\n\ndata: [DONE]\n\n"},
		"delta beside message":      {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"message\":{\"content\":\"a\"}}]}\n\n"},
		"message null":              {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"message\":null}]}\n\n"},
		"comments and blank lines":  {": keep-alive\n\n", "\n\n\n", ":\n", "data: {}\n\n", ": bye\n"},
		"CRLF":                      {"data: {}\r", "\n\r\ndata: [DONE]\r\n\r\n"},
		"CR alone":                  {"data: {}\r\rdata: [DONE]\r\r"},
		"split UTF-8":               {"data: {\"x\":\"\xe2", "\x82", "\xac\"}\n", "\n"},
		"bytes that are not UTF-8":  {"data: \xff\xfe\n\n"},
		"no last blank line":        {"data: {}\n\ndata: [DONE]"},
		"no DONE":                   {"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"},
		"other fields and no space": {"id: 1\nevent: x\nretry: 3\ndata:{}\n\n"},
		"an error as an event":      {"event: error\ndata: {\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n"},
		"nothing":                   {},
		"lines of JSON":             {"{\"a\":1}\n{\"b\":2}\n"},
	}
	for name, pieces := range streams {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t, Options{Config: rawProvider(t, append([]string{streamHead}, pieces...)...)})
			status, header, body := d.post("/v1/chat/completions", `{"model":"m","stream":true}`)
			if want := strings.Join(pieces, ""); status != 200 || body != want {
				t.Errorf("%d %q, want %q", status, body, want)
			}
			if header.Get("Content-Type") != "text/event-stream; charset=utf-8" || header.Get("X-Request-Id") != "r1" || header.Get("Set-Cookie") != "" {
				t.Error(header)
			}
		})
	}
}

func TestErrorsGoBackAsTheyCame(t *testing.T) {
	bodies := map[string]struct {
		status int
		body   string
	}{
		"OpenAI":   {400, `{"error":{"message":"Unsupported value","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`},
		"Google":   {429, `[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"7s"}]}}]`},
		"FastAPI":  {422, `{"detail":[{"loc":["body","n"],"msg":"ensure this value","type":"value_error"}]}`},
		"words":    {503, "upstream connect error"},
		"empty":    {500, ""},
		"no key":   {401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`},
		"a teapot": {418, `{"error":"short and stout"}`},
	}
	for name, tt := range bodies {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " stream=", stream), func(t *testing.T) {
				t.Parallel()
				head := "HTTP/1.1 " + strconv.Itoa(tt.status) + " X\r\nContent-Type: application/problem+json\r\nRetry-After: 17\r\nX-RateLimit-Limit: 3\r\nConnection: close\r\n\r\n"
				d := start(t, Options{Config: rawProvider(t, head, tt.body)})
				status, header, body := d.post("/v1/chat/completions", fmt.Sprintf(`{"model":"m","stream":%t}`, stream))
				if status != tt.status || body != tt.body {
					t.Errorf("%d %q, want %d %q", status, body, tt.status, tt.body)
				}
				if header.Get("Retry-After") != "17" || header.Get("X-Ratelimit-Limit") != "3" || header.Get("Content-Type") != "application/problem+json" {
					t.Error(header)
				}
			})
		}
	}
}

// The key is taken out wherever the pieces of the stream are cut.
func TestKeyInAStreamIsTakenOut(t *testing.T) {
	for i := range len(testllm.Canary) {
		d := start(t, Options{Config: rawProvider(t, streamHead, "data: "+testllm.Canary[:i], testllm.Canary[i:]+" s\n\n")})
		if _, _, body := d.post("/v1/chat/completions", `{"model":"m","stream":true}`); body != "data: [key] s\n\n" {
			t.Errorf("cut at %d: %q", i, body)
		}
	}
}

func TestStreamsThatAreCutOrTooLarge(t *testing.T) {
	chunked := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, tt := range map[string]struct {
		pieces []string
		want   string
	}{
		"cut":       {[]string{chunked, "8\r\ndata: {}\r\n"}, `"code":"provider_down"`},
		"too large": {[]string{streamHead, "data: " + strings.Repeat("x", small.Line)}, `"code":"provider_garbage"`},
	} {
		d := start(t, Options{Config: rawProvider(t, tt.pieces...)})
		status, _, body := d.post("/v1/chat/completions", `{"model":"m","stream":true}`)
		if status != 200 || !strings.Contains(body, "\n\ndata: {\"error\":") || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %.80q … %.300q", name, status, body, body[max(0, len(body)-300):])
		}
	}
}

// Comments are signs of life; silence is none.
func TestSilenceIsCountedFromTheLastByte(t *testing.T) {
	const silence = 4 * time.Second // longer than a busy machine keeps from writing what writes all the time
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		for begun := time.Now(); time.Since(begun) < silence*5/4; time.Sleep(silence / 40) {
			io.WriteString(w, ":\n")
			_ = http.NewResponseController(w).Flush()
		}
		testllm.Event(w, "[DONE]")
	})
	c := u.config(llm.OpenAI)
	c.Limits.Silence, c.Limits.Total = silence, 100*time.Millisecond
	if _, _, body := start(t, Options{Config: c}).post("/v1/chat/completions", `{"model":"m","stream":true}`); !strings.HasSuffix(body, "data: [DONE]\n\n") {
		t.Errorf("%q", body)
	}
	u = newUpstream(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c = u.config(llm.OpenAI)
	c.Limits.Silence = time.Second
	if status, _, body := start(t, Options{Config: c}).post("/v1/chat/completions", `{"model":"m","stream":true}`); status != 504 {
		t.Errorf("%d %s", status, body)
	}
}

// A stream that came compressed has no lines to wait for.
func TestCompressedStreamIsNotHeld(t *testing.T) {
	seen := make(chan struct{})
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "\x1f\x8b")
		_ = http.NewResponseController(w).Flush()
		<-seen
	})
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(`{"model":"m","stream":true}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Encoding", "gzip") // this client reads it itself
	resp, err := d.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	begun := make([]byte, 2)
	_, err = io.ReadFull(resp.Body, begun)
	close(seen)
	if err != nil || string(begun) != "\x1f\x8b" || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%q %v %v", begun, err, resp.Header)
	}
}
