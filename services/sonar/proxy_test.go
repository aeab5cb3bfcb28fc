package sonar

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const oneMessage = `"messages":[{"content":"hi","role":"user"}]`

func TestProxyWhole(t *testing.T) {
	for _, kind := range []string{OpenAI, Ollama} {
		t.Run(kind, func(t *testing.T) {
			u := newUpstream(t, saying("hello <b>"))
			d := start(t, Options{Config: u.config(kind), Search: tides})
			status, header, body := d.post("/v1/chat/completions", `{`+oneMessage+`,"temperature":0.5}`)
			var got struct {
				ID      string
				Choices []struct{ Message Message }
			}
			if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || got.ID != "c1" || got.Choices[0].Message.Content != "hello <b>" {
				t.Fatal(status, body, err)
			}
			if header.Get("Content-Type") != "application/json" {
				t.Error(header)
			}
			bodies, _ := u.asked()
			model := map[string]string{OpenAI: "m1", Ollama: "qwen2.5:1.5b"}[kind]
			want := `{` + oneMessage + `,"model":"` + model + `","temperature":0.5}`
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
	d := start(t, Options{Config: u.config(OpenAI)})
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
	want := http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer " + canary}, "Content-Type": {"application/json"}, "User-Agent": {"amalfa"}}
	if d := cmp.Diff(want, headers[0]); d != "" {
		t.Error(d)
	}
}

func TestProxyStreamsChunkByChunk(t *testing.T) {
	next := make(chan string)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		for data := range next {
			io.WriteString(w, "event: x\ndata: "+data+"\n\n")
			http.NewResponseController(w).Flush()
		}
	})
	d := start(t, Options{Config: u.config(OpenAI)})
	go func() { next <- delta("a") }()
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
		event := lines.Text()
		lines.Scan()
		return event
	}
	if got := read(); got != "data: "+delta("a") {
		t.Error(got)
	}
	next <- `{ "choices" : [ ] , "usage" : null }`
	if got := read(); got != `data: {"choices":[],"usage":null}` {
		t.Error(got)
	}
	next <- stopChunk
	if got := read(); got != "data: "+stopChunk {
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
		sse(w)
		event(w, delta("a"))
		event(w, `{"error":{"message":"overloaded `+canary+`"}}`)
	})
	d := start(t, Options{Config: u.config(OpenAI)})
	status, _, body := d.post("/v1/chat/completions", `{"stream":true,`+oneMessage+`}`)
	want := "data: " + delta("a") + "\n\n" +
		`data: {"error":{"message":"the language model did not answer: overloaded [key]","type":"server_error","param":null,"code":"provider_refused"}}` + "\n\n"
	if d := cmp.Diff(want, body); status != 200 || d != "" {
		t.Error(status, d)
	}
}

func TestClientThatLeavesEndsTheProvidersWork(t *testing.T) {
	gone, begun := make(chan struct{}), make(chan struct{})
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		event(w, delta("a"))
		http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
		close(gone)
	})
	c := u.config(OpenAI)
	d := start(t, Options{Config: c})
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(`{"stream":true,`+oneMessage+`}`))
	req.Header.Set("Content-Type", "application/json")
	resp, err := d.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	within(t, begun, "the answer to begin")
	cancel()
	within(t, gone, "the provider to be told")
}

func TestProxyModels(t *testing.T) {
	u := newUpstream(t, nil)
	d := start(t, Options{Config: u.config(OpenAI)})
	want := `{"object":"list","data":[{"id":"m1","object":"model","created":0,"owned_by":"openai"},{"id":"m2","object":"model","created":0,"owned_by":"openai"}]}` + "\n"
	if status, _, body := d.get("/v1/models"); status != 200 || body != want {
		t.Error(status, body)
	}
}

