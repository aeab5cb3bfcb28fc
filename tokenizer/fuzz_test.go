package tokenizer

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzParse looks for a tokenizer.json that makes Parse or what it returns panic.
func FuzzParse(f *testing.F) {
	for _, v := range variants {
		doc := `{"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"##b":2}}`
		for key, part := range v.parts {
			doc += `,"` + key + `":` + part
		}
		f.Add([]byte(doc + "}"))
	}
	f.Add([]byte(`{"model":{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["▁a",-1.5e0],["<0x41>",-2]]},` +
		`"normalizer":{"type":"Precompiled","precompiled_charsmap":"CAAAAAEAAAACAAAAYQA="},"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := Parse(data)
		if err != nil {
			return
		}
		for _, s := range []string{"", "ab \xff é e\u0301 中 한 ﬁ [UNK] \r\n", "<s>\x00a\u200D©\u200D™"} {
			checkEncoding(t, tok, s)
		}
	})
}

// checkEncoding holds what is true of every encoding.
func checkEncoding(t *testing.T, tok *Tokenizer, s string) {
	t.Helper()
	e, err := tok.Encode(s, Options{Detail: true})
	if err != nil {
		return
	}
	if n := len(e.IDs); n != len(e.TypeIDs) || n != len(e.AttentionMask) || n != len(e.Tokens) || n != len(e.Offsets) {
		t.Fatalf("%q: lengths %d %d %d %d %d", s, n, len(e.TypeIDs), len(e.AttentionMask), len(e.Tokens), len(e.Offsets))
	}
	for i, at := range e.Offsets {
		if at[0] < 0 || at[0] > at[1] && utf8.ValidString(s) && !strings.ContainsFunc(s, combines) || at[1] > len(s) {
			t.Fatalf("%q: token %q at %v of %d", s, e.Tokens[i], at, len(s))
		}
	}
	bare, err := tok.Encode(s, Options{})
	if err != nil || len(bare.IDs) != len(e.IDs) {
		t.Fatalf("%q: %d tokens without detail, %d with (%v)", s, len(bare.IDs), len(e.IDs), err)
	}
	if cut, err := tok.Encode(s, Options{Max: 3}); err != nil || len(cut.IDs) > 3 || cut.Truncated != (len(e.IDs) > 3) {
		t.Fatalf("%q cut to 3: %d tokens, truncated %t (%v)", s, len(cut.IDs), cut.Truncated, err)
	}
}

// combines: canonical order can move a character before the one it came after.
func combines(r rune) bool { return theTables().props(r)&(propClass|propNFD|propNFKD) != 0 }

func fuzzEncode(f *testing.F, name string) {
	tok, err := Parse(gunzip(f, filepath.Join(goldenDir, name+".json.gz")))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range append(newGenerator(12).texts(50), goldenTexts...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkEncoding(t, tok, s)
		if e, err := tok.Encode(s, Options{}); err != nil || len(e.IDs) != tok.Count(s) {
			t.Fatalf("%q: %d tokens, counted %d (%v)", s, len(e.IDs), tok.Count(s), err)
		}
		if _, err := tok.EncodePair(s, "b", Options{AddSpecial: true, Max: 5}); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzEncodeWordPiece(f *testing.F) { fuzzEncode(f, "wordpiece") }
func FuzzEncodeUnigram(f *testing.F)   { fuzzEncode(f, "unigram") }
