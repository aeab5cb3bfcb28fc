//go:build cgo

package vector

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/models"
	"amalfa/services"
	"amalfa/testdata/testmodels"
)

// TestOllamaTellsOfFiles holds what the lists say against the files: those of the model in memory, and of one that lies beside it.
func TestOllamaTellsOfFiles(t *testing.T) {
	const other = "nomic-ai/nomic-embed-text-v1.5"
	small, tiny := testmodels.Pinned(t, clientsModel), testmodels.Tiny(t)
	small.Files.Precision = models.Int8
	tiny.Files.Model.Name, tiny.Files.Digest, tiny.Files.Precision = other, "d2", models.Full
	looked := 0
	finder := &inference.Finder{
		Find: func(ctx context.Context, name string) (models.Files, string, error) { looked++; return tiny.Load(ctx) },
		List: func(context.Context) []string { return []string{other} },
	}
	s := serve(t, newEngine(t, small, embed.EngineOptions{Finder: finder}), services.Options{})
	row := func(f models.Files, family, parameters, quantization string) object {
		bytes, modified := f.OnDisk()
		return object{"name": f.Model.Name, "model": f.Model.Name, "size": float64(bytes), "digest": f.Digest, "modified_at": modified.Format(time.RFC3339Nano),
			"details": object{"parent_model": "", "format": "onnx", "family": family, "families": list(family), "parameter_size": parameters, "quantization_level": quantization}}
	}
	first, second := row(small.Files, "bert", "33.3M", "INT8"), row(tiny.Files, "nomic-bert", "60", "F32")
	for range 2 {
		if _, got := s.Get(t, "/api/tags"); !cmp.Equal(object{"models": list(first, second)}, got) {
			t.Error(cmp.Diff(object{"models": list(first, second)}, got))
		}
	}
	if looked != 1 {
		t.Errorf("the files were looked at %d times, want 1", looked)
	}
	_, shown := s.Post(t, "/api/show", `{"model":"`+other+`:latest"}`)
	want := object{"modelfile": "", "parameters": "", "template": "", "details": second["details"], "capabilities": list("embedding"), "modified_at": second["modified_at"],
		"model_info": object{"general.architecture": "nomic-bert", "general.basename": other, "general.parameter_count": 60.,
			"nomic-bert.embedding_length": 2., "nomic-bert.context_length": 8., "nomic-bert.pooling_type": "mean"}}
	if d := cmp.Diff(want, shown); d != "" {
		t.Error(d)
	}
	later := time.Now().Add(time.Hour).Truncate(time.Second)
	if err := os.Chtimes(tiny.Files.ModelPath, later, later); err != nil {
		t.Fatal(err)
	}
	if _, got := s.Get(t, "/api/tags"); !cmp.Equal(object{"models": list(first, row(tiny.Files, "nomic-bert", "60", "F32"))}, got) {
		t.Errorf("after a change: %v", got)
	}
	_, got := s.Get(t, "/api/ps")
	running := got.(object)["models"].([]any)
	if len(running) != 1 {
		t.Fatalf("in memory: %v", got)
	}
	at, err := time.Parse(time.RFC3339Nano, running[0].(object)["expires_at"].(string))
	if left := time.Until(at); err != nil || left < 25*time.Minute || left > 30*time.Minute {
		t.Errorf("it stays until %v: %v", at, err)
	}
}

func TestHuman(t *testing.T) {
	for n, want := range map[int64]string{0: "", 60: "60", 1500: "1.5K", 33_212_160: "33.21M", 137_000_000: "137M", 1_540_000_000: "1.54B"} {
		if got := human(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
