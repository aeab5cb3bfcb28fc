package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// preTokenizer cuts a text into parts, each handed to r.next with i, and leaves out what is
// between words.
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
	switch kind {
	case "BertPreTokenizer":
		return []preTokenizer{newCharSplit(u, propSpace, removed), newCharSplit(u, propPunct, isolated)}, nil
	}
	return nil, ErrUnsupported
}

// behavior says what becomes of the characters a text is cut at.
type behavior int

const (
	removed behavior = iota
	isolated
)

// charSplit cuts at each character that has a property.
type charSplit struct {
	u     *unicodeTables
	at    property
	keep  bool
	ascii [128]bool
}

func newCharSplit(u *unicodeTables, at property, b behavior) *charSplit {
	s := &charSplit{u: u, at: at, keep: b == isolated}
	for i := range s.ascii {
		s.ascii[i] = u.props(rune(i))&at != 0
	}
	return s
}

func (s *charSplit) split(r *run, i int, t text) {
	start := 0
	for j := 0; j < len(t.b); {
		n, hit := 1, false
		if c := t.b[j]; c < utf8.RuneSelf {
			hit = s.ascii[c]
		} else {
			var c rune
			c, n = utf8.DecodeRune(t.b[j:])
			hit = s.u.props(c)&s.at != 0
		}
		if hit {
			r.next(i, t.slice(start, j))
			if s.keep {
				r.next(i, t.slice(j, j+n))
			}
			start = j + n
		}
		j += n
	}
	r.next(i, t.slice(start, len(t.b)))
}
