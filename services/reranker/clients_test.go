//go:build cgo

package reranker

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

// TestPythonClients lets Cohere's client, both its versions, and LlamaIndex's
// client of text-embeddings-inference talk to the service.
func TestPythonClients(t *testing.T) {
	python := assets.Python(t, "cohere==7.3.1", "llama-index-core==0.14.25", "llama-index-postprocessor-tei-rerank==0.6.0")
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{})
	s := serve(t, e)
	texts := []string{"hi", "The giant panda is a bear.", "Paris is the capital of France.", "東京の天気", "naïve café"}
	want, err := e.Score(t.Context(), rerank.Request{Query: panda, Documents: texts})
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(map[string]any{"query": panda, "documents": texts})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/clients.py", s.URL)
	cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1")
	cmd.Stdin = bytes.NewReader(in)
	out := testmodels.Output(t, cmd)
	var got map[string]json.RawMessage
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	ranked := want.Ranked()
	for _, client := range []string{"cohere v1", "cohere v1, objects", "cohere v2", "llama-index tei"} {
		var pairs [][2]float64
		if err := json.Unmarshal(got[client], &pairs); err != nil || len(pairs) != len(texts) {
			t.Errorf("%s: %s", client, got[client])
			continue
		}
		for place, i := range ranked {
			if int(pairs[place][0]) != i || math.Abs(pairs[place][1]-want.Scores[i].Value) > 1e-6 {
				t.Errorf("%s: place %d is %v, want %d with %v", client, place, pairs[place], i, want.Scores[i].Value)
			}
		}
	}
	var top []string
	if err := json.Unmarshal(got["top"], &top); err != nil || len(top) != 2 || top[0] != texts[ranked[0]] || top[1] != texts[ranked[1]] {
		t.Errorf("top: %s", got["top"])
	}
	if said := string(got["cohere error"]); !strings.Contains(said, "query: empty") {
		t.Errorf("error: %s", said)
	}
}
