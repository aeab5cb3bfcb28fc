package tokenizer

import (
	"errors"
	"fmt"
	"slices"
)

// Check is a text whose ids are known, special tokens included.
type Check struct {
	Text string
	IDs  []int64
}

// ErrCheckFailed reports that LoadOther's tokenizer gives other ids than a Check holds.
var ErrCheckFailed = errors.New("tokenizer gives other ids than the reference")

// LoadOther reads a tokenizer.json whose model is byte-pair encoding, which github.com/sugarme/tokenizer
// then does; Load's model types it reads as Load. That library calls log.Fatal in places, so a
// process that must not end may not use LoadOther: it is for the vector and reranker services.
// Since it differs from Hugging Face's for some models, every check must come out right, else the
// error is ErrCheckFailed; without any check the model is refused as ErrUnsupported. Offsets of
// tokens that are not added tokens are {0, 0}. Words over 4 KB are cut, which may change ids there.
func LoadOther(path string, checks []Check) (*Tokenizer, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	t, err := Parse(data)
	if errors.Is(err, ErrUnsupported) {
		t, err = parseOther(data, checks)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	return t, nil
}

func parseOther(data []byte, checks []Check) (*Tokenizer, error) {
	if len(checks) == 0 {
		return nil, fmt.Errorf("%w: a model type other than WordPiece and Unigram without reference ids", ErrUnsupported)
	}
	doc, err := readDocument(data)
	if err != nil {
		return nil, err
	}
	m, err := newPairEncoding(data)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	doc.PreTokenizer = nil // the library's part
	t, err := assembleTokenizer(doc, m)
	if err != nil {
		return nil, err
	}
	for _, c := range checks {
		e, err := t.Encode(c.Text, Options{AddSpecial: true})
		if err != nil {
			return nil, err
		}
		if !slices.Equal(e.IDs, c.IDs) {
			return nil, fmt.Errorf("%w for %q: %v, want %v", ErrCheckFailed, c.Text, e.IDs, c.IDs)
		}
	}
	return t, nil
}
