//go:build cgo

package vector

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

// TestPythonClients lets the Python clients of OpenAI, Ollama and Hugging Face
// (which speaks to text-embeddings-inference) talk to the service.
func TestPythonClients(t *testing.T) {
	python := assets.Python(t, pythonClients...)
	e := newEngine(t, testmodels.Pinned(t, "bge-small-en-v1.5-q"), embed.EngineOptions{})
	s := serve(t, e, services.Options{})
	vectors, err := e.Embed(t.Context(), []string{"hello world", "a naïve café"}, embed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		OpenAI       [][]float64 `json:"openai"`
		OpenAIFloat  [][]float64 `json:"openai_float"`
		OpenAIUsage  int         `json:"openai_usage"`
		OpenAIModels []string    `json:"openai_models"`
		OpenAIError  string      `json:"openai_error"`
		OpenAIEmpty  string      `json:"openai_empty"`
		Ollama       [][]float64 `json:"ollama"`
		OllamaOld    [][]float64 `json:"ollama_old"`
		OllamaError  int         `json:"ollama_error"`
		OllamaModels []string    `json:"ollama_models"`
		OllamaShow   []string    `json:"ollama_show"`
		OllamaLong   int         `json:"ollama_long"`
		TEI          [][]float64 `json:"tei"`
		TEIRoot      [][]float64 `json:"tei_root"`
		Similarity   []float64   `json:"similarity"`
		Infinity     [][]float64 `json:"infinity"`
		InfModels    []string    `json:"infinity_models"`
	}
	cmd := exec.Command(python, "testdata/clients.py", s.URL, "bge-small-en-v1.5-q")
	cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "HF_HUB_OFFLINE=0")
	out := testmodels.Output(t, cmd)
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][][]float64{
		"openai": got.OpenAI, "openai float": got.OpenAIFloat, "ollama": got.Ollama, "ollama, old": got.OllamaOld, "tei": got.TEI,
		"tei, root": got.TEIRoot, "infinity": got.Infinity,
	} {
		if d := distance(vectors, values); d > 1e-6 {
			t.Errorf("%s: off by %g", name, d)
		}
	}
	if diff := cmp.Diff([]string{"bge-small-en-v1.5-q"}, got.OpenAIModels); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"bge-small-en-v1.5-q", "bge-small-en-v1.5-q"}, got.OllamaModels); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got.OpenAIModels, got.InfModels); diff != "" {
		t.Error(diff)
	}
	if len(got.Similarity) != 2 || math.Abs(got.Similarity[0]-1) > 1e-6 || got.Similarity[1] >= got.Similarity[0] {
		t.Errorf("similarities %v of a text with itself and another", got.Similarity)
	}
	if len(got.OllamaShow) != 1 || got.OllamaShow[0] != "embedding" || got.OllamaLong != 512 {
		t.Errorf("ollama: shows %q, read %d tokens of a long text, want 512", got.OllamaShow, got.OllamaLong)
	}
	if got.OpenAIError != "model_not_found" || got.OpenAIEmpty != "empty_text" || got.OllamaError != 404 {
		t.Errorf("errors: %q, %q, %d", got.OpenAIError, got.OpenAIEmpty, got.OllamaError)
	}
	if want := vectors[0].Tokens + vectors[1].Tokens; got.OpenAIUsage != want {
		t.Errorf("usage %d, want %d", got.OpenAIUsage, want)
	}
}

// distance is the largest difference of two components.
func distance(want []embed.Vector, got [][]float64) float64 {
	if len(want) != len(got) {
		return math.Inf(1)
	}
	var worst float64
	for i, v := range want {
		if len(v.Values) != len(got[i]) {
			return math.Inf(1)
		}
		for j, x := range v.Values {
			worst = max(worst, math.Abs(float64(x)-got[i][j]))
		}
	}
	return worst
}
