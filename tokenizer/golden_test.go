package tokenizer

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
)

const goldenDir = "../testdata/golden/tokenizer"

// golden is one text and the Python library's encoding of it.
type golden struct {
	Text string    `json:"text"` // base64: some are not UTF-8
	Want *detailed `json:"want"`
}

// TestGolden holds encodings against the library's, written down with -update, so that they are
// also checked where there is no Python. Its small tokenizers lie beside the encodings.
func TestGolden(t *testing.T) {
	if *update {
		writeSmallTokenizers(t)
	}
	for _, name := range []string{"wordpiece", "unigram", "pairs"} {
		t.Run(name, func(t *testing.T) {
			data := gunzip(t, filepath.Join(goldenDir, name+".json.gz"))
			checkGolden(t, data, filepath.Join(goldenDir, name+".jsonl.gz"))
		})
	}
	t.Run("bge-small-en-v1.5", func(t *testing.T) {
		_, path := assets.Model(t, "bge-small-en-v1.5")
		checkGolden(t, []byte(read(t, path)), filepath.Join(goldenDir, "bge-small-en-v1.5.jsonl.gz"))
	})
}

func checkGolden(t *testing.T, data []byte, path string) {
	if *update {
		writeGolden(t, write(t, data), path)
	}
	tok, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range bytes.Lines(gunzip(t, path)) {
		var g golden
		if err := json.Unmarshal(line, &g); err != nil {
			t.Fatal(err)
		}
		text, err := base64.StdEncoding.DecodeString(g.Text)
		if err != nil {
			t.Fatal(err)
		}
		e, err := tok.Encode(string(text), Options{AddSpecial: true, Detail: true})
		if err != nil {
			t.Fatal(err)
		}
		got := newDetailed(e)
		got.Offsets = nil
		if diff := cmp.Diff(g.Want, got); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
		count++
	}
	if count < 500 {
		t.Errorf("%d encodings in %s, want 500", count, path)
	}
}

func writeGolden(t *testing.T, tokenizer, path string) {
	texts := append(newGenerator(11).texts(450), goldenTexts...)
	var encodings []*detailed
	newReference(t, tokenizer).ask(job{first: texts, o: Options{AddSpecial: true}}.request(tokenizer, true), &encodings)
	var b bytes.Buffer
	for i, e := range encodings {
		e.Offsets = nil // compared in TestParity; the library counts in characters
		if err := json.NewEncoder(&b).Encode(golden{base64.StdEncoding.EncodeToString([]byte(texts[i])), e}); err != nil {
			t.Fatal(err)
		}
	}
	writeGzip(t, path, b.Bytes())
}

func writeSmallTokenizers(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command(assets.Python(t, libraries...), "testdata/train_small.py", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"wordpiece.json", "unigram.json", "pairs.json"} {
		writeGzip(t, filepath.Join(goldenDir, name+".gz"), []byte(read(t, filepath.Join(dir, name))))
	}
}

func writeGzip(t *testing.T, path string, data []byte) {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func gunzip(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// goldenTexts are sentences in many scripts, after the generated ones.
var goldenTexts = func() []string {
	texts := append([]string{
		"The quick brown fox jumps over the lazy dog.", "naïve café résumé — déjà vu", "Straße, GROẞ, İstanbul, ΌΣΟΣ",
		"Съешь ещё этих мягких французских булок", "敏捷的棕色狐狸跳过了懒狗。", "素早い茶色の狐がのろまな犬を飛び越える", "다람쥐 헌 쳇바퀴에 타고파",
		"اَلْعَرَبِيَّةُ نصٌّ حكيمٌ له سرٌّ قاطع", "דג סקרן שט בים מאוכזב", "ऋषियों को सताने वाले दुष्ट राक्षसों", "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
		"👨‍👩‍👧‍👦 ❤️ 1️⃣ 🇩🇪 ✋🏽", "a\u0323\u0301 e\u0301 \u0301", "H₂O, x², ½, Ⅷ, ﬁn, ㌔, ﷺ", "http://example.com/a?b=c#d", "func main() { fmt.Println(\"hi\") }",
		"[CLS] [SEP] [MASK] [UNK]", "<s> </s> <mask> <unk>", "\r\n\r\n", "",
	}, oddities...)
	return texts[:min(len(texts), 80)]
}()
