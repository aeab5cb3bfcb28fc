//go:build cgo

package vector

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference/embed"
	"amalfa/models"
	"amalfa/services"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

// roberta is a folder as people have them: byte-level BPE, no token types, the mean over the tokens.
const roberta = "../../testdata/models/roberta"

// pairTexts are what byte-level tokenizers differ over.
func pairTexts() []string {
	return []string{
		"hello", "Hello world", " Hello  world ", "don't they've WE'LL 'S", "naïve café, Straße", "Съешь ещё этих мягких булок",
		"敏捷的棕色狐狸", "素早い茶色の狐", "다람쥐 헌 쳇바퀴", "نص حكيم", "ऋषियों को", "เป็นมนุษย์", "👨‍👩‍👧‍👦 ❤️ 🇩🇪", "e\u0301 \u0301", "½ ٣٤ Ⅷ 12345",
		"a\n\n\tb\r\n  c   ", "\u00A0\u2003x\u3000", "<s> and </s> a <mask> b", "uuuuuuuuuuuuuuu", "func main() { fmt.Println(\"hi\") }", " ",
		strings.Repeat("The tide tables of Amalfi. ", 60),
	}
}

// TestFolderAgainstPython serves a folder's model and holds its vectors and numbers of tokens against those of
// ONNX Runtime and tokenizers for Python.
func TestFolderAgainstPython(t *testing.T) {
	files, err := (&models.Locator{}).Find(roberta, "")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, newEngine(t, testmodels.Of(t, files), embed.EngineOptions{}), services.Options{})
	texts := pairTexts()
	body, err := json.Marshal(object{"texts": texts})
	if err != nil {
		t.Fatal(err)
	}
	status, reply := s.Post(t, "/embed", string(body))
	if status != 200 {
		t.Fatalf("%d: %v", status, reply)
	}
	got := reply.(object)
	list := filepath.Join(t.TempDir(), "texts.json")
	testmodels.WriteJSON(t, list, texts)
	python := assets.Python(t, "onnxruntime==1.32.0", "tokenizers==0.23.3", "numpy==2.4.6")
	out := testmodels.Output(t, exec.Command(python, "testdata/folder.py", roberta, strconv.Itoa(files.Model.MaxTokens), list))
	var want struct {
		Vectors [][]float32
		Tokens  []any
	}
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Tokens, got["tokens"]); diff != "" {
		t.Errorf("tokens (-Python +ours):\n%s", diff)
	}
	for i, v := range got["vectors"].([]any) {
		values := make([]float32, 0, len(want.Vectors[i]))
		for _, x := range v.([]any) {
			values = append(values, float32(x.(float64)))
		}
		if c := testmodels.Cosine(values, want.Vectors[i]); c < 0.999999 {
			t.Errorf("%q: cosine %.7f to Python's, want 0.999999", texts[i], c)
		}
	}
	if want.Tokens[len(texts)-1] != float64(files.Model.MaxTokens) {
		t.Errorf("the long text has %v tokens, want %d", want.Tokens[len(texts)-1], files.Model.MaxTokens)
	}
}
