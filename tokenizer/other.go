package tokenizer

import (
	"errors"
	"fmt"
)

// ErrCheckFailed reports that the library behind LoadOther gives other ids than the file holds.
var ErrCheckFailed = errors.New("tokenizer gives other ids than its file")

// LoadOther reads what Load reads, as Load does, and a tokenizer.json whose model is WordLevel, whose
// words github.com/sugarme/tokenizer then looks up. That library calls log.Fatal in places, so a
// process that must not end may not use LoadOther: it is for the vector and reranker services.
//
// The library is held against the file's own vocabulary first: ErrCheckFailed says where it differs.
// It merges byte pairs in another order than Hugging Face's where they overlap, and knows few of the
// pre-tokenizers in use, so nothing else is left to it. Words over 4 KB are unknown.
func LoadOther(path string) (*Tokenizer, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	t, err := Parse(data)
	if errors.Is(err, ErrUnsupported) {
		t, err = parseOther(data, err)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	return t, nil
}

// parseOther returns reason, Parse's error, where the library is of no use.
func parseOther(data []byte, reason error) (*Tokenizer, error) {
	doc, err := readDocument(data)
	if err != nil {
		return nil, err
	}
	if doc.Model.kind != "WordLevel" || doc.Model.listed {
		return nil, reason
	}
	m, err := newLibraryModel(&doc.Model)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return assembleTokenizer(doc, m)
}
