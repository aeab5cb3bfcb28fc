package onnx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/onnxtest"
)

func inspect(path string) (Header, error) {
	f, err := openFile(path)
	if err != nil {
		return Header{}, err
	}
	defer f.Close()
	return f.header()
}

func TestInspect(t *testing.T) {
	model := onnxtest.Lookup(10, 4)
	model.Initializers = append(model.Initializers, onnxtest.Initializer{Name: "position_embeddings.weight", Shape: []int64{6, 4}, Data: make([]float32, 24)})
	got, err := inspect(model.Write(t))
	if err != nil {
		t.Fatal(err)
	}
	want := Header{
		Inputs:     []ValueInfo{{"input_ids", Int64, []int64{1, -1}}},
		Outputs:    []ValueInfo{{"last_hidden_state", Float32, []int64{1, -1, 4}}},
		Vocabulary: 10,
		MaxTokens:  6,
		Weights:    64,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestInspectQuantized reads a model whose table of positions has a scale and a
// zero point of like names, as often as the order of names may matter.
func TestInspectQuantized(t *testing.T) {
	for range 20 {
		got, err := inspect("../testdata/models/xlmr/model_quantized.onnx")
		if err != nil || got.MaxTokens != 130 || got.Vocabulary != 3002 {
			t.Fatalf("%d tokens, a vocabulary of %d, %v", got.MaxTokens, got.Vocabulary, err)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	whole := onnxtest.Lookup(10, 4).Bytes()
	for name, content := range map[string][]byte{
		"empty":      {},
		"text":       []byte("this is a note, not a model"),
		"cut short":  whole[:len(whole)-40],
		"html":       []byte("<html><body>404</body></html>"),
		"no graph":   {8, 8},
		"zero bytes": make([]byte, 4096),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.onnx")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := inspect(path)
			if !errors.Is(err, errMalformed) {
				t.Errorf("got %v, want that it is malformed", err)
			}
		})
	}
	if _, err := inspect(t.TempDir()); !errors.Is(err, errMalformed) {
		t.Errorf("a folder gave %v", err)
	}
	if _, err := inspect(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent file gave %v", err)
	}
}

func FuzzReadModel(f *testing.F) {
	f.Add(onnxtest.Lookup(3, 2).Bytes())
	f.Add([]byte{8, 8, 58, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := readGraph(span{newWindow(bytes.NewReader(data)), 0, int64(len(data))})
		if err != nil {
			return
		}
		if h, err := g.header(); err == nil && (len(h.Inputs) == 0 || len(h.Outputs) == 0) {
			t.Error("accepted a model without inputs or outputs")
		}
	})
}
