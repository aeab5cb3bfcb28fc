package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	sugarme "github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"
)

// libraryModel has github.com/sugarme/tokenizer look up whole words.
type libraryModel struct {
	lib     *sugarme.Tokenizer
	unkID   int32
	unknown string
}

func newLibraryModel(c *modelConfig) (m *libraryModel, err error) {
	vocabulary := make(map[string]int32, len(c.vocab))
	for _, e := range c.vocab {
		vocabulary[e.key] = e.value
	}
	unknown := or(c.unknown, "<unk>")
	unkID, ok := vocabulary[unknown]
	if !ok { // the library would print words it does not know on standard output
		return nil, fmt.Errorf("unknown token %q is not in the vocabulary", unknown)
	}
	reduced, err := json.Marshal(map[string]any{"model": map[string]any{"type": "WordLevel", "vocab": vocabulary, "unk_token": unknown}})
	if err != nil {
		return nil, err
	}
	defer recovered(&err)
	lib, err := pretrained.FromReader(bytes.NewReader(reduced))
	if err != nil {
		return nil, err
	}
	m = &libraryModel{lib, unkID, unknown}
	return m, m.check(vocabulary)
}

// recovered turns a panic of the library into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("tokenizer library: %v", p)
	}
}

// samples is how many entries of a vocabulary are tried, spread evenly.
const samples = 1000

// probes are words that hold what libraries stumble over.
var probes = []string{"the", "The", "naïve", "e\u0301", "中文", "한국어", "ไทย", "👍🏽", "İ", "ß", "don't", "3.14", "\u200B", "\uFFFD", "<s>", "a b"}

// check holds the library against the ids that the file has.
func (m *libraryModel) check(vocabulary map[string]int32) error {
	words := slices.Sorted(maps.Keys(vocabulary))
	tried := slices.Clone(probes)
	for i := 0; i < len(words); i += 1 + len(words)/samples {
		tried = append(tried, words[i])
	}
	for _, word := range tried {
		want, known := vocabulary[word]
		if !known {
			want = m.unkID
		}
		if got, err := m.id(word); err != nil || got != want {
			return fmt.Errorf("%w: the library makes %d of %q, the file says %d (%v)", ErrCheckFailed, got, word, want, err)
		}
	}
	return nil
}

func (m *libraryModel) lookup(token string) (int32, bool) {
	id, ok := m.lib.TokenToId(token)
	return int32(id), ok
}

func (m *libraryModel) size() int { return m.lib.GetVocabSize(false) }

// maxPart is the longest text that the library is given; a longer word is unknown.
const maxPart = 4 << 10

func (m *libraryModel) tokenize(out *sequence, p text) error {
	id, err := m.id(string(p.b))
	if err != nil {
		return err
	}
	out.add(id, p.span(0, len(p.b)))
	if out.detail && id == m.unkID {
		out.names = append(out.names, m.unknown)
	} else if out.detail {
		out.names = append(out.names, string(p.b))
	}
	return nil
}

func (m *libraryModel) id(word string) (id int32, err error) {
	if len(word) > maxPart {
		return m.unkID, nil
	}
	defer recovered(&err)
	e, err := m.lib.EncodeSingle(word, false)
	switch {
	case err != nil:
		return 0, fmt.Errorf("tokenizer library: %w", err)
	case len(e.Ids) != 1:
		return 0, fmt.Errorf("tokenizer library: %d tokens of one word", len(e.Ids))
	}
	return int32(e.Ids[0]), nil
}

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
