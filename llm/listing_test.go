package llm

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestModels(t *testing.T) {
	tests := []struct {
		name, kind, path, body string
		want                   []string
		fault                  string
	}{
		{"ollama", Ollama, "/api/tags", `{"models":[{"name":"qwen2.5:1.5b","size":1},{"name":"llama3.2:latest"}]}`, []string{"qwen2.5:1.5b", "llama3.2:latest"}, ""},
		{"openai", OpenAI, "/v1/models", `{"object":"list","data":[{"id":"gpt-4o-mini"},{"id":"bad\u001bname"},{"id":""}]}`, []string{"gpt-4o-mini"}, ""},
		{"both forms", OpenAI, "/v1/models", `{"data":[{"id":"a"}],"models":[{"name":"a"}]}`, []string{"a"}, ""},
		{"none", Ollama, "/api/tags", `{"models":[]}`, []string{}, ""},
		{"not a provider", Ollama, "/api/tags", `{"hello":"world"}`, nil, KindGarbage},
		{"error", OpenAI, "/v1/models", `{"error":{"message":"no"}}`, nil, KindRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var path string
			p := fakeProvider(t, tt.kind, func(w http.ResponseWriter, r *http.Request) {
				path = r.Method + " " + r.URL.Path
				io.WriteString(w, tt.body)
			})
			got, err := p.Models(t.Context())
			if f, _ := errors.AsType[*Fault](err); tt.fault != "" {
				if f == nil || f.Kind != tt.fault {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || path != "GET "+tt.path {
				t.Fatal(path, err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestChooseModel(t *testing.T) {
	tests := []struct {
		name, configured string
		listed           []string
		want             string
	}{
		{"configured", "mine", []string{"a"}, "mine"},
		{"usual", "", []string{"whisper-1", "gpt-4o-mini", "gpt-4.1-mini"}, "gpt-4.1-mini"},
		{"first that chats", "", []string{"nomic-embed-text:latest", "bge-m3", "qwen2.5:1.5b", "llama3"}, "qwen2.5:1.5b"},
		{"none that chats", "", []string{"bge-m3"}, ""},
		{"none", "", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := providerAt(t, Ollama, "http://127.0.0.1:1")
			p.cfg.Model = tt.configured
			got, err := p.ChooseModel(tt.listed)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
