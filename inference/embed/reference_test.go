//go:build cgo

package embed

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

// fastEmbed is the reference with what it brings: ONNX Runtime and tokenizers
// for Python.
const fastEmbed = "fastembed==0.9.1"

// TestAgainstPython holds the vectors of 500 real passages against those that
// ONNX Runtime and tokenizers for Python make with the same file, and those of
// the int8 model against the fp32 one.
func TestAgainstPython(t *testing.T) {
	texts := testmodels.Passages(t, 500)
	full := testmodels.Pinned(t, "bge-small-en-v1.5")
	got := embedAll(t, newEngine(t, full, EngineOptions{}), texts, Options{Bulk: true})
	list := filepath.Join(t.TempDir(), "texts.json")
	testmodels.WriteJSON(t, list, texts)
	cmd := exec.Command(assets.Python(t, fastEmbed), "testdata/reference.py", full.Files.ModelPath, full.Files.TokenizerPath, list)
	var want [][]float32
	if err := json.Unmarshal(testmodels.Output(t, cmd), &want); err != nil || len(want) != len(got) {
		t.Fatalf("%v, %d vectors", err, len(want))
	}
	if worst := lowest(t, got, want); worst < 0.99999 {
		t.Errorf("cosine to the reference %.7f, want 0.99999", worst)
	}
	quick := embedAll(t, newEngine(t, testmodels.Pinned(t, "bge-small-en-v1.5-q"), EngineOptions{}), texts, Options{Bulk: true})
	for i, v := range quick {
		want[i] = v.Values
	}
	lowest(t, got, want)
	if mean := average64(t, got, want); mean < 0.99 {
		t.Errorf("cosine of int8 to fp32 %.5f on average, want 0.99", mean)
	}
}

// lowest returns the least cosine of two lists of vectors, and logs it.
func lowest(t testing.TB, got []Vector, want [][]float32) float64 {
	t.Helper()
	worst := 1.0
	for i, v := range got {
		worst = min(worst, testmodels.Cosine(v.Values, want[i]))
	}
	t.Logf("cosine at least %.7f", worst)
	return worst
}

func average64(t testing.TB, got []Vector, want [][]float32) float64 {
	t.Helper()
	sum := 0.0
	for i, v := range got {
		sum += testmodels.Cosine(v.Values, want[i])
	}
	t.Logf("cosine on average %.5f", sum/float64(len(got)))
	return sum / float64(len(got))
}
