package llm

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"amalfa/testdata/testllm"

	"github.com/google/go-cmp/cmp"
)

// seen is a Config without what a test cannot compare.
type seen struct {
	Provider, BaseURL, Key, Model, Org, Project, Source string
	Guessed                                             bool
}

func TestFromEnvPrecedence(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		s    Settings
		want seen
	}{
		{"nothing", nil, Settings{},
			seen{Provider: Ollama, BaseURL: "http://127.0.0.1:11434", Source: "default", Guessed: true}},
		{"nothing but a model", nil, Settings{Model: "llama3.2"},
			seen{Provider: Ollama, BaseURL: "http://127.0.0.1:11434", Model: "llama3.2", Source: "default", Guessed: true}},
		{"ollama host", map[string]string{"OLLAMA_HOST": "0.0.0.0:9999"}, Settings{},
			seen{Provider: Ollama, BaseURL: "http://127.0.0.1:9999", Source: "OLLAMA_HOST"}},
		{"openai key", map[string]string{"OPENAI_API_KEY": "k", "OLLAMA_HOST": "h"}, Settings{},
			seen{Provider: OpenAI, BaseURL: "https://api.openai.com/v1", Key: "k", Source: "OPENAI_API_KEY"}},
		{"openai base URL, key, organisation and project", map[string]string{"OPENAI_BASE_URL": " https://llm.example/v1/ ", "OPENAI_API_KEY": "k",
			"OPENAI_ORG_ID": "o", "OPENAI_PROJECT_ID": "p", "OLLAMA_HOST": "h"}, Settings{Model: "m"},
			seen{Provider: OpenAI, BaseURL: "https://llm.example/v1", Key: "k", Org: "o", Project: "p", Model: "m", Source: "OPENAI_BASE_URL"}},
		{"openai base URL without a path", map[string]string{"OPENAI_BASE_URL": "http://localhost:8080"}, Settings{},
			seen{Provider: OpenAI, BaseURL: "http://localhost:8080/v1", Source: "OPENAI_BASE_URL"}},
		{"settings before variables", map[string]string{"OPENAI_BASE_URL": "https://llm.example/v1", "OPENAI_API_KEY": "k", "OLLAMA_HOST": "h:1"},
			Settings{Provider: Ollama, BaseURL: "gpu:11434"},
			seen{Provider: Ollama, BaseURL: "http://gpu:11434", Source: "settings"}},
		{"settings name only the provider: its own variable gives the address", map[string]string{"OLLAMA_HOST": "gpu", "OPENAI_API_KEY": "k"},
			Settings{Provider: Ollama}, seen{Provider: Ollama, BaseURL: "http://gpu:11434", Source: "settings"}},
		{"openai by settings", map[string]string{"OPENAI_API_KEY": "k", "OLLAMA_HOST": "h"}, Settings{Provider: OpenAI},
			seen{Provider: OpenAI, BaseURL: "https://api.openai.com/v1", Key: "k", Source: "settings"}},
		{"the variables' key does not go to a host of the settings", map[string]string{"OPENAI_API_KEY": "k", "OPENAI_ORG_ID": "o", "OPENAI_PROJECT_ID": "p"},
			Settings{BaseURL: "https://other.example/v1"},
			seen{Provider: OpenAI, BaseURL: "https://other.example/v1", Source: "settings"}},
		{"nor to another port or scheme of the same host", map[string]string{"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://localhost:1/v1"},
			Settings{BaseURL: "http://localhost:2/v1"},
			seen{Provider: OpenAI, BaseURL: "http://localhost:2/v1", Source: "settings"}},
		{"but to the same one", map[string]string{"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://LLM.example:443/v1"},
			Settings{BaseURL: "https://llm.example/other"},
			seen{Provider: OpenAI, BaseURL: "https://llm.example/other", Key: "k", Source: "settings"}},
		{"a name stands for an address and its maker's key", map[string]string{"OPENAI_API_KEY": "k", "OPENROUTER_API_KEY": "r"},
			Settings{Provider: "openrouter", Org: "o"},
			seen{Provider: OpenAI, BaseURL: "https://openrouter.ai/api/v1", Key: "r", Org: "o", Source: "settings"}},
		{"so does the address", map[string]string{"GEMINI_API_KEY": "g"}, Settings{BaseURL: "https://generativelanguage.googleapis.com/v1beta/openai"},
			seen{Provider: OpenAI, BaseURL: "https://generativelanguage.googleapis.com/v1beta/openai", Key: "g", Source: "settings"}},
		{"a maker's key goes to its own address alone", map[string]string{"ANTHROPIC_API_KEY": "a"}, Settings{Provider: "anthropic", BaseURL: "https://other.example/v1"},
			seen{Provider: OpenAI, BaseURL: "https://other.example/v1", Source: "settings"}},
		{"a server on this machine by its name", map[string]string{"OPENAI_API_KEY": "k"}, Settings{Provider: "lmstudio"},
			seen{Provider: OpenAI, BaseURL: "http://127.0.0.1:1234/v1", Source: "settings"}},
		{"a key in the environment alone names nobody but OpenAI", map[string]string{"ANTHROPIC_API_KEY": "a", "OPENROUTER_API_KEY": "r"}, Settings{},
			seen{Provider: Ollama, BaseURL: "http://127.0.0.1:11434", Source: "default", Guessed: true}},
		{"key in the settings before every variable", map[string]string{"OPENAI_API_KEY": "k", "V": "r"}, Settings{Key: "s"},
			seen{Provider: OpenAI, BaseURL: "https://api.openai.com/v1", Key: "s", Source: "settings"}},
		{"host and port alone mean ollama", nil, Settings{BaseURL: "localhost:11434"},
			seen{Provider: Ollama, BaseURL: "http://localhost:11434", Source: "settings"}},
		{"ollama's port means ollama", nil, Settings{BaseURL: "http://gpu:11434/"},
			seen{Provider: Ollama, BaseURL: "http://gpu:11434", Source: "settings"}},
		{"an address with the route that was copied with it", nil, Settings{BaseURL: " https://llm.example:8443/a/v1/chat/completions/ "},
			seen{Provider: OpenAI, BaseURL: "https://llm.example:8443/a/v1", Source: "settings"}},
		{"ollama's, too", nil, Settings{BaseURL: "http://gpu:11434/api/chat"},
			seen{Provider: Ollama, BaseURL: "http://gpu:11434", Source: "settings"}},
		{"unless the path is openai's", nil, Settings{BaseURL: "http://gpu:11434/v1"},
			seen{Provider: OpenAI, BaseURL: "http://gpu:11434/v1", Source: "settings"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := FromEnv(func(n string) string { return tt.env[n] }, tt.s)
			if err != nil {
				t.Fatal(err)
			}
			got := seen{c.Provider, c.BaseURL, string(c.Key), c.Model, c.Org, c.Project, c.Source, c.Guessed}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFromEnvRefuses(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		s    Settings
	}{
		{"another scheme", map[string]string{"OPENAI_BASE_URL": "file:///etc/passwd"}, Settings{}},
		{"a password in the address", map[string]string{"OPENAI_BASE_URL": "https://u:" + testllm.Canary + "@h/v1"}, Settings{}},
		{"a query", map[string]string{"OPENAI_BASE_URL": "https://h/v1?key=" + testllm.Canary}, Settings{}},
		{"nonsense", map[string]string{"OPENAI_BASE_URL": "::" + testllm.Canary}, Settings{}},
		{"another scheme for ollama", map[string]string{"OLLAMA_HOST": "unix:///x"}, Settings{}},
		{"unknown provider", nil, Settings{Provider: "claude"}},
		{"a key that no header carries", map[string]string{"OPENAI_API_KEY": testllm.Canary + "\r\nX: y"}, Settings{}},
		{"a key over plain http to the internet", map[string]string{"OPENAI_BASE_URL": "http://llm.example/v1", "OPENAI_API_KEY": testllm.Canary}, Settings{}},
		{"the same to a public address", map[string]string{"OPENAI_BASE_URL": "http://8.8.8.8/v1", "OPENAI_API_KEY": testllm.Canary}, Settings{}},
		{"a model name with a line break", nil, Settings{Model: "a\nb"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FromEnv(func(n string) string { return tt.env[n] }, tt.s)
			if !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), testllm.Canary) {
				t.Errorf("got %v, want ErrConfig without the key", err)
			}
		})
	}
}

