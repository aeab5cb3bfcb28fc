package testmodels

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"amalfa/models"
	"amalfa/testdata/assets"
	"amalfa/testdata/onnxtest"
	"amalfa/tokenizer"
)

// Scores has Hugging Face's tokenizers and onnxruntime score the same files.
// Two logits count as their difference.
func Scores(t testing.TB, f models.Files, query string, documents []string) []float64 {
	t.Helper()
	python := assets.Python(t, "onnxruntime==1.32.0", "tokenizers==0.23.3", "numpy==2.4.6")
	in, err := json.Marshal(map[string]any{"query": query, "documents": documents, "max": f.Model.MaxTokens})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "../../testdata/models/reference.py", f.ModelPath, f.TokenizerPath)
	cmd.Stdin = bytes.NewReader(in)
	var rows [][]float64
	if err := json.Unmarshal(Output(t, cmd), &rows); err != nil {
		t.Fatal(err)
	}
	scores := make([]float64, len(rows))
	for i, row := range rows {
		scores[i] = row[0]
		if len(row) == 2 {
			scores[i] = row[1] - row[0]
		}
	}
	return scores
}

// Output runs a command and returns what it prints.
func Output(t testing.TB, cmd *exec.Cmd) []byte {
	t.Helper()
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%v\n%s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Shaped returns a cross-encoder of a true size with random weights, made once.
func Shaped(b *testing.B, layers, width string) models.Files {
	b.Helper()
	const generator = "../../testdata/models/generate.py"
	source, err := os.ReadFile(generator)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(source)
	dir := filepath.Join(assets.Dir(b), "cross-encoder-"+layers+"x"+width+"-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(dir); err != nil {
		python := assets.Python(b, "onnx==1.23.2", "numpy==2.4.6")
		made := dir + ".part"
		if out, err := exec.Command(python, generator, "shape", made, layers, width, "../../testdata/models/xlmr").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		if err := os.Rename(made, dir); err != nil {
			b.Fatal(err)
		}
	}
	files, err := (&models.Locator{}).Find(dir, "")
	if err != nil {
		b.Fatal(err)
	}
	return files
}

// Classes is a model whose logits are the mean over the tokens of a row for each id.
func Classes(vocabulary, width int) onnxtest.Model {
	m := onnxtest.Lookup(vocabulary, width)
	m.Nodes[0].Outputs[0] = "rows"
	m.Nodes = append(m.Nodes, onnxtest.Node{Op: "ReduceMean", Inputs: []string{"rows"}, Outputs: []string{"logits"},
		Ints: map[string]int64{"keepdims": 0}, Lists: map[string][]int64{"axes": {1}}})
	m.Outputs = []onnxtest.ValueInfo{{Name: "logits", Element: onnxtest.Float32, Shape: []int64{1, int64(width)}}}
	return m
}

// NaN is a model that answers NaN where a text holds the letter z.
func NaN(t testing.TB) models.Files {
	t.Helper()
	files := Committed(t, "bert", "")
	tok, err := tokenizer.Load(files.TokenizerPath)
	if err != nil {
		t.Fatal(err)
	}
	z, err := tok.Encode("z", tokenizer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := Classes(2500, 1)
	m.Initializers[0].Data[z.IDs[0]] = float32(math.NaN())
	files.ModelPath = m.Write(t)
	return files
}
