package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// normalizer rewrites a text. It appends the result to dst, which shares no memory with src. The
// one error there is comes from a pattern that takes too long.
type normalizer interface {
	normalize(dst *text, src text) error
}

// readNormalizers reads tokenizer.json's normalizer as a flat list of steps.
func readNormalizers(raw json.RawMessage, u *unicodeTables) ([]normalizer, error) {
	kind, err := kindOf(raw)
	if err != nil || kind == "" {
		return nil, err
	}
	if kind == "Sequence" {
		return readNormalizerSequence(raw, u)
	}
	step, err := readNormalizer(kind, raw, u)
	if err != nil {
		return nil, fmt.Errorf("normalizer %s: %w", kind, err)
	}
	return []normalizer{step}, nil
}

func readNormalizerSequence(raw json.RawMessage, u *unicodeTables) ([]normalizer, error) {
	var c struct {
		Normalizers []json.RawMessage `json:"normalizers"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	var steps []normalizer
	for _, n := range c.Normalizers {
		more, err := readNormalizers(n, u)
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	return steps, nil
}

func readNormalizer(kind string, raw json.RawMessage, u *unicodeTables) (normalizer, error) {
	switch kind {
	case "BertNormalizer":
		return readBertNormalizer(raw, u)
	case "Precompiled":
		return readPrecompiled(raw, u)
	case "Strip":
		c := struct {
			Left  bool `json:"strip_left"`
			Right bool `json:"strip_right"`
		}{true, true}
		err := json.Unmarshal(raw, &c)
		return strip{u, c.Left, c.Right}, err
	case "Prepend":
		var c struct{ Prepend string }
		err := json.Unmarshal(raw, &c)
		return prepend{c.Prepend}, errors.Join(err, checkInsert(c.Prepend))
	case "Replace":
		return readReplace(raw)
	}
	if step, ok := plainNormalizers(u)[kind]; ok {
		return step, nil
	}
	return nil, ErrUnsupported
}

func readReplace(raw json.RawMessage) (normalizer, error) {
	var c struct {
		Pattern json.RawMessage
		Content string
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	find, err := readPattern(c.Pattern)
	return replace{find, c.Content}, errors.Join(err, checkInsert(c.Content))
}

// The limits of what a file may do to a text, so that a hostile one cannot make a few bytes into gigabytes. Real files have
// at most six steps and insert one character; the compatibility decomposition that grows most makes 11 bytes of one.
const (
	maxSteps  = 32
	maxInsert = 128 // bytes that one replacement may put in
	maxGrowth = 16  // times the length of the text as given, beyond maxSlack bytes
	maxSlack  = 4096
)

func checkInsert(s string) error {
	if len(s) > maxInsert {
		return fmt.Errorf("inserts %d bytes, at most %d are supported", len(s), maxInsert)
	}
	return nil
}

// plainNormalizers are those without settings.
func plainNormalizers(u *unicodeTables) map[string]normalizer {
	return map[string]normalizer{
		"NFD":          form{u: u},
		"NFKD":         form{u: u, compatible: true},
		"NFC":          form{u: u, composed: true},
		"NFKC":         form{u: u, compatible: true, composed: true},
		"Lowercase":    lowercase{u},
		"StripAccents": without{u, propCombining},
		"Nmt":          nmt{},
		"ByteLevel":    byteLetters{},
	}
}
