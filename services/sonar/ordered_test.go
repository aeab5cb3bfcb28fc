package sonar

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"amalfa/testdata/testllm"
)

// An orderedProvider does what the model's name says, in the way of providers that there are.
type orderedProvider struct {
	gone   chan struct{} // one for each endless or silent request whose client left
	second atomic.Int32
}

func newOrderedProvider() *orderedProvider { return &orderedProvider{gone: make(chan struct{}, 16)} }

const (
	saidWhole = `{"id":"1","object":"chat.completion","created":1,"model":"say","choices":[{"index":0,"message":{"role":"assistant","content":"one two three"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}}`
	usageOnly = `{"id":"1","object":"chat.completion.chunk","created":1,"model":"say","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}}`
	toolCall  = `{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Oslo\"}"}}]}`
)

func (o *orderedProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	var asked struct {
		Model         string
		Stream        bool
		StreamOptions struct {
			Usage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	_ = json.Unmarshal(body, &asked) // GET has none
	route := strings.TrimPrefix(r.URL.EscapedPath(), "/v1/")
	switch {
	case r.URL.Path == "/gone":
		o.wasLeft(w)
	case route == "models":
		io.WriteString(w, `{"object":"list","data":[{"id":"say","object":"model"},{"id":"org/model:free","object":"model"}]}`)
	case strings.HasPrefix(route, "models/"):
		fmt.Fprintf(w, `{"id":%s,"object":"model","created":1,"owned_by":"x"}`, testllm.JSON(strings.TrimPrefix(r.URL.Path, "/v1/models/")))
	case route == "completions":
		io.WriteString(w, `{"id":"1","object":"text_completion","created":1,"model":"say","choices":[{"index":0,"text":"one two three","finish_reason":"stop","logprobs":null}]}`)
	case route == "embeddings":
		io.WriteString(w, `{"object":"list","model":"say","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`)
	case route == "responses":
		respond(w, asked.Stream)
	case asked.Stream:
		o.stream(w, r, asked.Model, string(body), asked.StreamOptions.Usage)
	default:
		o.whole(w, r, asked.Model, string(body))
	}
}

func (o *orderedProvider) wasLeft(w http.ResponseWriter) {
	select {
	case <-o.gone:
		io.WriteString(w, "gone")
	case <-time.After(patience):
		io.WriteString(w, "still there")
	}
}

func respond(w http.ResponseWriter, stream bool) {
	const whole = `{"id":"r","object":"response","created_at":1,"model":"say","status":"completed","parallel_tool_calls":true,"tools":[],"tool_choice":"auto","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"one two","annotations":[]}]}]}`
	if !stream {
		io.WriteString(w, whole)
		return
	}
	testllm.SSE(w)
	for _, word := range []string{"one ", "two"} {
		fmt.Fprintf(w, "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":%q}\n\n", word)
	}
	fmt.Fprintf(w, "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":%s}\n\n", whole)
}

// fail answers a model named "status N" as OpenAI does.
func (o *orderedProvider) fail(w http.ResponseWriter, status int) {
	w.Header().Set("Retry-After", "7")
	w.Header().Set("X-Ratelimit-Remaining-Requests", "0")
	w.Header().Set("X-Request-Id", "req_1")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"message":"no, because of %d","type":"some_error","param":"p%d","code":"c%d"}}`, status, status, status)
}

func (o *orderedProvider) whole(w http.ResponseWriter, r *http.Request, model, body string) {
	if n, ok := strings.CutPrefix(model, "status "); ok {
		status, _ := strconv.Atoi(n)
		o.fail(w, status)
		return
	}
	say := func(message string) {
		fmt.Fprintf(w, `{"id":"1","object":"chat.completion","created":1,"model":"say","choices":[{"index":0,"message":%s,"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}}`, message)
	}
	switch {
	case model == "second" && o.second.Add(1)%3 != 0:
		w.Header().Set("Retry-After-Ms", "10")
		w.Header().Set("X-Should-Retry", "true")
		w.WriteHeader(http.StatusServiceUnavailable)
	case model == "echo":
		say(fmt.Sprintf(`{"role":"assistant","content":%s}`, testllm.JSON(body)))
	case model == "tools" && !strings.Contains(body, `"rain"`):
		say(toolCall)
	case model == "tools" && !strings.Contains(body, `"content":null`):
		say(`{"role":"assistant","content":"the null beside tool calls is lost"}`)
	case model == "tools":
		say(`{"role":"assistant","content":"take an umbrella"}`)
	case model == "think":
		say(`{"role":"assistant","content":"yes","reasoning_content":"let me see"}`)
	case model == "silent":
		<-r.Context().Done()
		o.gone <- struct{}{}
	default:
		io.WriteString(w, saidWhole)
	}
}

func (o *orderedProvider) stream(w http.ResponseWriter, r *http.Request, model, body string, usage bool) {
	if n, ok := strings.CutPrefix(model, "status "); ok {
		status, _ := strconv.Atoi(n)
		o.fail(w, status)
		return
	}
	testllm.SSE(w)
	send := func(text string) {
		io.WriteString(w, text)
		_ = http.NewResponseController(w).Flush()
	}
	piece := func(delta string) {
		send(fmt.Sprintf("data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"say\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":null}]}\n\n", delta))
	}
	last := `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"say","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	switch model {
	case "tools":
		piece(`{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}`)
		piece(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\": "}}]}`)
		piece(`{"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]}`)
		last = strings.Replace(last, `"stop"`, `"tool_calls"`, 1)
	case "think":
		piece(`{"reasoning_content":"let me "}`)
		piece(`{"reasoning_content":"see"}`)
		piece(`{"content":"yes"}`)
	case "odd": // comments, line ends of two bytes, fields without a space, characters cut in two
		send(": processing\r\n\r\n\r\nevent: message\r\nid: 1\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\xe2")
		send("\x82\xac\"},\"message\":null}]}\r\n\r\n")
		piece(`{"content":"b","role":"assistant","x":{"y":[null]}}`)
		send("data: {\"choices\":[],\"usage\":null}\r\n\r\n")
	case "broken":
		piece(`{"content":"one"}`)
		send("data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\",\"code\":\"overloaded\"}}\n\n")
		return
	case "cut":
		piece(`{"content":"one"}`)
		send(`data: {"choices":[{"index":0,"delta":{"content":"t`)
		panic(http.ErrAbortHandler)
	case "large":
		send("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + strings.Repeat("x", small.Line) + "\"}}]}\n\n")
		return
	case "endless":
		for r.Context().Err() == nil {
			piece(`{"content":"more"}`)
			time.Sleep(time.Millisecond)
		}
		o.gone <- struct{}{}
		return
	default:
		for _, word := range []string{"one ", "two ", "three"} {
			piece(fmt.Sprintf(`{"role":"assistant","content":%q}`, word))
		}
	}
	send(last)
	if usage {
		send("data: " + usageOnly + "\n\n")
	}
	send("data: [DONE]\n\n")
}
