package sonar

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/services"
	"amalfa/testdata/testllm"
)

func TestWithoutProvider(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	ln.Close()
	d := start(t, Options{Config: llm.Config{Provider: llm.Ollama, BaseURL: "http://" + address, Guessed: true, Limits: small}})
	h := d.state("degraded")
	if h.Ollama || !strings.Contains(h.Reason, "no language model is configured") {
		t.Errorf("health %+v", h)
	}
	for _, path := range []string{"/chat", "/v1/chat/completions"} {
		status, header, body := d.post(path, `{"message":"x","messages":[{"role":"user","content":"x"}]}`)
		if status != 503 || header.Get("Retry-After") == "" || !strings.Contains(body, KindNoProvider) {
			t.Errorf("%s: %d %s", path, status, body)
		}
		for _, way := range []string{"OLLAMA_HOST", "OPENAI_BASE_URL", "OPENAI_API_KEY", "sonar.host"} {
			if !strings.Contains(body, way) {
				t.Errorf("%s: the hint does not name %s: %s", path, way, body)
			}
		}
	}
	if status, _, body := d.get("/v1/models"); status != 503 || !strings.Contains(body, KindNoProvider) {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := d.get("/ready"); status != 503 {
		t.Errorf("/ready is %d", status)
	}

	u := newUpstream(t, saying("hello"))
	later, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip("the port was taken meanwhile: ", err)
	}
	front := &http.Server{Handler: u.Config.Handler}
	go front.Serve(later)
	defer front.Close()
	d.state("ready")
	if a, err := d.client.Chat(t.Context(), Question{Message: "x"}, nil); err != nil || a.Message.Content != "hello" {
		t.Errorf("a provider that came later: %+v, %v", a, err)
	}
}

func TestProviderThatGoes(t *testing.T) {
	u := newUpstream(t, saying("hi"))
	d := start(t, Options{Config: u.config(llm.Ollama), Recheck: time.Hour})
	d.state("ready")
	u.Close()
	_, err := d.client.Chat(t.Context(), Question{Message: "x"}, nil)
	if e, ok := errors.AsType[*services.Error](err); !ok || e.Kind != llm.KindDown || e.Status != 503 {
		t.Fatalf("got %v", err)
	}
	if h := d.state("degraded"); !strings.Contains(h.Reason, "from settings") {
		t.Errorf("health %+v", h)
	}
}

func TestStatesOfAProvider(t *testing.T) {
	tests := []struct {
		name          string
		provider      string
		model         string
		list          http.HandlerFunc
		state, reason string
		chosen        string
	}{
		{"key refused", llm.OpenAI, "", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) }, "degraded", "refused the key", ""},
		{"no models", llm.Ollama, "", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"models":[]}`) }, "degraded", "lists no model", ""},
		{"model is not there", llm.Ollama, "llama3", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"models":[{"name":"a"}]}`) }, "degraded", "does not have the model llama3", "llama3"},
		{"latest is implied", llm.Ollama, "llama3", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"models":[{"name":"llama3:latest"}]}`)
		}, "ready", "", "llama3"},
		{"does not list but a model is configured", llm.OpenAI, "x/y", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, "ready", "", "x/y"},
		{"does not list and none is", llm.OpenAI, "", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, "degraded", "404", ""},
		{"a web page", llm.Ollama, "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
		}, "degraded", "web page", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.list)
			defer srv.Close()
			d := start(t, Options{Config: llm.Config{Provider: tt.provider, BaseURL: srv.URL, Model: tt.model, Key: testllm.Canary, Source: "settings", Limits: small}})
			if h := d.state(tt.state); !strings.Contains(h.Reason, tt.reason) || h.Model != tt.chosen {
				t.Errorf("health %+v", h)
			}
		})
	}
}
