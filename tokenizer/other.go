package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	sugarme "github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"
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

// pairEncoding is byte-pair encoding with its pre-tokenizer, done by the library.
type pairEncoding struct{ lib *sugarme.Tokenizer }

// pairConfig is the part of a tokenizer.json that the library is given.
type pairConfig struct {
	Model        pairModel       `json:"model"`
	PreTokenizer json.RawMessage `json:"pre_tokenizer"`
}

type pairModel struct {
	Type          string           `json:"type"`
	Vocab         map[string]int32 `json:"vocab"`
	Merges        []merge          `json:"merges"`
	Unknown       *string          `json:"unk_token,omitempty"`
	Prefix        *string          `json:"continuing_subword_prefix,omitempty"`
	Suffix        *string          `json:"end_of_word_suffix,omitempty"`
	Dropout       *float64         `json:"dropout,omitempty"`
	FuseUnknown   bool             `json:"fuse_unk,omitempty"`
	ByteFallback  bool             `json:"byte_fallback,omitempty"`
	IgnoresMerges bool             `json:"ignore_merges,omitempty"`
}

// merge is written "a b" or, in newer files, ["a", "b"]; the library reads the first.
type merge string

func (m *merge) UnmarshalJSON(raw []byte) error {
	var pair []string
	if json.Unmarshal(raw, &pair) == nil {
		*m = merge(strings.Join(pair, " "))
		return nil
	}
	return json.Unmarshal(raw, (*string)(m))
}

// check refuses a merge that does not lead from two entries to a third.
func (m merge) check(vocab map[string]int32) error {
	a, b, ok := strings.Cut(string(m), " ")
	for _, token := range []string{a, b, a + b} {
		if _, known := vocab[token]; !ok || !known {
			return fmt.Errorf("merge %q does not fit the vocabulary", m)
		}
	}
	return nil
}

func newPairEncoding(data []byte) (m *pairEncoding, err error) {
	var c pairConfig
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	if c.Model.Type == "" && len(c.Model.Merges) > 0 {
		c.Model.Type = "BPE"
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	reduced, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	defer recovered(&err)
	lib, err := pretrained.FromReader(strings.NewReader(string(reduced)))
	if err != nil {
		return nil, err
	}
	return &pairEncoding{lib}, nil
}

// check refuses what the library leaves out without a word, and a vocabulary in which some byte
// has no entry: the library would print that on standard output and panic.
func (c *pairConfig) check() error {
	m := c.Model
	for _, merge := range m.Merges {
		if err := merge.check(m.Vocab); err != nil {
			return err
		}
	}
	switch {
	case m.Type != "BPE":
		return fmt.Errorf("%w: model type %q", ErrUnsupported, m.Type)
	case m.Dropout != nil, m.FuseUnknown, m.ByteFallback, m.IgnoresMerges:
		return fmt.Errorf("%w: dropout, fuse_unk, byte_fallback or ignore_merges", ErrUnsupported)
	case m.Unknown != nil:
		if _, ok := m.Vocab[*m.Unknown]; !ok {
			return fmt.Errorf("unknown token %q is not in the vocabulary", *m.Unknown)
		}
		return nil
	case !strings.Contains(string(c.PreTokenizer), `"ByteLevel"`):
		return fmt.Errorf("%w: neither byte level nor an unknown token", ErrUnsupported)
	}
	for b := range 256 {
		if _, ok := m.Vocab[string(byteLetter(byte(b)))]; !ok {
			return fmt.Errorf("byte %#x is not in the vocabulary", b)
		}
	}
	return nil
}

// byteLetter is the letter that stands for a byte in byte-level vocabularies: itself where it is
// printable, else the next one from U+0100 on.
func byteLetter(b byte) rune {
	switch {
	case b >= '!' && b <= '~', b >= 0xA1 && b <= 0xAC, b >= 0xAE:
		return rune(b)
	case b <= ' ':
		return 0x100 + rune(b)
	case b < 0xA1:
		return 0x121 + rune(b) - 0x7F
	}
	return 0x143
}

// recovered turns a panic of the library into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("tokenizer library: %v", p)
	}
}

func (m *pairEncoding) lookup(token string) (int32, bool) {
	id, ok := m.lib.TokenToId(token)
	return int32(id), ok
}

func (m *pairEncoding) size() int { return m.lib.GetVocabSize(false) }

// maxPart is the longest text the library is given at once: its time grows with the square.
const maxPart = 4 << 10

func (m *pairEncoding) tokenize(out *sequence, p text) error {
	for rest := p.b; len(rest) > 0; {
		n := partLen(rest)
		if err := m.part(out, string(rest[:n])); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// partLen returns where to cut b: before the last single space that maxPart bytes hold, since a
// word carries the space before it, else between two characters.
func partLen(b []byte) int {
	if len(b) <= maxPart {
		return len(b)
	}
	for i := maxPart; i > maxPart/2; i-- {
		if b[i] == ' ' && (i+1 == len(b) || !isBlank(b[i+1])) {
			return i
		}
	}
	n := maxPart
	for !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func (m *pairEncoding) part(out *sequence, s string) (err error) {
	defer recovered(&err)
	e, err := m.lib.EncodeSingle(s, false)
	if err != nil {
		return fmt.Errorf("tokenizer library: %w", err)
	}
	for i, id := range e.Ids {
		out.add(int32(id), span{})
		if out.detail {
			out.names = append(out.names, e.Tokens[i])
		}
	}
	return nil
}
