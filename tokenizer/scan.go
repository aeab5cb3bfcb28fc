package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds nesting in a tokenizer.json. Real files stay under 10.
const maxDepth = 64

var errJSON = errors.New("not valid JSON")

// scanner reads JSON in place. encoding/json would need 1.5 s and 400 MB for the 17 MB of a
// 250,002 piece vocabulary; small objects are handed to it through value.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) fail(what string) error {
	return fmt.Errorf("%w: %s at byte %d", errJSON, what, s.pos)
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// object calls field for each key, which must read the value.
func (s *scanner) object(field func(key string) error) error {
	return s.items('{', '}', func() error {
		key, err := s.str()
		if err != nil {
			return err
		}
		if !s.accept(':') {
			return s.fail("want ':'")
		}
		return field(key)
	})
}

// array calls item for each element, which must read it.
func (s *scanner) array(item func() error) error {
	return s.items('[', ']', item)
}

func (s *scanner) items(open, end byte, item func() error) error {
	if !s.accept(open) {
		return s.fail(fmt.Sprintf("want %q", open))
	}
	if s.accept(end) {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if s.accept(end) {
			return nil
		}
		if !s.accept(',') {
			return s.fail("want ','")
		}
	}
}

// str reads a string. One without escapes shares no memory with the input.
func (s *scanner) str() (string, error) {
	raw, plain, err := s.rawString()
	if err != nil {
		return "", err
	}
	if plain {
		if !utf8.Valid(raw) {
			return "", s.fail("string is not UTF-8")
		}
		return string(raw[1 : len(raw)-1]), nil
	}
	var out string
	if err := json.Unmarshal(raw, &out); err != nil {
		return "", s.fail(err.Error())
	}
	return out, nil
}

// rawString returns the string with its quotes; plain says that it holds no escape.
func (s *scanner) rawString() (raw []byte, plain bool, err error) {
	if s.peek() != '"' {
		return nil, false, s.fail("want a string")
	}
	start := s.pos
	plain = true
	for i := s.pos + 1; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[start:s.pos], plain, nil
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return nil, false, s.fail("control character in a string")
		}
	}
	return nil, false, s.fail("string without end")
}

// number reads a number.
func (s *scanner) number() (float64, error) {
	raw, err := s.rawNumber()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, s.fail("want a number")
	}
	return f, nil
}

func (s *scanner) rawNumber() ([]byte, error) {
	s.peek()
	start := s.pos
	for s.pos < len(s.data) && isNumberByte(s.data[s.pos]) {
		s.pos++
	}
	raw := s.data[start:s.pos]
	first := bytes.TrimPrefix(raw, []byte("-"))
	if len(first) == 0 || first[0] < '0' || first[0] > '9' {
		return nil, s.fail("want a number")
	}
	return raw, nil
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// id reads a token id.
func (s *scanner) id() (int32, error) {
	f, err := s.number()
	if err != nil {
		return 0, err
	}
	if f < 0 || f > maxID || f != float64(int32(f)) {
		return 0, s.fail("token id out of range")
	}
	return int32(f), nil
}

// value returns the raw bytes of any value.
func (s *scanner) value() (json.RawMessage, error) {
	s.peek()
	start := s.pos
	if err := s.skip(0); err != nil {
		return nil, err
	}
	return json.RawMessage(s.data[start:s.pos]), nil
}

func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested deeper than %d at byte %d", errJSON, maxDepth, s.pos)
	}
	switch c := s.peek(); c {
	case '{':
		return s.object(func(string) error { return s.skip(depth + 1) })
	case '[':
		return s.array(func() error { return s.skip(depth + 1) })
	case '"':
		_, _, err := s.rawString()
		return err
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		_, err := s.number()
		return err
	}
}

func (s *scanner) word(w string) error {
	if s.pos+len(w) > len(s.data) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return s.fail("unknown word")
	}
	s.pos += len(w)
	return nil
}

// score reads a number as the Python library's JSON reader does: all digits as one integer, then
// one multiplication or division by a power of ten. Of 17 digits that is not always the nearest
// double, and the last bit decides between two ways to cut a word that score the same.
func (s *scanner) score() (float64, error) {
	raw, err := s.rawNumber()
	if err != nil {
		return 0, err
	}
	digits, exp, ok := significand(raw)
	if !ok {
		return 0, s.fail("want a number")
	}
	f := float64(digits)
	for exp < -308 && f != 0 {
		f /= 1e308
		exp += 308
	}
	pow, err := powerOfTen(max(exp, -exp))
	if err != nil && f != 0 {
		return 0, s.fail("number out of range")
	}
	if exp < 0 {
		f /= pow
	} else {
		f *= pow
	}
	if raw[0] == '-' {
		f = -f
	}
	return f, nil
}

// significand reads the digits of a number up to what 64 bits hold, and its power of ten.
func significand(raw []byte) (digits uint64, exp int, ok bool) {
	rest := bytes.TrimPrefix(raw, []byte("-"))
	full, point := false, false
	for len(rest) > 0 {
		c := rest[0]
		if c == '.' && !point {
			point = true
		} else if c < '0' || c > '9' {
			break
		} else {
			next := digits*10 + uint64(c-'0')
			full = full || digits > math.MaxUint64/10 || next < digits
			if !full {
				digits = next
			}
			if point && !full {
				exp--
			} else if full && !point {
				exp++
			}
		}
		rest = rest[1:]
	}
	e, ok := exponent(rest)
	return digits, exp + e, ok
}

// exponent reads "e-5", or nothing.
func exponent(raw []byte) (int, bool) {
	if len(raw) == 0 {
		return 0, true
	}
	e, err := strconv.Atoi(string(raw[1:]))
	return e, err == nil && (raw[0] == 'e' || raw[0] == 'E') && e < 1<<20 && e > -1<<20
}

// tens are the powers of ten that a double holds exactly.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

func powerOfTen(n int) (float64, error) {
	if n < len(tens) {
		return tens[n], nil
	}
	return strconv.ParseFloat("1e"+strconv.Itoa(n), 64)
}
