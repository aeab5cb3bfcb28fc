package tokenizer

import (
	"encoding/json"
	"fmt"
	"strings"
)

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
