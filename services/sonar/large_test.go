package sonar

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"amalfa/llm"
	"amalfa/testdata/testllm"
)

// A reply that is not streamed may be larger than what is kept of it; the key is taken out wherever it stands.
func TestLargeReplies(t *testing.T) {
	for _, size := range []int{maxKept - 1, maxKept, maxKept + 1, 20 << 20} {
		text := strings.Repeat("0.125,", size/6) + testllm.Canary + strings.Repeat("1", size%6)
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(text))
		d := start(t, Options{Config: rawProvider(t, head, text[:size/2], text[size/2:])})
		status, header, body := d.post("/v1/embeddings", `{"model":"m","input":"x"}`)
		if status != 200 || body != strings.Replace(text, testllm.Canary, "[key]", 1) || header.Get("Content-Type") != "application/json" {
			t.Errorf("%d bytes: %d with %d", size, status, len(body))
		}
	}
}

// What breaks off early is an error of its own status; later, the client sees that the reply is not whole.
func TestRepliesThatAreCut(t *testing.T) {
	for _, sent := range []int{10, 3 << 20} {
		d := start(t, Options{Config: rawProvider(t, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n", strings.Repeat("1", sent))})
		resp, err := d.http.Post(d.url+"/v1/embeddings", "application/json", strings.NewReader(`{"model":"m"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if sent < maxKept && (err != nil || resp.StatusCode != 503 || !strings.Contains(string(body), `"code":"provider_down"`)) {
			t.Errorf("%d %s %v", resp.StatusCode, body, err)
		}
		if sent > maxKept && (resp.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF)) {
			t.Errorf("%d %d bytes %v", resp.StatusCode, len(body), err)
		}
	}
}

// A model's name in the path reaches the provider as it was written, and leads nowhere else.
func TestModelOfAPath(t *testing.T) {
	var asked atomic.Value
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) { asked.Store(r.RequestURI) })
	for _, kind := range []string{llm.OpenAI, llm.Ollama} {
		d := start(t, Options{Config: u.config(kind)})
		for path, want := range map[string]string{
			"org/model:free": "org/model:free", "org%2Fmodel": "org%2Fmodel", "@cf/a?x=1&y": "@cf/a?x=1&y", "a%20b": "a%20b", "%2Fdata%2Fm": "%2Fdata%2Fm",
			"..%2f..%2fadmin": "", "a/%2e%2e/b": "", "a%0ab": "",
		} {
			asked.Store("")
			status, _, body := d.get("/v1/models/" + path)
			got := asked.Load().(string)
			if want != "" && got != "/v1/models/"+want || want == "" && (got != "" || status == 200) {
				t.Errorf("%s %s: asked %q, %d %s", kind, path, got, status, body)
			}
		}
	}
}

// Where nothing answers below /v1, that is said in OpenAI's shape.
func TestNoSuchRoute(t *testing.T) {
	d := start(t, Options{Config: newUpstream(t, nil).config(llm.OpenAI)})
	if status, _, body := d.post("/v1/fine_tuning/jobs", `{}`); status != 404 || !strings.Contains(body, `"type":"invalid_request_error"`) {
		t.Error(status, body)
	}
	if status, _, body := d.get("/v1/chat/completions"); status != 405 || !strings.Contains(body, `"code":"method_not_allowed"`) {
		t.Error(status, body)
	}
}
