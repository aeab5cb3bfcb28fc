package tokenizer

import (
	"encoding/json"
	"unicode/utf8"
)

// gpt2Words is the pattern that byte-level tokenizers cut at unless their file says otherwise.
const gpt2Words = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

func readByteLevel(raw json.RawMessage) ([]preTokenizer, error) {
	c := struct {
		Prefix bool `json:"add_prefix_space"`
		Regex  bool `json:"use_regex"`
	}{Regex: true}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	var steps []preTokenizer
	if c.Prefix {
		steps = append(steps, leadingBlank{})
	}
	if c.Regex {
		words, err := newRegex(gpt2Words)
		if err != nil {
			return nil, err
		}
		steps = append(steps, patternSplit{find: words, behavior: isolated})
	}
	return append(steps, byteLetters{}), nil
}

// leadingBlank puts a space before a text that has none there.
type leadingBlank struct{}

func (leadingBlank) split(r *run, i int, t text) {
	if t.b[0] != ' ' {
		out := &r.s.parts[i]
		out.reset()
		prependTo(out, " ", t.span(0, 1), len(t.at) > 0)
		out.appendText(t)
		t = *out
	}
	r.next(i, t)
}

// byteLetters writes a letter for each byte.
type byteLetters struct{}

func (byteLetters) split(r *run, i int, t text) {
	out := &r.s.parts[i]
	out.reset()
	appendLetters(out, t)
	r.next(i, *out)
}

func (byteLetters) normalize(dst *text, src text) error {
	appendLetters(dst, src)
	return nil
}

func appendLetters(dst *text, src text) {
	for i, c := range src.b {
		n := len(dst.b)
		if c > ' ' && c < 0x7F {
			dst.b = append(dst.b, c)
		} else {
			dst.b = utf8.AppendRune(dst.b, byteLetter(c))
		}
		if len(src.at) > 0 {
			for range len(dst.b) - n {
				dst.at = append(dst.at, src.at[i])
			}
		}
	}
}

// letterLimit is above every letter that stands for a byte.
const letterLimit = 0x144

// spaceLetter stands for the space.
const spaceLetter = 'Ġ'

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
