//go:build cgo

package vector

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"amalfa/testdata/assets"
)

// fastEmbed is the reference with what it brings: ONNX Runtime and tokenizers
// for Python.
const fastEmbed = "fastembed==0.9.1"

// TestAgainstPython holds the vectors of 500 real passages against those that
// ONNX Runtime and tokenizers for Python make with the same file, and those of
// the int8 model against the fp32 one.
func TestAgainstPython(t *testing.T) {
	texts := passages(t, 500)
	full := realLoads(t, "bge-small-en-v1.5")
	got := embedAll(t, newEngine(t, full, EngineOptions{}), texts, EmbedOptions{Bulk: true})
	list := filepath.Join(t.TempDir(), "texts.json")
	writeJSON(t, list, texts)
	cmd := exec.Command(assets.Python(t, fastEmbed), "testdata/reference.py", full.files.ModelPath, full.files.TokenizerPath, list)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderrOf(err))
	}
	var want [][]float32
	if err := json.Unmarshal(out, &want); err != nil || len(want) != len(got) {
		t.Fatalf("%v, %d vectors", err, len(want))
	}
	if worst := lowest(t, got, want); worst < 0.99999 {
		t.Errorf("cosine to the reference %.7f, want 0.99999", worst)
	}
	quick := embedAll(t, newEngine(t, realLoads(t, "bge-small-en-v1.5-q"), EngineOptions{}), texts, EmbedOptions{Bulk: true})
	for i, v := range quick {
		want[i] = v.Values
	}
	lowest(t, got, want)
	if mean := average64(t, got, want); mean < 0.99 {
		t.Errorf("cosine of int8 to fp32 %.5f on average, want 0.99", mean)
	}
}

func writeJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// lowest returns the least cosine of two lists of vectors, and logs it.
func lowest(t testing.TB, got []Vector, want [][]float32) float64 {
	t.Helper()
	worst := 1.0
	for i, v := range got {
		worst = min(worst, cosine(v.Values, want[i]))
	}
	t.Logf("cosine at least %.7f", worst)
	return worst
}

func average64(t testing.TB, got []Vector, want [][]float32) float64 {
	t.Helper()
	sum := 0.0
	for i, v := range got {
		sum += cosine(v.Values, want[i])
	}
	t.Logf("cosine on average %.5f", sum/float64(len(got)))
	return sum / float64(len(got))
}
