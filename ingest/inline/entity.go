package inline

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a character reference. The longest name has 31 letters ("CounterClockwiseContourIntegral").
const (
	maxEntityName = 32
	maxDecimals   = 7
	maxHexDigits  = 6
)

// entity reads a character reference, &amp; or &#38; or &#x26;.
func (s *scanner) entity(i int) int {
	text, n := entityAt(s.text[i:])
	if n == 0 {
		return i + 1
	}
	s.emit(Markup, i, i+n, text)
	return i + n
}

// entityAt reads the character reference that text, which begins with "&", begins with; n is 0 where there is none.
func entityAt(text []byte) (value string, n int) {
	window := text[:min(len(text), maxEntityName+2)]
	end := bytes.IndexByte(window, ';')
	if end < 2 {
		return "", 0
	}
	name := window[1:end]
	if name[0] == '#' {
		value = numeric(string(name[1:]))
	} else {
		value = named(string(window[:end+1]))
	}
	if value == "" {
		return "", 0
	}
	return value, end + 1
}

// numeric is the character of a code point in decimals or, behind an "x", hexadecimals. What is no character is U+FFFD.
func numeric(digits string) string {
	base, most := 10, maxDecimals
	if hex := strings.TrimLeft(digits, "xX"); len(hex) == len(digits)-1 {
		digits, base, most = hex, 16, maxHexDigits
	}
	if len(digits) > most || strings.ContainsAny(digits, "+-_") {
		return ""
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		return ""
	}
	if n == 0 || n > utf8.MaxRune {
		n = utf8.RuneError
	}
	return string(rune(n))
}

// named is what a reference by name stands for, by HTML's table. HTML also knows some names without the semicolon, at the start of
// longer ones: then the semicolon is left over.
func named(reference string) string {
	if strings.ContainsFunc(reference[1:len(reference)-1], func(r rune) bool { return r >= utf8.RuneSelf || !isAlphanumeric(byte(r)) }) {
		return ""
	}
	value := html.UnescapeString(reference)
	if value == reference || strings.HasSuffix(value, ";") && value != ";" {
		return ""
	}
	return value
}

// unescape resolves backslashes and character references, as in destinations and titles.
func unescape(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 && bytes.IndexByte(raw, '&') < 0 {
		return string(raw)
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '\\' && i+1 < len(raw) && isPunctuation(raw[i+1]):
			i++
		case raw[i] == '&':
			if value, n := entityAt(raw[i:]); n > 0 {
				b.WriteString(value)
				i += n - 1
				continue
			}
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}
