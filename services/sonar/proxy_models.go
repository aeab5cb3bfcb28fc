package sonar

import (
	"net/http"
	"slices"
	"strings"

	"amalfa/llm"
	"amalfa/services"
)

// model passes on what the provider says of one model, whose name may be a path.
func (p *proxy) model(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("model")
	if !llm.ValidModel(name) || slices.ContainsFunc(strings.Split(name, "/"), func(s string) bool { return s == "." || s == ".." }) {
		writeOpenAIError(w, badRequest("the path does not name a model"))
		return
	}
	_, path, _ := strings.Cut(r.URL.EscapedPath(), "/v1/")
	p.pass(w, r, llm.Call{Method: http.MethodGet, Path: p.monitor.provider().OpenAIPath(path), Query: r.URL.RawQuery}, "")
}

// models passes on the list of an OpenAI-like provider, with all that it says of each. Ollama's is made from its own list.
func (p *proxy) models(w http.ResponseWriter, r *http.Request) {
	if p.monitor.provider().Config().Provider == llm.OpenAI {
		p.pass(w, r, llm.Call{Method: http.MethodGet, Path: "models", Query: r.URL.RawQuery}, "")
		return
	}
	provider, err := p.monitor.require(r.Context())
	if err != nil {
		writeOpenAIError(w, err)
		return
	}
	type model struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}
	list := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{"list", []model{}}
	for _, m := range provider.models {
		list.Data = append(list.Data, model{ID: m, Object: "model", OwnedBy: p.monitor.provider().Config().Provider})
	}
	services.WriteJSON(w, http.StatusOK, list)
}
