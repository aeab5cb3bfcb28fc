package tokenizer

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func small(t testing.TB, name string) *Tokenizer {
	t.Helper()
	tok, err := Parse(gunzip(t, filepath.Join(goldenDir, name+".json.gz")))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestEncode(t *testing.T) {
	tok, err := Parse([]byte(`{
		"added_tokens":[{"id":3,"content":"[SEP]","special":true},{"id":9,"content":"[NEW]"}],
		"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
		"pre_tokenizer":{"type":"BertPreTokenizer"},
		"post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},
		"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"cafe":4,"##s":5,",":6,"de":7}}}`))
	if err != nil {
		t.Fatal(err)
	}
	detail := Options{AddSpecial: true, Detail: true}
	for _, c := range []struct {
		name, text string
		o          Options
		want       Encoding
	}{
		{"accents and offsets", "Cafés, de", detail, Encoding{
			IDs: []int64{2, 4, 5, 6, 7, 3}, TypeIDs: []int64{0, 0, 0, 0, 0, 0}, AttentionMask: []int64{1, 1, 1, 1, 1, 1},
			Tokens:  []string{"[CLS]", "cafe", "##s", ",", "de", "[SEP]"},
			Offsets: [][2]int{{0, 0}, {0, 5}, {5, 6}, {6, 7}, {8, 10}, {0, 0}},
		}},
		{"bad bytes are dropped", "de\xff\xe2\x82 cafe", Options{Detail: true}, Encoding{
			IDs: []int64{7, 4}, TypeIDs: []int64{0, 0}, AttentionMask: []int64{1, 1},
			Tokens: []string{"de", "cafe"}, Offsets: [][2]int{{0, 2}, {6, 10}},
		}},
		{"special and new tokens in the text", "de[SEP]x[NEW]", Options{Detail: true}, Encoding{
			IDs: []int64{7, 3, 1, 8}, TypeIDs: []int64{0, 0, 0, 0}, AttentionMask: []int64{1, 1, 1, 1},
			Tokens: []string{"de", "[SEP]", "[UNK]", "[NEW]"}, Offsets: [][2]int{{0, 2}, {2, 7}, {7, 8}, {8, 13}},
		}},
		{"cut", "de de de de", Options{AddSpecial: true, Max: 4}, Encoding{
			IDs: []int64{2, 7, 7, 3}, TypeIDs: []int64{0, 0, 0, 0}, AttentionMask: []int64{1, 1, 1, 1}, Truncated: true,
		}},
		{"nothing left", "de", Options{AddSpecial: true, Max: 2}, Encoding{
			IDs: []int64{2, 3}, TypeIDs: []int64{0, 0}, AttentionMask: []int64{1, 1}, Truncated: true,
		}},
		{"empty", "", Options{}, Encoding{IDs: []int64{}, TypeIDs: []int64{}, AttentionMask: []int64{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := tok.Encode(c.text, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	tok := small(t, "wordpiece")
	for _, c := range []struct {
		name string
		o    Options
		want error
	}{
		{"no room for special tokens", Options{AddSpecial: true, Max: 2}, ErrCannotTruncate},
		{"the first text is too short", Options{Max: 3, Strategy: OnlyFirst}, ErrCannotTruncate},
		{"the second text is too short", Options{Max: 1, Strategy: OnlySecond}, ErrCannotTruncate},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := tok.EncodePair("the", "1 2 3", c.o); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
	if _, err := tok.Encode("1 2 3", Options{Max: 2, Strategy: OnlySecond}); !errors.Is(err, ErrCannotTruncate) {
		t.Errorf("only_second of one text: %v", err)
	}
	if _, err := tok.Encode("1 2 3", Options{Max: 2, Strategy: "shortest"}); err == nil {
		t.Error("unknown strategy accepted")
	}
	long := strings.Repeat("a", MaxText+1)
	if _, err := tok.Encode(long, Options{}); !errors.Is(err, ErrTextTooLong) {
		t.Errorf("%v, want ErrTextTooLong", err)
	}
	if n := tok.Count(long); n != 0 {
		t.Errorf("Count of a text too long = %d", n)
	}
}

// TestParseErrors gives files that are broken, hostile or use what is not read.
func TestParseErrors(t *testing.T) {
	word := func(more string) string {
		return `{"model":{"type":"WordPiece","unk_token":"u","vocab":{"u":0}}` + more + `}`
	}
	pairs := func(more string) string { return `{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2}` + more + `}}` }
	uni := func(model string) string { return `{"model":{"type":"Unigram",` + model + `}}` }
	longCharsmap := base64.StdEncoding.EncodeToString([]byte("\x04\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("a", 129) + "\x00"))
	for _, c := range []struct {
		name, doc, want string
	}{
		{"empty", "", "want '{'"},
		{"cut off", `{"model":{"type":"WordPiece","vocab":{"a":1`, "want ','"},
		{"data after the end", word("") + "x", "after the end"},
		{"nested deep", word(`,"decoder":` + strings.Repeat("[", 100000)), "nested deeper than 64"},
		{"normalizer nested deep", word(`,"normalizer":` + strings.Repeat(`{"type":"Sequence","normalizers":[`, 90000)), "nested deeper than 64"},
		{"not UTF-8", "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"\xff\":0}}}", "not UTF-8"},
		{"no model", "{}", "not supported"},
		{"other model", `{"model":{"type":"WordLevel","vocab":{},"unk_token":"u"}}`, "not supported"},
		{"no pairs", `{"model":{"type":"BPE","vocab":{},"merges":[]}}`, "no vocabulary"},
		{"pairs by chance", pairs(`,"dropout":0.1`), "dropout"},
		{"merge of three", pairs(`,"merges":["a b c"]`), "not two tokens"},
		{"merge of four", pairs(`,"merges":[["a","b","c","d"]]`), "merge of two"},
		{"merge of nothing", pairs(`,"merges":[""]`), "not two tokens"},
		{"merge outside the vocabulary", pairs(`,"merges":["a c"]`), "does not fit"},
		{"merge into nothing", pairs(`,"merges":["b a"]`), "does not fit"},
		{"merge under the prefix", pairs(`,"merges":["a b"],"continuing_subword_prefix":"###"`), "shorter"},
		{"unknown pair token", pairs(`,"unk_token":"u"`), `"u"`},
		{"no vocabulary", `{"model":{"type":"WordPiece","vocab":{}}}`, "no vocabulary"},
		{"id too large", `{"model":{"type":"WordPiece","vocab":{"a":4294967296}}}`, "out of range"},
		{"id negative", `{"model":{"type":"WordPiece","vocab":{"a":-1}}}`, "out of range"},
		{"unk_id outside", uni(`"unk_id":1,"vocab":[["a",0]]`), "outside the vocabulary"},
		{"piece without score", uni(`"vocab":[["a"]]`), "no score"},
		{"score of words", uni(`"vocab":[["a","b"]]`), "want a number"},
		{"piece too long", uni(`"vocab":[["` + strings.Repeat("a", maxPiece+1) + `",0]]`), "at most 1024"},
		{"unknown normalizer", word(`,"normalizer":{"type":"Reverse"}`), "not supported"},
		{"unknown pre-tokenizer", word(`,"pre_tokenizer":{"type":"UnicodeScripts"}`), "not supported"},
		{"unknown post-processor", word(`,"post_processor":{"type":"X"}`), "not supported"},
		{"component without type", word(`,"normalizer":{}`), "without a type"},
		{"pattern that differs in Go", word(`,"pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":false}`), "not supported"},
		{"pattern with an anchor", word(`,"normalizer":{"type":"Replace","pattern":{"Regex":"^a"},"content":""}`), `pattern "^a": "^"`},
		{"pattern that may be empty", word(`,"normalizer":{"type":"Replace","pattern":{"Regex":"a*"},"content":""}`), "empty text"},
		{"charsmap too short", word(`,"normalizer":{"type":"Precompiled","precompiled_charsmap":"AQ=="}`), "shorter"},
		{"charsmap that lies", word(`,"normalizer":{"type":"Precompiled","precompiled_charsmap":"/////wAAAAA="}`), "shorter"},
		{"content too long", word(`,"normalizer":{"type":"Replace","pattern":{"String":"a"},"content":"` + strings.Repeat("a", 129) + `"}`), "at most 128"},
		{"charsmap with a long entry", word(`,"normalizer":{"type":"Precompiled","precompiled_charsmap":"` + longCharsmap + `"}`), "at most 128"},
		{"too many steps", word(`,"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"}` + strings.Repeat(`,{"type":"NFC"}`, 40) + `]}`), "at most 32"},
		{"unknown behavior", word(`,"pre_tokenizer":{"type":"Punctuation","behavior":"Odd"}`), "unknown behavior"},
		{"template without its token", word(`,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"pair":[],"special_tokens":{}}`), "does not define"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.doc))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
	huge := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(huge); err == nil || !strings.Contains(err.Error(), "at most") || !strings.Contains(err.Error(), huge) {
		t.Errorf("1 GB: %v, want the limit and the path", err)
	}
	broken := write(t, []byte("{"))
	if _, err := Load(broken); err == nil || !strings.Contains(err.Error(), broken) {
		t.Errorf("%v, want the path", err)
	}
}

// TestGrowth: a file that doubles a text over and over is stopped, and memory with it.
func TestGrowth(t *testing.T) {
	double := `{"type":"Replace","pattern":{"String":"a"},"content":"aa"}`
	tok, err := Parse([]byte(`{"model":{"type":"WordPiece","unk_token":"u","vocab":{"u":0}},"normalizer":{"type":"Sequence","normalizers":[` +
		double + strings.Repeat(","+double, 31) + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tok.Encode("aaaa", Options{}); !errors.Is(err, ErrTextTooLong) {
		t.Errorf("%v, want ErrTextTooLong", err)
	}
}

func TestNoUnknown(t *testing.T) {
	for name, doc := range map[string]string{
		"wordpiece": `{"model":{"type":"WordPiece","unk_token":"u","vocab":{"a":0}}}`,
		"unigram":   `{"model":{"type":"Unigram","vocab":[["a",0]]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			tok, err := Parse([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			if e, err := tok.Encode("a", Options{}); err != nil || len(e.IDs) != 1 {
				t.Errorf("known text: %v, %v", e.IDs, err)
			}
			if _, err := tok.Encode("b", Options{}); !errors.Is(err, errNoUnknown) {
				t.Errorf("%v, want errNoUnknown", err)
			}
		})
	}
}

// TestLinear: a text four times as long takes some four times as long. A quadratic step would take sixteen times as
// long. The fastest of several tries counts, and of more where the machine does much else.
func TestLinear(t *testing.T) {
	whole, err := Load(variant(t, write(t, gunzip(t, filepath.Join(goldenDir, "pairs.json.gz"))), map[string]string{
		"pre_tokenizer": `{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}`}))
	if err != nil {
		t.Fatal(err)
	}
	for name, tok := range map[string]*Tokenizer{
		"wordpiece": small(t, "wordpiece"), "unigram": small(t, "unigram"), "pairs": small(t, "pairs"), "pairs of one word": whole,
	} {
		for _, unit := range []string{"a", "A", "a,", "#", "1", "中", "e\u0301", "\u0301", "[SEP", "<s", " ", " \n", "▁", "👨‍"} {
			t.Run(name+"/"+unit, func(t *testing.T) {
				clock := func(text string) time.Duration {
					start := time.Now()
					tok.Count(text)
					return time.Since(start)
				}
				short, long := strings.Repeat(unit, 25000), strings.Repeat(unit, 100000)
				fastShort, fastLong := clock(short), clock(long)
				for try := 0; try < 5 || try < 50 && fastLong > 10*fastShort; try++ {
					fastShort, fastLong = min(fastShort, clock(short)), min(fastLong, clock(long))
				}
				if fastLong > 10*fastShort {
					t.Errorf("25,000 in %v, 100,000 in %v", fastShort, fastLong)
				}
			})
		}
	}
}

// TestSlowPattern: a pattern that would take exponentially long is stopped.
func TestSlowPattern(t *testing.T) {
	for _, expr := range []string{`(a*)(a*)(a*)(a*)(a*)(a*)b`, `((a?){9}){9}b`} {
		tok, err := Parse(marshal(t, map[string]any{
			"model":         map[string]any{"type": "BPE", "vocab": map[string]int{"a": 0}, "merges": []string{}},
			"pre_tokenizer": map[string]any{"type": "Split", "pattern": map[string]string{"Regex": expr}, "behavior": "Isolated"},
		}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tok.Encode(strings.Repeat("a", 3000), Options{}); !errors.Is(err, errSlow) {
			t.Errorf("%s: %v, want errSlow", expr, err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	tok := small(t, "unigram")
	texts := newGenerator(13).texts(200)
	want := make([]int, len(texts))
	for i, s := range texts {
		want[i] = tok.Count(s)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, s := range texts {
				if n := tok.Count(s); n != want[i] {
					t.Errorf("%q: %d tokens, alone %d", s, n, want[i])
				}
			}
		})
	}
	wg.Wait()
}

// TestReplacement: the same bytes as Python's bytes.decode("utf-8", "replace").
func TestReplacement(t *testing.T) {
	for in, want := range map[string]string{
		"a\xffb":               "a\uFFFDb",
		"\xff\xfe":             "\uFFFD\uFFFD",
		"\xe2\x82":             "\uFFFD",
		"\xe2\x82x":            "\uFFFDx",
		"\xe2\x28\xa1":         "\uFFFD(\uFFFD",
		"\xf0\x9f\x98":         "\uFFFD",
		"\xf0\x9f\x98\xf0":     "\uFFFD\uFFFD",
		"\xed\xa0\x80":         "\uFFFD\uFFFD\uFFFD",
		"\xc0\xaf":             "\uFFFD\uFFFD",
		"\xf4\x90\x80\x80":     "\uFFFD\uFFFD\uFFFD\uFFFD",
		"\xe0\x80\x80":         "\uFFFD\uFFFD\uFFFD",
		"\uFFFD":               "\uFFFD",
		"ok \xe4\xb8\xad \x80": "ok 中 \uFFFD",
	} {
		var got text
		got.load(in, true)
		if string(got.b) != want || !utf8.Valid(got.b) || len(got.at) != len(got.b) {
			t.Errorf("%q: %q with %d spans, want %q", in, got.b, len(got.at), want)
		}
	}
}

func TestTrie(t *testing.T) {
	g := newGenerator(14)
	want := map[string]int32{}
	var entries []entry
	for i := range int32(5000) {
		key := g.text()
		entries = append(entries, entry{key, i})
		if key != "" {
			want[key] = i
		}
	}
	tr, err := newTrie(entries)
	if err != nil {
		t.Fatal(err)
	}
	for key, v := range want {
		if got, ok := tr.find([]byte(key)); !ok || got != v {
			t.Errorf("%q: %d %t, want %d", key, got, ok, v)
		}
	}
	for _, key := range g.texts(5000) {
		_, known := want[key]
		if _, ok := tr.find([]byte(key)); ok != known {
			t.Errorf("%q found: %t", key, ok)
		}
	}
}

// TestScore: as serde_json reads numbers, which is not always the nearest double.
func TestScore(t *testing.T) {
	twentyDigits := float64(uint64(12345678901234567890))
	for in, want := range map[string]float64{
		"0": 0, "-0.0": 0, "-3.463329315185547": -3.463329315185547, "1e2": 100, "-1.5E-3": -0.0015,
		"10.123456789012345":    float64(10123456789012345) / 1e15,
		"123456789012345678901": twentyDigits * 10, "1e-400": 0,
	} {
		s := scanner{data: []byte(in)}
		if got, err := s.score(); err != nil || got != want {
			t.Errorf("%s: %v %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-", "a", "1e999", "1e", "1x"} {
		s := scanner{data: []byte(in)}
		if got, err := s.score(); err == nil && s.pos == len(in) {
			t.Errorf("%q: accepted as %v", in, got)
		}
	}
}