func TestFilterRequest(t *testing.T) {
	const image = `{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}`
	tests := []struct{ name, in, want string }{
		{"minimal", `{` + oneMessage + `}`, `{` + oneMessage + `,"model":"def"}`},
		{"model override", `{"model":"org/x:7b",` + oneMessage + `}`, `{` + oneMessage + `,"model":"org/x:7b"}`},
		{"null is absent", `{"model":null,"n":null,"tools":null,` + oneMessage + `}`, `{` + oneMessage + `,"model":"def"}`},
		{"unknown fields are left out", `{"store":true,"metadata":{"a":"b"},"web_search_options":{},"service_tier":"x","user":"me","base_url":"http://evil","Model":"x","api_key":"k",` + oneMessage + `}`,
			`{` + oneMessage + `,"model":"def"}`},
		{"unknown fields of messages too", `{"messages":[{"role":"user","content":"hi","url":"http://evil","Content":"x","audio":{"id":"a"}}]}`, `{` + oneMessage + `,"model":"def"}`},
		{"inline image", `{"messages":[{"role":"user","content":[{"type":"text","text":"a","x":1},` + image + `]}]}`,
			`{"messages":[{"content":[{"text":"a","type":"text"},{"image_url":{"url":"data:image/png;base64,AA=="},"type":"image_url"}],"role":"user"}],"model":"def"}`},
		{"image by address", `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://169.254.169.254/"}}]}]}`, ""},
		{"image by address behind another spelling", `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://169.254.169.254/","URL":"data:image/png;base64,AA=="}}]}]}`, ""},
		{"image in the odd string form", `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"http://evil/"}]}]}`, ""},
		{"image smuggled into a text part", `{"messages":[{"role":"user","content":[{"type":"text","text":"a","image_url":{"url":"http://evil/"}}]}]}`,
			`{"messages":[{"content":[{"text":"a","type":"text"}],"role":"user"}],"model":"def"}`},
		{"file", `{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}`, ""},
		{"video address", `{"messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"http://evil"}}]}]}`, ""},
		{"content of the wrong type", `{"messages":[{"role":"user","content":{"a":1}}]}`, ""},
		{"functions", `{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}},"server_url":"http://evil"}],` + oneMessage + `}`,
			`{` + oneMessage + `,"model":"def","tools":[{"function":{"name":"f","parameters":{"type":"object"}},"type":"function"}]}`},
		{"tool that the provider runs", `{"tools":[{"type":"web_search"}],` + oneMessage + `}`, ""},
		{"the same behind another spelling", `{"tools":[{"type":"mcp","Type":"function","server_url":"http://evil"}],` + oneMessage + `}`, ""},
		{"many answers", `{"n":100,` + oneMessage + `}`, ""},
		{"stream of the wrong type", `{"stream":"yes",` + oneMessage + `}`, ""},
		{"model that is no name", `{"model":"../../x\n",` + oneMessage + `}`, ""},
		{"no messages", `{}`, ""},
		{"empty messages", `{"messages":[]}`, ""},
		{"message without a role", `{"messages":[{"content":"x"}]}`, ""},
		{"null", `null`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body fields
			if err := json.Unmarshal([]byte(tt.in), &body); err != nil {
				t.Fatal(err)
			}
			got, _, err := filterRequest(body, "def")
			if (err != nil) != (tt.want == "") {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestProxyErrorsSpeakTheDialect(t *testing.T) {
	u := newUpstream(t, saying("x"))
	d := start(t, Options{Config: u.config(OpenAI)})
	for body, want := range map[string]int{`{`: 400, `{"messages":7}`: 400, `[]`: 400, strings.Repeat("[", 100) + strings.Repeat("]", 100): 400} {
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

func FuzzAdmit(f *testing.F) {
	f.Add([]byte(`{"model":"m","tools":[{"type":"function"}],"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:a/b;base64,"}}]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var body fields
		if json.Unmarshal(in, &body) != nil {
			return
		}
		out, _, err := filterRequest(body, "def")
		if err == nil && !json.Valid(out) {
			t.Fatalf("%s", out)
		}
	})
}
