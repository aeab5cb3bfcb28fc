package tokenizer

import (
	"bytes"
	"math"
	"strconv"
)

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
