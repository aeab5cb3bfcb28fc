package tokenizer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	sugarme "github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"
)

// pairEncoding is byte-pair encoding with its pre-tokenizer, done by the library.
type pairEncoding struct{ lib *sugarme.Tokenizer }

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
