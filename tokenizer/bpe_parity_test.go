package tokenizer

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"testing"
)

// trainedPairs returns the folder of the tokenizers that testdata/train_bpe.py makes, kept between runs.
func trainedPairs(t testing.TB) string {
	t.Helper()
	sum := sha256.Sum256([]byte(read(t, "testdata/train_bpe.py") + read(t, "testdata/train.py")))
	return runTraining(t, "testdata/train_bpe.py", "bpe-"+hex.EncodeToString(sum[:6]))
}

// pairLayouts are the layouts of train_bpe.py.
var pairLayouts = []string{
	"roberta", "roberta-prefix", "gpt2", "modernbert", "llama3", "qwen", "tiktoken", "o200k", "deepseek", "bloom", "falcon",
	"byte-normalizer", "clip", "gemma", "unknown", "unknown-fused", "dropped",
}

func TestParityPairs(t *testing.T) {
	for _, name := range pairLayouts {
		t.Run(name, func(t *testing.T) {
			p := newParity(t, filepath.Join(trainedPairs(t), name+".json"))
			p.singles("markdown", markdown(t))
			p.singles("generated", newGenerator(1).texts(4000))
			p.singles("blanks", newGenerator(4).blanks(2000))
			p.singles("extremes", extremes())
			p.pairs("generated", newGenerator(2).texts(400))
			p.details("generated", newGenerator(3).texts(1000))
			p.details("blanks", newGenerator(5).blanks(500))
			switch name {
			case "roberta", "o200k", "clip", "gemma":
				p.singles("more", newGenerator(14).texts(20000))
				p.singles("code points", codePoints())
				p.singles("Go files", goFiles(t, 100, 64<<10))
				p.singles("Go words", everyNth(goWords(t), 8))
			case "deepseek", "tiktoken", "bloom":
				p.singles("code points", codePoints())
			}
		})
	}
}