func TestKeyOverPlainHTTP(t *testing.T) {
	for _, base := range []string{"http://localhost:1/v1", "http://127.0.0.1/v1", "http://[::1]:5/v1", "http://192.168.1.9/v1", "http://vllm:8000/v1"} {
		if _, err := FromEnv(func(n string) string {
			return map[string]string{"OPENAI_BASE_URL": base, "OPENAI_API_KEY": "k"}[n]
		}, Settings{}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestProxyComesFromTheEnvironmentAndNeverForLoopback(t *testing.T) {
	env := map[string]string{"https_proxy": "http://proxy:3128", "HTTP_PROXY": "http://proxy:3129", "NO_PROXY": "inside.example"}
	c, err := FromEnv(func(n string) string { return env[n] }, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	everything := func(*url.URL) (*url.URL, error) { return url.Parse("http://proxy:1") }
	tests := []struct{ target, want, whatever string }{
		{"https://api.openai.com/v1", "http://proxy:3128", "http://proxy:1"},
		{"http://gpu:11434", "http://proxy:3129", "http://proxy:1"},
		{"https://inside.example/v1", "", "http://proxy:1"},
		{"http://127.0.0.1:11434", "", ""},
		{"http://127.9.9.9:1", "", ""},
		{"http://[::1]:11434", "", ""},
		{"http://LOCALHOST.:11434", "", ""},
	}
	for _, tt := range tests {
		u, _ := url.Parse(tt.target)
		if got, err := c.Proxy(u); err != nil || str(got) != tt.want {
			t.Errorf("%s: proxy %q, %v, want %q", tt.target, str(got), err, tt.want)
		}
		got, err := proxyFor(everything)(&http.Request{URL: u})
		if err != nil || str(got) != tt.whatever {
			t.Errorf("%s: transport uses %q, %v, want %q", tt.target, str(got), err, tt.whatever)
		}
	}
}

func str(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

func TestParseOllamaHost(t *testing.T) {
	// the cases of ollama's own envconfig, and what a client must do with a server's value
	tests := []struct{ in, want string }{
		{"", "http://127.0.0.1:11434"},
		{"1.2.3.4", "http://1.2.3.4:11434"},
		{":1234", "http://127.0.0.1:1234"},
		{"1.2.3.4:1234", "http://1.2.3.4:1234"},
		{"example.com", "http://example.com:11434"},
		{"example.com:1234", "http://example.com:1234"},
		{"http://example.com", "http://example.com:80"},
		{"https://example.com", "https://example.com:443"},
		{"https://example.com:1234/", "https://example.com:1234"},
		{"https://example.com/ollama/", "https://example.com:443/ollama"},
		{"example.com/a/b", "http://example.com:11434/a/b"},
		{"ollama.com", "https://ollama.com:443"},
		{" \"1.2.3.4\" ", "http://1.2.3.4:11434"},
		{"'1.2.3.4:5'", "http://1.2.3.4:5"},
		{"[::1]", "http://[::1]:11434"},
		{"[::1]:1337", "http://[::1]:1337"},
		{"::1", "http://[::1]:11434"},
		{"0.0.0.0", "http://127.0.0.1:11434"},
		{"0.0.0.0:0", "http://127.0.0.1:11434"},
		{"[::]:1337", "http://[::1]:1337"},
		{"example.com:66000", "http://example.com:11434"},
		{"example.com:-1", "http://example.com:11434"},
		{"https://example.com:x", "https://example.com:443"},
	}
	for _, tt := range tests {
		got, err := ParseOllamaHost(tt.in)
		if err != nil || got.String() != tt.want {
			t.Errorf("%q: got %v, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"ftp://h", "unix:///run/x", "http://u:p@h", "a b", "h?x=1", "h#f", "h:1@x", "http://a\\b"} {
		if got, err := ParseOllamaHost(in); !errors.Is(err, ErrConfig) {
			t.Errorf("%q: got %v, %v, want ErrConfig", in, got, err)
		}
	}
}

func FuzzParseOllamaHost(f *testing.F) {
	for _, s := range []string{"", ":1", "[::]:0", "https://h:1/p", "a@b", "%", "http://[::1%25eth0]:1", "\x00", "h/../x?y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseOllamaHost(s)
		if err != nil {
			if !errors.Is(err, ErrConfig) {
				t.Fatal(err)
			}
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Hostname() != u.Hostname() || u.Port() == "" || u.Port() == "0" || u.User != nil || u.RawQuery != "" ||
			u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "0.0.0.0" {
			t.Fatalf("%q became %q (%v)", s, u, err)
		}
	})
}
