//go:build cgo

package onnx

import (
	"os"
	"testing"

	"amalfa/testdata/assets"
)

// TestTelemetryIsMute loads the library in a process of its own and looks for
// the log file that its reporter opens when it comes up.
func TestTelemetryIsMute(t *testing.T) {
	model, _ := assets.Model(t, "bge-small-en-v1.5-q")
	if os.Getenv("ONNX_TEST_CHILD") == "" {
		t.Setenv("TMPDIR", t.TempDir())
		t.Setenv("ORT_DISABLE_TELEMETRY", "")
		if err := os.Unsetenv("ORT_DISABLE_TELEMETRY"); err != nil {
			t.Fatal(err)
		}
	}
	if inChild(t) {
		initialise(t)
		s, err := Open(model, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		t.Errorf("the library left %s in the temporary folder", f.Name())
	}
}
