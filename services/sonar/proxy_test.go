package sonar

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"amalfa/llm"
	"amalfa/testdata/testllm"

	"github.com/google/go-cmp/cmp"
)

const oneMessage = `"messages":[{"content":"hi","role":"user"}]`

func TestProxyWhole(t *testing.T) {
	for _, kind := range []string{llm.OpenAI, llm.Ollama} {
		t.Run(kind, func(t *testing.T) {
			u := newUpstream(t, saying("hello <b>"))
			d := start(t, Options{Config: u.config(kind), Search: tides})
			status, _, body := d.post("/v1/chat/completions", `{`+oneMessage+`,"temperature":0.5}`)
			var got struct {
				ID      string
				Choices []struct{ Message llm.Message }
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || got.ID != "c1" || got.Choices[0].Message.Content != "hello <b>" {
				t.Fatal(status, body, err)
			}
			bodies, _ := u.asked()
			model := map[string]string{llm.OpenAI: "m1", llm.Ollama: "qwen2.5:1.5b"}[kind]
			want := `{"model":"` + model + `",` + oneMessage + `,"temperature":0.5}`
			if d := cmp.Diff([]string{want}, bodies); d != "" {
				t.Error("the notes stay out of it", d)
			}
			if path := u.requests[len(u.requests)-1].URL.Path; path != "/v1/chat/completions" {
				t.Error(path)
			}
		})
	}
}

func TestProxyForwardsNoHeader(t *testing.T) {
	u := newUpstream(t, saying("hello"))
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	req, _ := http.NewRequest(http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(`{`+oneMessage+`}`))
	for name, value := range map[string]string{"Content-Type": "application/json", "Authorization": "Bearer of-the-client", "Cookie": "a=b",
		"X-Forwarded-For": "1.2.3.4", "OpenAI-Organization": "theirs", "X-Api-Key": "k", "User-Agent": "them", "Accept-Language": "de"} {
		req.Header.Set(name, value)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	d.read(resp)
	_, headers := u.asked()
	headers[0].Del("Content-Length")
	want := http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer " + testllm.Canary}, "Content-Type": {"application/json"}, "User-Agent": {"amalfa"}}
	if d := cmp.Diff(want, headers[0]); d != "" {
		t.Error(d)
	}
}

func TestProxyStreamsChunkByChunk(t *testing.T) {
	next := make(chan string)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		for data := range next {
			io.WriteString(w, "event: x\ndata: "+data+"\n\n")
			http.NewResponseController(w).Flush()
		}
	})
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	go func() { next <- testllm.Delta("a") }()
	resp, err := d.http.Post(d.url+"/v1/chat/completions", "application/json", strings.NewReader(`{"stream":true,`+oneMessage+`}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Error(resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	read := func() string { // one event; it can only be there if the chunk was passed on before the next one was sent
		lines.Scan()
		if lines.Text() != "event: x" {
			t.Errorf("%q", lines.Text())
		}
		lines.Scan()
		event := lines.Text()
		lines.Scan()
		return event
	}
	if got := read(); got != "data: "+testllm.Delta("a") {
		t.Error(got)
	}
	next <- `{ "choices" : [ ] , "usage" : null }`
	if got := read(); got != `data: { "choices" : [ ] , "usage" : null }` {
		t.Error(got)
	}
	next <- testllm.Stop
	if got := read(); got != "data: "+testllm.Stop {
		t.Error(got)
	}
	next <- "[DONE]"
	if got := read(); got != "data: [DONE]" {
		t.Error(got)
	}
	close(next)
	if lines.Scan() {
		t.Errorf("after the end: %q", lines.Text())
	}
}

func TestProxyStreamThatBreaks(t *testing.T) {
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		testllm.Event(w, testllm.Delta("a"))
		testllm.Event(w, `{"error":{"message":"overloaded `+testllm.Canary+`"}}`)
	})
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	status, _, body := d.post("/v1/chat/completions", `{"stream":true,`+oneMessage+`}`)
	want := "data: " + testllm.Delta("a") + "\n\n" + `data: {"error":{"message":"overloaded [key]"}}` + "\n\n"
	if d := cmp.Diff(want, body); status != 200 || d != "" {
		t.Error(status, d)
	}
}

func TestClientThatLeavesEndsTheProvidersWork(t *testing.T) {
	gone, begun := make(chan struct{}), make(chan struct{})
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		testllm.SSE(w)
		testllm.Event(w, testllm.Delta("a"))
		http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
		close(gone)
	})
	c := u.config(llm.OpenAI)
	d := start(t, Options{Config: c})
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(`{"stream":true,`+oneMessage+`}`))
	req.Header.Set("Content-Type", "application/json")
	resp, err := d.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	testllm.Within(t, begun, "the answer to begin")
	cancel()
	testllm.Within(t, gone, "the provider to be told")
}

func TestProxyModels(t *testing.T) {
	u := newUpstream(t, nil)
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	if status, _, body := d.get("/v1/models"); status != 200 || body != `{"data":[{"id":"m1"},{"id":"m2"}]}` {
		t.Error("an OpenAI-like provider's own words", status, body)
	}
	d = start(t, Options{Config: newUpstream(t, nil).config(llm.Ollama)})
	want := `{"object":"list","data":[{"id":"nomic-embed-text","object":"model","created":0,"owned_by":"ollama"},{"id":"qwen2.5:1.5b","object":"model","created":0,"owned_by":"ollama"}]}` + "\n"
	if status, _, body := d.get("/v1/models"); status != 200 || body != want {
		t.Error(status, body)
	}
}

// What a client writes reaches the provider byte by byte; only a missing model is put in, in its place.
func TestRequestsStayAsSent(t *testing.T) {
	tests := []struct{ name, in, want string }{ // an empty want is the request as it was
		{"unknown fields, odd numbers, order, spaces", `{ "model":"m", "top_k" : 1e1, "temperature":0.10, "seed":12345678901234567890,"chat_template_kwargs":{"enable_thinking":false},"x":null,` + oneMessage + " }\n", ""},
		{"content null beside tool calls", `{"model":"m","messages":[{"role":"assistant","content":null,"reasoning_content":"r","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}`, ""},
		{"fields named twice", `{"model":"a","top_p":1,"top_p":2,"model":"b",` + oneMessage + `}`, ""},
		{"escapes stay", `{"model":"m","messages":[{"role":"user","content":"\u00e9 \ud800 <\/b>"}]}`, ""},
		{"data URL with charset and capitals", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:IMAGE/PNG;charset=utf-8;BASE64,AA=="}},{"type":"file","file":{"file_id":"f"}}]}]}`, ""},
		{"a tool that the provider runs", `{"model":"m","tools":[{"type":"web_search"}],"n":100,"store":true}`, ""},
		{"a path as model", `{"model":"/data/models/x"}`, ""},
		{"a mark before the model", `{"model":"@cf/meta/llama"}`, ""},
		{"brackets behind the model", `{"model":"name[1m]"}`, ""},
		{"spaces and other scripts", `{"model":"模型 (v2) #1"}`, ""},
		{"a model that is no text", `{"model":7}`, ""},
		{"nested 500 deep", `{"model":"m","x":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`, ""},
		{"no model", `{ "a":1}`, `{"model":"m1", "a":1}`},
		{"nothing at all", ` { } `, ` {"model":"m1" } `},
		{"model null", `{"a":1, "model" : null ,"b":2}`, `{"a":1, "model" : "m1" ,"b":2}`},
		{"model empty", `{"model":"","b":[{"model":"x"}]}`, `{"model":"m1","b":[{"model":"x"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, saying("x"))
			d := start(t, Options{Config: u.config(llm.OpenAI)})
			status, _, body := d.post("/v1/chat/completions", tt.in)
			bodies, _ := u.asked()
			want := tt.want
			if want == "" {
				want = tt.in
			}
			if d := cmp.Diff([]string{want}, bodies); status != 200 || d != "" {
				t.Error(status, body, d)
			}
		})
	}
}

func TestProxyErrorsSpeakTheDialect(t *testing.T) {
	u := newUpstream(t, saying("x"))
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	for body, want := range map[string]int{`{`: 400, ``: 400, `[]`: 400, `null`: 400, `{}{}`: 400, `{"model":"a\u0000b"}`: 400, `{"model":"a\u0085b"}`: 400, strings.Repeat("[", 100) + strings.Repeat("]", 100): 400} {
		status, _, reply := d.post("/v1/chat/completions", body)
		var e struct {
			Error struct{ Message, Type, Code string }
		}
		if err := json.Unmarshal([]byte(reply), &e); err != nil || status != want || e.Error.Type != "invalid_request_error" || e.Error.Message == "" {
			t.Errorf("%d %s", status, reply)
		}
	}
	if bodies, _ := u.asked(); len(bodies) != 0 {
		t.Error(bodies)
	}
}

func FuzzReadRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","stream":true,"messages":[{"role":"user","content":null}]}`))
	f.Add([]byte(` { "model" : null , "model":"" } `))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := readRequest(in)
		if err != nil {
			return
		}
		out := r.withModel("def")
		if again, err := readRequest(out); err != nil || string(again.data[again.model.start:again.model.end]) != `"def"` {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
	})
}
