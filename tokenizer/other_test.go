package tokenizer

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
)

// trainBPE makes a byte-level BPE tokenizer and returns the library's ids of texts.
func trainBPE(t *testing.T, texts []string) (path string, checks []Check) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tokenizer.json")
	list, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(assets.Python(t, libraries...), "testdata/train_bpe.py", path, string(list), filepath.Join(goRoot(t), "LICENSE"), filepath.Join(goRoot(t), "CONTRIBUTING.md"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var ids [][]int64
	if err := json.Unmarshal(out, &ids); err != nil {
		t.Fatal(err)
	}
	for i, s := range texts {
		checks = append(checks, Check{Text: s, IDs: ids[i]})
	}
	return path, checks
}

func TestLoadOther(t *testing.T) {
	long := strings.Repeat("The quick brown fox, 12 of them, jumps over the lazy dog.\nAnd  again: ", 300)
	path, checks := trainBPE(t, []string{"Hello, world! It's 2026.", "naïve café 中文 👍", "a<s>b", "", long})

	if _, err := Load(path); !errors.Is(err, ErrUnsupported) {
		t.Errorf("Load: %v, want ErrUnsupported", err)
	}
	if _, err := LoadOther(path, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("LoadOther without checks: %v, want ErrUnsupported", err)
	}
	wrong := []Check{{Text: "Hello", IDs: []int64{1, 2, 3}}}
	if _, err := LoadOther(path, wrong); !errors.Is(err, ErrCheckFailed) {
		t.Errorf("LoadOther with a wrong check: %v, want ErrCheckFailed", err)
	}
	tok, err := LoadOther(path, checks[:1])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		e, err := tok.Encode(c.Text, Options{AddSpecial: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.IDs, e.IDs); diff != "" {
			t.Errorf("%q: %s", clip(c.Text), diff)
		}
	}
}

func TestLoadOtherReadsOurs(t *testing.T) {
	_, path := assets.Model(t, "bge-small-en-v1.5")
	tok, err := LoadOther(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := tok.Count("hello world"); n != 2 {
		t.Errorf("Count = %d, want 2", n)
	}
}

func TestLoadOtherRefuses(t *testing.T) {
	for _, c := range []struct{ name, doc string }{
		{"word level", `{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}`},
		{"no bytes", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}, "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}}`},
		{"no unknown", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}`},
		{"unknown missing", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"u"}}`},
		{"dropout", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}`},
		{"merge outside", `{"model":{"type":"BPE","vocab":{"a":0},"merges":["b c"],"unk_token":"a"}}`},
		{"merges of three", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[["b","c","d"]],"unk_token":"a"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := LoadOther(write(t, []byte(c.doc)), []Check{{Text: "b", IDs: []int64{0}}}); err == nil {
				t.Error("accepted")
			}
		})
	}
}
