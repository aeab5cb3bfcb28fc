// Package tokenizer turns text into the token ids a model was trained on. It reads Hugging Face's tokenizer.json and gives
// the ids that the `tokenizers` library gives, for WordPiece (the BERT family), Unigram (the XLM-RoBERTa family) and
// byte-pair encoding (the RoBERTa and GPT families, CLIP, Gemma); no other room may tokenize.
//
// The words: a text is normalized (accents, case, compatibility forms), cut into pieces by the
// pre-tokenizer, each piece is cut into tokens by the model, and a template puts special tokens
// such as [CLS] around them. Added tokens are cut out of the text before all that.
//
// The Unicode properties are those of the Rust crates inside `tokenizers` 0.23.3, which are older
// than Go's, and for patterns those of its Oniguruma, which are newer; both were probed code point
// by code point (tables_gen_test.go writes tables.go).
package tokenizer

import (
	"unicode/utf8"
)

// EstimateName says what Estimate counts by, for those who show its figures.
const EstimateName = "an estimate (three bytes a token)"

// Estimate returns about how many tokens a text has, for where no tokenizer is at hand. It errs on the high side: English has
// 4 to 5 bytes in a WordPiece token, Chinese and Japanese 3. Safe for concurrent use.
func Estimate(text string) int { return (len(text) + 2) / 3 }

// writer appends to dst what becomes of src and keeps track of origins as the Python library does.
type writer struct {
	dst *text
	src text
	i   int // bytes of src used up
}

// copy takes the next n bytes over as they are.
func (w *writer) copy(n int) {
	w.dst.appendText(w.src.slice(w.i, w.i+n))
	w.i += n
}

// drop leaves the next n bytes out.
func (w *writer) drop(n int) { w.i += n }

// put appends r. With change 0 it replaces the next character of src; with -n it replaces that
// and the n after it; with 1 it is new and takes the origin of the byte before.
func (w *writer) put(r rune, change int) {
	at := w.i
	if change > 0 {
		at--
	}
	w.dst.appendRune(r, w.origin(at), len(w.src.at) > 0)
	for ; change <= 0 && w.i < len(w.src.b); change++ {
		_, n := utf8.DecodeRune(w.src.b[w.i:])
		w.i += n
	}
}

func (w *writer) origin(i int) span {
	if i < 0 || i >= len(w.src.at) {
		return span{}
	}
	return w.src.at[i]
}
