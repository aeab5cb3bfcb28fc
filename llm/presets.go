package llm

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A preset is what is known of a provider by its name: the one table of their addresses, the variables of their keys, and quirks.
type preset struct {
	name, dialect, base string
	keyVar              string // its makers' own variable; its value goes to this base's origin alone
	headers             map[string]string
	local               bool // a server on this machine, at its usual port
	prices              bool // its list of models says their prices
	listsByKey          bool // it wants the key for its list of models in a header of its own
}

// presets are the providers that sonar.provider may name. Sources: each maker's page on the API for OpenAI's clients.
func presets() []preset {
	return []preset{
		{name: Ollama, dialect: Ollama, base: "http://" + ollamaHost + ":" + ollamaPort, local: true},
		{name: OpenAI, dialect: OpenAI, base: openAIBase, keyVar: "OPENAI_API_KEY"},
		{name: "openrouter", dialect: OpenAI, base: "https://openrouter.ai/api/v1", keyVar: "OPENROUTER_API_KEY", prices: true,
			headers: map[string]string{"X-Title": "amalfa"}}, // by which it names its clients
		{name: "gemini", dialect: OpenAI, base: "https://generativelanguage.googleapis.com/v1beta/openai", keyVar: "GEMINI_API_KEY"},
		{name: "anthropic", dialect: OpenAI, base: "https://api.anthropic.com/v1", keyVar: "ANTHROPIC_API_KEY", listsByKey: true},
		{name: "lmstudio", dialect: OpenAI, base: "http://127.0.0.1:1234/v1", local: true},
		{name: "llamacpp", dialect: OpenAI, base: "http://127.0.0.1:8080/v1", local: true},
		{name: "vllm", dialect: OpenAI, base: "http://127.0.0.1:8000/v1", local: true},
	}
}

// Names are the words that [Settings.Provider] may be.
func Names() []string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.name)
	}
	return names
}

func presetNamed(name string) (preset, bool) {
	all := presets()
	i := slices.IndexFunc(all, func(p preset) bool { return p.name == name })
	if i < 0 {
		return preset{}, false
	}
	return all[i], true
}

// presetAt returns the provider whose address that is. A server on this machine may be any.
func presetAt(u *url.URL) preset {
	for _, p := range presets() {
		if base, err := url.Parse(p.base); err == nil && !p.local && sameOrigin(base, u) {
			return p
		}
	}
	return preset{name: OpenAI}
}

// anthropicVersion is the version of its API by which Anthropic lists its models.
const anthropicVersion = "2023-06-01"

// setPresetHeaders gives a request what its provider wants besides OpenAI's headers.
func (p *Provider) setPresetHeaders(req *http.Request, path string) {
	known := presetAt(p.base)
	for name, value := range known.headers {
		req.Header.Set(name, value)
	}
	if known.listsByKey && strings.HasPrefix(path, "models") && p.cfg.Key != "" {
		req.Header.Del("Authorization")
		req.Header.Set("X-Api-Key", string(p.cfg.Key))
		req.Header.Set("Anthropic-Version", anthropicVersion)
	}
}
