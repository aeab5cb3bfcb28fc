package assets_test

import (
	"os/exec"
	"strings"
	"testing"

	"amalfa/models/pinned"
	"amalfa/testdata/assets"
)

func TestModelAndRuntime(t *testing.T) {
	for name, want := range map[string]string{
		"bge-small-en-v1.5-q": "6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4",
		"all-minilm-l6-v2-q":  "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1",
	} {
		t.Run(name, func(t *testing.T) {
			model, tokenizer := assets.Model(t, name)
			if err := pinned.Check(model, want); err != nil {
				t.Error(err)
			}
			if _, size, err := pinned.Sum(tokenizer); err != nil || size < 700_000 {
				t.Errorf("tokenizer: %d bytes, %v", size, err)
			}
		})
	}
	if _, size, err := pinned.Sum(assets.Runtime(t)); err != nil || size < 16_000_000 {
		t.Errorf("runtime: %d bytes, %v", size, err)
	}
}

func TestPython(t *testing.T) {
	python := assets.Python(t, "tokenizers==0.23.3")
	out, err := exec.Command(python, "-c", "import tokenizers; print(tokenizers.__version__)").CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "0.23.3" {
		t.Errorf("tokenizers version %q, %v", got, err)
	}
}
