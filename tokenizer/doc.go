// Package tokenizer turns text into the token ids a model was trained on. It reads Hugging Face's
// tokenizer.json and gives the ids that the `tokenizers` library gives, for WordPiece (the BERT
// family), Unigram (the XLM-RoBERTa family) and byte-pair encoding (the RoBERTa and GPT families,
// CLIP, Gemma); no other room may tokenize.
//
// The words: a text is normalized (accents, case, compatibility forms), cut into pieces by the
// pre-tokenizer, each piece is cut into tokens by the model, and a template puts special tokens
// such as [CLS] around them. Added tokens are cut out of the text before all that.
//
// The Unicode properties are those of the Rust crates inside `tokenizers` 0.23.3, which are older
// than Go's, and for patterns those of its Oniguruma, which are newer; both were probed code point
// by code point (tables_gen_test.go writes tables.go).
package tokenizer
