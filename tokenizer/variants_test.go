package tokenizer

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"amalfa/testdata/assets"
)

// variant rewrites parts of a real tokenizer.json.
func variant(t *testing.T, path string, parts map[string]string) string {
	t.Helper()
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(read(t, path)), &doc); err != nil {
		t.Fatal(err)
	}
	for key, part := range parts {
		doc[key] = json.RawMessage(part)
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, data)
}

const tokenFlags = `[
	{"id":0,"content":"[PAD]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
	{"id":100,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":true},
	{"id":101,"content":"[CLS]","single_word":true,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
	{"id":102,"content":"[SEP]","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":true},
	{"id":103,"content":"[MASK]","single_word":false,"lstrip":true,"rstrip":false,"normalized":true,"special":true},
	{"id":7,"content":"é","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":false},
	{"id":8,"content":"Ω","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false},
	{"id":9,"content":"ing","single_word":true,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
	{"id":9,"content":"  ","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":false},
	{"id":9,"content":"<s","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
	{"id":9,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}]`

// variants cover every normalizer, pre-tokenizer, post-processor and flag that is read.
var variants = []struct {
	name  string
	parts map[string]string
}{
	{"flags", map[string]string{"added_tokens": tokenFlags}},
	{"flags without normalizer", map[string]string{"added_tokens": tokenFlags, "normalizer": "null"}},
	{"cased", map[string]string{"normalizer": `{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":false}`}},
	{"cased, stripped", map[string]string{"normalizer": `{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":true,"lowercase":false}`}},
	{"lower, not stripped", map[string]string{"normalizer": `{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":false,"lowercase":true}`}},
	{"NFC", map[string]string{"normalizer": `{"type":"NFC"}`}},
	{"NFD", map[string]string{"normalizer": `{"type":"NFD"}`}},
	{"NFKC", map[string]string{"normalizer": `{"type":"NFKC"}`}},
	{"NFKD, Nmt", map[string]string{"normalizer": `{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"Nmt"}]}`}},
	{"Lowercase, StripAccents, Strip", map[string]string{"normalizer": `{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"StripAccents"},{"type":"Strip","strip_left":true,"strip_right":true}]}`}},
	{"Replace, Prepend", map[string]string{"normalizer": `{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"Regex":"[\\s\\-a]+|\\(x*\\)"},"content":"_e"},{"type":"Replace","pattern":{"String":"e"},"content":""},{"type":"Prepend","prepend":"x_"}]}`}},
	{"Whitespace", map[string]string{"pre_tokenizer": `{"type":"Whitespace"}`}},
	{"WhitespaceSplit", map[string]string{"pre_tokenizer": `{"type":"WhitespaceSplit"}`}},
	{"Punctuation, Contiguous", map[string]string{"pre_tokenizer": `{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"Digits","individual_digits":true}]}`}},
	{"Punctuation, MergedWithPrevious", map[string]string{"pre_tokenizer": `{"type":"Punctuation","behavior":"MergedWithPrevious"}`}},
	{"Punctuation, MergedWithNext", map[string]string{"pre_tokenizer": `{"type":"Punctuation","behavior":"MergedWithNext"}`}},
	{"Punctuation, Digits", map[string]string{"pre_tokenizer": `{"type":"Sequence","pretokenizers":[{"type":"Punctuation"},{"type":"Digits","individual_digits":false}]}`}},
	{"Split", map[string]string{"pre_tokenizer": `{"type":"Split","pattern":{"Regex":"[a-m ]+"},"behavior":"Contiguous","invert":false}`}},
	{"Split, inverted", map[string]string{"pre_tokenizer": `{"type":"Split","pattern":{"Regex":"[^\\s]{1,3}"},"behavior":"MergedWithNext","invert":true}`}},
	{"CharDelimiterSplit", map[string]string{"pre_tokenizer": `{"type":"CharDelimiterSplit","delimiter":" "}`}},
	{"FixedLength", map[string]string{"pre_tokenizer": `{"type":"FixedLength","length":3}`}},
	{"no pre-tokenizer", map[string]string{"pre_tokenizer": "null"}},
	{"BertProcessing", map[string]string{"post_processor": `{"type":"BertProcessing","sep":["[SEP]",102],"cls":["[CLS]",101]}`}},
	{"RobertaProcessing", map[string]string{"post_processor": `{"type":"RobertaProcessing","sep":["[SEP]",102],"cls":["[CLS]",101],"trim_offsets":true,"add_prefix_space":false}`}},
	{"no post-processor", map[string]string{"post_processor": "null"}},
	{"processors", map[string]string{"post_processor": `{"type":"Sequence","processors":[{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true},{"type":"BertProcessing","sep":["[SEP]",102],"cls":["[CLS]",101]}]}`}},
	{"settings inside", map[string]string{"version": `"1.0"`, "truncation": "null", "padding": "null"}},
}

func TestParityVariants(t *testing.T) {
	_, bert := assets.Model(t, "bge-small-en-v1.5")
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			p := newParity(t, variant(t, bert, v.parts))
			p.singles("generated", newGenerator(5).texts(2000))
			p.singles("extremes", extremes())
			p.pairs("generated", newGenerator(6).texts(200))
			p.details("generated", newGenerator(7).texts(1000))
		})
	}
}

func TestParityVariantsUnigram(t *testing.T) {
	for _, v := range []struct{ name, base, pre string }{
		{"Metaspace, first", "bge-m3", `{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}`},
		{"Metaspace, never", "bge-m3", `{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":false}`},
		{"words, then first", "albert", `{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]}`},
		{"words and digits", "albert", `{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Digits","individual_digits":true},{"type":"Metaspace","replacement":"▁"}]}`},
	} {
		t.Run(v.name, func(t *testing.T) {
			p := newParity(t, variant(t, filepath.Join(trained(t), v.base+".json"), map[string]string{"pre_tokenizer": v.pre}))
			p.singles("generated", newGenerator(5).texts(2000))
			p.pairs("generated", newGenerator(6).texts(200))
			p.details("generated", withoutDropped(newGenerator(7).texts(1000)))
		})
	}
}
