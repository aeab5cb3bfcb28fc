package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// metaspace writes spaces as a mark that stays in the pieces, "▁", and cuts before each.
type metaspace struct {
	mark   string
	scheme string // always, first or never: where a mark is put before a text without one
	cut    bool
}

func readMetaspace(raw json.RawMessage) (preTokenizer, error) {
	var c struct {
		Replacement    string `json:"replacement"`
		AddPrefixSpace *bool  `json:"add_prefix_space"`
		PrependScheme  string `json:"prepend_scheme"`
		Split          *bool  `json:"split"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	m := metaspace{mark: c.Replacement, scheme: c.PrependScheme, cut: c.Split == nil || *c.Split}
	if utf8.RuneCountInString(m.mark) != 1 {
		return nil, fmt.Errorf("replacement %q is not one character", m.mark)
	}
	if m.scheme == "" {
		m.scheme = "always"
	}
	switch m.scheme {
	case "always", "first", "never":
	default:
		return nil, fmt.Errorf("unknown prepend_scheme %q", m.scheme)
	}
	if c.AddPrefixSpace != nil && !*c.AddPrefixSpace && m.scheme != "never" {
		return nil, fmt.Errorf("add_prefix_space false contradicts prepend_scheme %q", m.scheme)
	}
	return m, nil
}

// needsOrigin: the scheme "first" asks where in the given text a part starts.
func (m metaspace) needsOrigin() bool { return m.scheme == "first" }

func (m metaspace) split(r *run, i int, t text) {
	out := &r.s.parts[i]
	out.reset()
	track := len(t.at) > 0
	if m.prepends(t) {
		prependTo(out, m.mark, t.span(0, 1), track)
	}
	for j := 0; j < len(t.b); {
		n := bytes.IndexByte(t.b[j:], ' ')
		if n < 0 {
			n = len(t.b) - j
		}
		out.appendText(t.slice(j, j+n))
		if j += n; j < len(t.b) {
			prependTo(out, m.mark, t.span(j, j+1), track)
			j++
		}
	}
	m.pass(r, i, *out)
}

func (m metaspace) prepends(t text) bool {
	if t.b[0] == ' ' || bytes.HasPrefix(t.b, []byte(m.mark)) {
		return false
	}
	return m.scheme == "always" || m.scheme == "first" && t.span(0, 1).lo == 0
}

// pass hands on the parts that start at each mark.
func (m metaspace) pass(r *run, i int, t text) {
	start := 0
	for m.cut && start < len(t.b) {
		_, skip := utf8.DecodeRune(t.b[start:])
		n := bytes.Index(t.b[start+skip:], []byte(m.mark))
		if n < 0 {
			break
		}
		end := start + skip + n
		r.next(i, t.slice(start, end))
		start = end
	}
	r.next(i, t.slice(start, len(t.b)))
}
