package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// preTokenizer cuts a text into parts, each handed to r.next with i, and leaves out what is between words.
type preTokenizer interface {
	split(r *run, i int, t text)
}

// readPreTokenizers reads tokenizer.json's pre_tokenizer as a flat list of steps.
func readPreTokenizers(raw json.RawMessage, u *unicodeTables) ([]preTokenizer, error) {
	kind, err := kindOf(raw)
	if err != nil || kind == "" {
		return nil, err
	}
	if kind == "Sequence" {
		return readPreTokenizerSequence(raw, u)
	}
	step, err := readPreTokenizer(kind, raw, u)
	if err != nil {
		return nil, fmt.Errorf("pre-tokenizer %s: %w", kind, err)
	}
	return step, nil
}

func readPreTokenizerSequence(raw json.RawMessage, u *unicodeTables) ([]preTokenizer, error) {
	var c struct {
		Steps []json.RawMessage `json:"pretokenizers"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	var steps []preTokenizer
	for _, p := range c.Steps {
		more, err := readPreTokenizers(p, u)
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	return steps, nil
}

func readPreTokenizer(kind string, raw json.RawMessage, u *unicodeTables) ([]preTokenizer, error) {
	var c preTokenizerConfig
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	switch kind {
	case "BertPreTokenizer":
		return []preTokenizer{newCharSplit(u, propSpace, removed), newCharSplit(u, propPunct, isolated)}, nil
	case "WhitespaceSplit":
		return []preTokenizer{newCharSplit(u, propSpace, removed)}, nil
	case "Whitespace":
		return []preTokenizer{wordSplit{u}}, nil
	case "Punctuation":
		return []preTokenizer{newCharSplit(u, propPunct, c.Behavior.or(isolated))}, nil
	case "Digits":
		return []preTokenizer{newCharSplit(u, propNumeric, c.digits())}, nil
	case "CharDelimiterSplit", "Split":
		return c.patternSplit(kind == "Split")
	case "Metaspace":
		m, err := readMetaspace(raw)
		return []preTokenizer{m}, err
	case "ByteLevel":
		return readByteLevel(raw)
	case "FixedLength":
		return readFixedLength(c.Length)
	}
	return nil, ErrUnsupported
}

// preTokenizerConfig is the settings of all pre-tokenizers but Metaspace.
type preTokenizerConfig struct {
	Behavior   behavior        `json:"behavior"`
	Individual bool            `json:"individual_digits"`
	Delimiter  string          `json:"delimiter"`
	Pattern    json.RawMessage `json:"pattern"`
	Invert     bool            `json:"invert"`
	Length     *int            `json:"length"`
}

func (c preTokenizerConfig) digits() behavior {
	if c.Individual {
		return isolated
	}
	return contiguous
}

func (c preTokenizerConfig) patternSplit(general bool) ([]preTokenizer, error) {
	if !general {
		if utf8.RuneCountInString(c.Delimiter) != 1 {
			return nil, fmt.Errorf("delimiter %q is not one character", c.Delimiter)
		}
		return []preTokenizer{patternSplit{find: literal(c.Delimiter), behavior: removed}}, nil
	}
	find, err := readPattern(c.Pattern)
	if err == nil && c.Behavior == "" {
		err = errors.New("no behavior")
	}
	return []preTokenizer{patternSplit{find, c.Behavior, c.Invert}}, err
}
