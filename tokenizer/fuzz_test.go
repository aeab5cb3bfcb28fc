package tokenizer

import (
	"errors"
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
	f.Add([]byte(`{"model":{"type":"BPE","unk_token":"u","fuse_unk":true,"byte_fallback":true,"ignore_merges":true,"continuing_subword_prefix":"#","end_of_word_suffix":"$",` +
		`"vocab":{"u":0,"a":1,"#b$":2,"ab$":3,"<0x41>":4,"Ġ":5},"merges":["#version: 0.2","a #b$",["a","#b$"]]},"post_processor":{"type":"ByteLevel"},` +
		`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|[k-m]?)?(?>\\p{^L}++|x{1,3}+)|\\s+(?!\\S)|[^(\\s|[.,])\\P{N}]"},"behavior":"Isolated"},{"type":"ByteLevel","add_prefix_space":true}]}}`))
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
func FuzzEncodePairs(f *testing.F)     { fuzzEncode(f, "pairs") }

// FuzzPattern looks for a pattern that makes the parser panic or matching run on.
func FuzzPattern(f *testing.F) {
	for _, expr := range []string{gpt2Words, `(?i:'s|'t)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+|\s+(?!\S)`, `(a*)(a*)(a*)(a*)b`, `((((a?){9}){9}){9}){5}b`, `[^(\s|[.,])]+`, `(?>a|ab)c|.`} {
		f.Add(expr, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa the 123 's\n\n  \xff é")
	}
	f.Fuzz(func(t *testing.T, expr, s string) {
		x, err := newRegex(expr)
		if err != nil || len(s) > 1000 {
			return
		}
		var in text
		in.load(s, false)
		done := 0
		err = x.each(in.b, func(lo, hi int) {
			if lo < done || hi <= lo || hi > len(in.b) || !utf8.Valid(in.b[lo:hi]) {
				t.Fatalf("%q matches %d to %d of %q after %d", expr, lo, hi, in.b, done)
			}
			done = hi
		})
		if err != nil && !errors.Is(err, errSlow) {
			t.Fatal(err)
		}
	})
}
