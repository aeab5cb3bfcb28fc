package testllm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// passage is the first one that stands before a question.
var passage = regexp.MustCompile(`(?s)<passage [^>]* number="1"[^>]*>\n(.*?)\n</passage`)

// Quoting answers a chat with the first sentence of its first passage, and cites it; where no passage stands, with the question.
func Quoting(body []byte) (model, answer string) {
	var asked struct {
		Model    string
		Messages []struct{ Content string }
	}
	if json.Unmarshal(body, &asked) != nil || len(asked.Messages) == 0 {
		return "", ""
	}
	last := asked.Messages[len(asked.Messages)-1].Content
	found := passage.FindStringSubmatch(last)
	if found == nil {
		return asked.Model, "I heard: " + last
	}
	for line := range strings.Lines(found[1]) {
		if first, _, ok := strings.Cut(strings.TrimSpace(line), ". "); ok && !strings.HasPrefix(first, "#") {
			return asked.Model, first + " [1]."
		}
	}
	return asked.Model, strings.TrimSuffix(strings.TrimSpace(found[1]), ".") + " [1]."
}

// An Ollama is a server of Ollama's own API, as its version 0.17 has it: /api/tags, /api/pull, /api/chat.
type Ollama struct {
	mu     sync.Mutex
	models []string
}

// ServeHTTP implements http.Handler.
func (o *Ollama) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body := readAll(r)
	switch r.Method + " " + r.URL.Path {
	case "GET /api/tags":
		type model struct {
			Name string `json:"name"`
		}
		list := []model{}
		for _, m := range o.models {
			list = append(list, model{m})
		}
		reply(w, 200, map[string]any{"models": list})
	case "POST /api/pull":
		var asked struct{ Model string }
		_ = json.Unmarshal(body, &asked)
		o.models = append(o.models, asked.Model)
		reply(w, 200, map[string]string{"status": "success"})
	case "POST /api/chat":
		o.chat(w, body)
	default:
		http.NotFound(w, r)
	}
}

func (o *Ollama) chat(w http.ResponseWriter, body []byte) {
	model, answer := Quoting(body)
	if !strings.Contains(" "+strings.Join(o.models, " ")+" ", " "+model+" ") {
		reply(w, 404, map[string]string{"error": fmt.Sprintf("model '%s' not found", model)})
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	for word := range strings.SplitAfterSeq(answer, " ") {
		fmt.Fprintf(w, "%s\n", JSON(map[string]any{"model": model, "message": map[string]string{"role": "assistant", "content": word}, "done": false}))
	}
	fmt.Fprintf(w, "%s\n", JSON(map[string]any{"model": model, "message": map[string]string{"role": "assistant", "content": ""}, "done": true,
		"done_reason": "stop", "prompt_eval_count": len(body) / 4, "eval_count": len(answer) / 4}))
}

// OpenRouterModel is one that an [OpenRouter] has.
const OpenRouterModel = "qwen/qwen-2.5-72b-instruct"

// An OpenRouter is a server as OpenRouter's: a list of models with prices for all, and chats for who has the key.
type OpenRouter struct {
	Key  string
	Seen func(r *http.Request, body []byte)
}

// ServeHTTP implements http.Handler.
func (o OpenRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := readAll(r)
	if o.Seen != nil {
		o.Seen(r, body)
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /api/v1/models":
		price := func(prompt, completion string) map[string]string {
			return map[string]string{"prompt": prompt, "completion": completion, "request": "0"}
		}
		reply(w, 200, map[string]any{"data": []map[string]any{
			{"id": "openrouter/auto", "pricing": price("-1", "-1")},
			{"id": OpenRouterModel, "pricing": price("0.00000012", "0.00000039")},
			{"id": "free/model:free", "pricing": price("0", "0")},
		}})
	case "POST /api/v1/chat/completions":
		o.chat(w, r, body)
	default:
		http.NotFound(w, r)
	}
}

func (o OpenRouter) chat(w http.ResponseWriter, r *http.Request, body []byte) {
	model, answer := Quoting(body)
	switch {
	case r.Header.Get("Authorization") != "Bearer "+o.Key:
		reply(w, 401, map[string]any{"error": map[string]any{"message": "No auth credentials found", "code": 401}})
		return
	case model != OpenRouterModel:
		reply(w, 400, map[string]any{"error": map[string]any{"message": model + " is not a valid model ID", "code": 400}})
		return
	}
	usage := map[string]any{"prompt_tokens": len(body) / 4, "completion_tokens": len(answer) / 4, "cost": 0.0123}
	SSE(w)
	fmt.Fprint(w, ": OPENROUTER PROCESSING\n\n")
	for word := range strings.SplitAfterSeq(answer, " ") {
		Event(w, Delta(word))
	}
	Event(w, Stop)
	Event(w, string(JSON(map[string]any{"choices": []any{}, "usage": usage})))
	Event(w, "[DONE]")
}
