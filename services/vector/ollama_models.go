package vector

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// ollamaModel is a row of Ollama's GET /api/tags and GET /api/ps. A time that nobody knows is the beginning of Unix's.
type ollamaModel struct {
	Name       string        `json:"name"`
	Model      string        `json:"model"`
	ModifiedAt time.Time     `json:"modified_at"`
	Size       int64         `json:"size"` // bytes on disk, from the catalogue; 0 = not known
	Digest     string        `json:"digest"`
	Details    ollamaDetails `json:"details"`
	ExpiresAt  *time.Time    `json:"expires_at,omitempty"`
	SizeVRAM   *int64        `json:"size_vram,omitempty"`
	Context    int           `json:"context_length,omitempty"` // tokens
}

type ollamaDetails struct {
	Parent       string   `json:"parent_model"`
	Format       string   `json:"format"`
	Family       string   `json:"family"`
	Families     []string `json:"families"`
	Parameters   string   `json:"parameter_size"`
	Quantization string   `json:"quantization_level"`
}

type ollamaShow struct {
	Modelfile    string         `json:"modelfile"`
	Parameters   string         `json:"parameters"`
	Template     string         `json:"template"`
	License      string         `json:"license,omitempty"`
	Details      ollamaDetails  `json:"details"`
	ModelInfo    map[string]any `json:"model_info"`
	Capabilities []string       `json:"capabilities"`
	ModifiedAt   time.Time      `json:"modified_at"`
}

// registerOllamaModels adds the routes by which Ollama's clients see whether anybody is there, and who.
func registerOllamaModels(srv *services.Server, e *embed.Engine) {
	srv.HandleAs("GET /{$}", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "Ollama is running") // the words that its clients look for
	}), ollama())
	handle(srv, "GET /api/version", ollama(), func(*http.Request) (any, error) {
		return map[string]string{"version": e.Options().Version}, nil
	})
	handle(srv, "GET /api/tags", ollama(), func(r *http.Request) (any, error) { return ollamaList(r.Context(), e, false), nil })
	handle(srv, "GET /api/ps", ollama(), func(r *http.Request) (any, error) { return ollamaList(r.Context(), e, true), nil })
	handle(srv, "POST /api/show", ollama(), func(r *http.Request) (any, error) { return ollamaShowModel(r, e) })
	for _, task := range []string{"generate", "chat"} {
		handle(srv, "POST /api/"+task, ollama(), func(r *http.Request) (any, error) { return nil, ollamaCannot(r, e, task) })
	}
	srv.ErrorsAs("/api/", failOllama)
}

func ollamaList(ctx context.Context, e *embed.Engine, loaded bool) map[string][]ollamaModel {
	list := []ollamaModel{}
	for i, name := range e.Names(ctx) {
		if loaded && !e.Loaded(name, i == 0) {
			continue
		}
		m := e.Describe(name)
		row := ollamaModel{Name: name, Model: name, ModifiedAt: time.Unix(0, 0).UTC(), Size: m.Bytes, Details: newOllamaDetails()}
		if loaded {
			expires := time.Now().Add(e.Options().Idle).UTC()
			row.ExpiresAt, row.SizeVRAM, row.Context = &expires, new(int64), m.MaxTokens
		}
		list = append(list, row)
	}
	return map[string][]ollamaModel{"models": list}
}

// newOllamaDetails calls every model a BERT, which those of the catalogue are or descend from.
func newOllamaDetails() ollamaDetails {
	return ollamaDetails{Format: "onnx", Family: "bert", Families: []string{"bert"}}
}

type ollamaNamed struct {
	Model string `json:"model"`
	Name  string `json:"name"` // what older clients call it
}

// find returns the model of a request as Names spells it.
func (n ollamaNamed) find(ctx context.Context, e *embed.Engine) (string, error) {
	name := n.Model
	if name == "" {
		name = n.Name
	}
	if name == "" {
		return "", bad("model is required", "")
	}
	names := e.Names(ctx)
	i := slices.IndexFunc(names, func(have string) bool { return strings.EqualFold(strings.TrimSuffix(name, ":latest"), have) })
	if i < 0 {
		return "", fmt.Errorf("%w: %.40q", inference.ErrUnknownModel, name)
	}
	return names[i], nil
}

func ollamaShowModel(r *http.Request, e *embed.Engine) (ollamaShow, error) {
	var body ollamaNamed
	if err := services.ReadJSON(r, &body); err != nil {
		return ollamaShow{}, err
	}
	name, err := body.find(r.Context(), e)
	if err != nil {
		return ollamaShow{}, err
	}
	m := e.Describe(name)
	if m.Dim == 0 { // a folder, which is the default model
		if m, err = e.Details(r.Context()); err != nil {
			return ollamaShow{}, err
		}
	}
	return ollamaShow{
		License: m.License, Details: newOllamaDetails(), Capabilities: []string{"embedding"}, ModifiedAt: time.Unix(0, 0).UTC(),
		ModelInfo: map[string]any{"general.architecture": "bert", "general.basename": name,
			"bert.embedding_length": m.Dim, "bert.context_length": m.MaxTokens, "bert.pooling_type": m.Pooling},
	}, nil
}

// ollamaCannot refuses what an embedding model cannot do, as Ollama does.
func ollamaCannot(r *http.Request, e *embed.Engine, task string) error {
	var body ollamaNamed
	if err := services.ReadJSON(r, &body); err != nil {
		return err
	}
	name, err := body.find(r.Context(), e)
	if err != nil {
		return err
	}
	return bad(fmt.Sprintf("%q does not support %s", name, task), "")
}
