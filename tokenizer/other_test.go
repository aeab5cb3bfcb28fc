package tokenizer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
)

const wordLevel = `{"model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{"[UNK]":0,"hello":1,"world":2,"中文":3,"'":4}},
	"normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"}}`

func TestLoadOtherReadsWords(t *testing.T) {
	path := write(t, []byte(wordLevel))
	if _, err := Load(path); !errors.Is(err, ErrUnsupported) {
		t.Errorf("Load: %v, want ErrUnsupported", err)
	}
	tok, err := LoadOther(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tok.Encode("Hello, 中文 World's end", Options{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	want := Encoding{
		IDs: []int64{1, 0, 3, 2, 4, 0, 0}, TypeIDs: make([]int64, 7), AttentionMask: []int64{1, 1, 1, 1, 1, 1, 1},
		Tokens:  []string{"hello", "[UNK]", "中文", "world", "'", "[UNK]", "[UNK]"},
		Offsets: [][2]int{{0, 5}, {5, 6}, {7, 13}, {14, 19}, {19, 20}, {20, 21}, {22, 25}},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

// TestParityWords holds WordLevel against the Python library.
func TestParityWords(t *testing.T) {
	path := write(t, []byte(wordLevel))
	tok, err := LoadOther(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &parity{reference: newReference(t, path), tok: tok}
	p.singles("generated", newGenerator(1).texts(1000))
	p.details("generated", newGenerator(3).texts(500))
}

func TestLoadOtherReadsOurs(t *testing.T) {
	_, path := assets.Model(t, "bge-small-en-v1.5")
	tok, err := LoadOther(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := tok.Count("hello world"); n != 2 {
		t.Errorf("Count = %d, want 2", n)
	}
}

func TestLoadOtherRefuses(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"unknown type", `{"model":{"type":"Other","vocab":{"a":0}}}`, `"Other"`},
		{"words of a list", `{"model":{"type":"WordLevel","vocab":[["a",0]]}}`, "WordLevel"},
		{"no words", `{"model":{"type":"WordLevel","vocab":{},"unk_token":"a"}}`, `unknown token "a"`},
		{"two words with one id", `{"model":{"type":"WordLevel","vocab":{"a":0,"b":0},"unk_token":"c"}}`, `unknown token "c"`},
		{"unknown pattern", `{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"},
			"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\b"},"behavior":"Isolated","invert":false}}`, `\b`},
		{"pairs behind an unknown pattern", `{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},
			"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated","invert":false}}`, `\w`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, []byte(c.doc))
			_, err := LoadOther(path)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that names the file and %q", err, c.want)
			}
		})
	}
}

// TestLibraryCheck lets the library hold another vocabulary than the file.
func TestLibraryCheck(t *testing.T) {
	m, err := newLibraryModel(&modelConfig{vocab: []entry{{"<unk>", 0}, {"a", 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.check(map[string]int32{"a": 2}); !errors.Is(err, ErrCheckFailed) {
		t.Errorf("%v, want ErrCheckFailed", err)
	}
}
