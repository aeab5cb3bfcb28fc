package vector

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// ollamaVersion is the version of Ollama whose routes for embedding ours are, the first with dimensions (ollama/ollama PR 12242). Clients
// read it as three numbers and ask for an update where it is too low, so the program's own has no place there.
const ollamaVersion = "0.11.11"

// ollamaModel is a row of Ollama's GET /api/tags and GET /api/ps.
type ollamaModel struct {
	Name       string        `json:"name"`
	Model      string        `json:"model"`
	ModifiedAt time.Time     `json:"modified_at"`
	Size       int64         `json:"size"` // bytes on disk; 0 = not known
	Digest     string        `json:"digest"`
	Details    ollamaDetails `json:"details"`
	ExpiresAt  *time.Time    `json:"expires_at,omitempty"`
	SizeVRAM   *int64        `json:"size_vram,omitempty"`
	Context    int           `json:"context_length,omitempty"` // tokens
}

type ollamaModels struct {
	Models []ollamaModel `json:"models"`
}

// ollamaVersions are Ollama's version that we are like, and our own.
type ollamaVersions struct {
	Version string `json:"version"`
	Amalfa  string `json:"amalfa"`
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
		return ollamaVersions{ollamaVersion, e.Options().Version}, nil
	})
	handle(srv, "GET /api/tags", ollama(), func(r *http.Request) (any, error) { return ollamaList(r.Context(), e, false), nil })
	handle(srv, "GET /api/ps", ollama(), func(r *http.Request) (any, error) { return ollamaList(r.Context(), e, true), nil })
	handle(srv, "POST /api/show", ollama(), func(r *http.Request) (any, error) { return ollamaShowModel(r, e) })
	for _, task := range []string{"generate", "chat"} {
		handle(srv, "POST /api/"+task, ollama(), func(r *http.Request) (any, error) { return nil, ollamaCannot(r, e, task) })
	}
	srv.ErrorsAs("/api/", failOllama)
}

func ollamaList(ctx context.Context, e *embed.Engine, loaded bool) ollamaModels {
	list := []ollamaModel{}
	for i, name := range e.Names(ctx) {
		until, inMemory := e.Until(name, i == 0)
		if loaded && !inMemory {
			continue
		}
		row := newOllamaModel(e.Describe(ctx, name))
		if loaded {
			row.ExpiresAt, row.SizeVRAM, row.Context = &until, new(int64), e.Describe(ctx, name).MaxTokens
		}
		list = append(list, row)
	}
	return ollamaModels{list}
}

func newOllamaModel(m embed.Details) ollamaModel {
	return ollamaModel{Name: m.Name, Model: m.Name, ModifiedAt: modified(m), Size: m.Bytes, Digest: m.Digest, Details: newOllamaDetails(m)}
}

// modified is the beginning of Unix's time where nothing is known: clients read a date.
func modified(m embed.Details) time.Time {
	if m.Modified.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return m.Modified
}

func newOllamaDetails(m embed.Details) ollamaDetails {
	family := family(m.Name)
	return ollamaDetails{Format: "onnx", Family: family, Families: []string{family}, Parameters: human(m.Weights), Quantization: quantization(m.Precision)}
}

// family is the architecture of a model of the catalogue as Ollama calls it. Those without a word of it in their names are, or descend
// from, BERT.
func family(name string) string {
	for _, f := range []struct{ word, family string }{
		{"gemma", "gemma3"}, {"qwen3", "qwen3"}, {"nomic", "nomic-bert"}, {"modernbert", "modern-bert"}, {"granite-embedding-small-english-r2", "modern-bert"},
		{"mpnet", "mpnet"}, {"jina", "jina-bert-v2"}, {"multilingual-e5", "xlm-roberta"}, {"bge-m3", "xlm-roberta"},
	} {
		if strings.Contains(strings.ToLower(name), f.word) {
			return f.family
		}
	}
	return "bert"
}

// human writes a number of weights as Ollama does: 33.21M, 137M, 1.5B.
func human(n int64) string {
	for _, unit := range []struct {
		size   float64
		letter string
	}{{1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		if float64(n) >= unit.size {
			return strconv.FormatFloat(math.Round(float64(n)/unit.size*100)/100, 'f', -1, 64) + unit.letter
		}
	}
	if n == 0 {
		return "" // not known
	}
	return strconv.FormatInt(n, 10)
}

// quantization is a precision in Ollama's words, or the nearest to them: weights as published are mostly of 32 bits.
func quantization(precision string) string {
	return map[string]string{"float32": "F32", "float16": "F16", "int8": "INT8"}[inference.NumberType(precision)]
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
	m := e.Describe(r.Context(), name)
	arch := family(name)
	info := map[string]any{"general.architecture": arch, "general.basename": name, "general.parameter_count": m.Weights}
	for key, value := range map[string]any{"embedding_length": m.Dim, "context_length": m.MaxTokens, "pooling_type": m.Pooling} {
		info[arch+"."+key] = value
	}
	return ollamaShow{
		License: m.License, Details: newOllamaDetails(m), Capabilities: []string{"embedding"}, ModifiedAt: modified(m), ModelInfo: info,
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
