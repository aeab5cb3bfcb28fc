package tokenizer

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"amalfa/testdata/assets"
)

// trained returns the folder of the tokenizers that testdata/train.py makes, kept between runs.
func trained(t testing.TB) string {
	t.Helper()
	sum := sha256.Sum256([]byte(read(t, "testdata/train.py")))
	return runTraining(t, "testdata/train.py", "unigram-"+hex.EncodeToString(sum[:6]))
}

// runTraining returns a folder of the test cache, which script makes when it is not there.
func runTraining(t testing.TB, script, name string) string {
	t.Helper()
	dir := filepath.Join(assets.Dir(t), name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	tmp, err := os.MkdirTemp(assets.Dir(t), "training-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	if out, err := exec.Command(assets.Python(t, libraries...), script, tmp).CombinedOutput(); err != nil {
		t.Fatalf("train: %v\n%s", err, out)
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, other := os.Stat(dir); other != nil { // not made by another process meanwhile
			t.Fatal(err)
		}
	}
	return dir
}

func TestParityUnigram(t *testing.T) {
	for _, name := range []string{"bge-m3", "bge-reranker", "albert", "llama", "first"} {
		t.Run(name, func(t *testing.T) {
			p := newParity(t, filepath.Join(trained(t), name+".json"))
			p.singles("markdown", markdown(t))
			p.singles("generated", newGenerator(1).texts(20000))
			p.singles("extremes", extremes())
			p.pairs("generated", newGenerator(2).texts(2000))
			p.details("generated", withoutDropped(newGenerator(3).texts(2000)))
			switch name {
			case "bge-m3":
				p.singles("code points", codePoints())
				p.singles("Go files", goFiles(t, 100, 64<<10))
				p.singles("Go words", everyNth(goWords(t), 4))
			case "albert":
				p.singles("code points", codePoints())
			}
		})
	}
}

// withoutDropped leaves out texts with characters that sentencepiece's table turns into nothing:
// when a part of a text starts with one, the library's offsets of the rest are off by its length.
func withoutDropped(texts []string) []string {
	return slices.DeleteFunc(texts, func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && r != '\n' && r != '\r' && unicode.IsControl(r) })
	})
}
