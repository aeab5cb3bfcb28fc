package data

import (
	"bytes"
	"regexp"
)

// The numbers by which random letters and digits are told from names, however long. Of base64 every fourth pair of neighbours is a
// letter and a digit (10 digits of 64: 2·54·10/64² = 26 %), of base32 30 %, of hexadecimal digits 47 %; in names of people's
// programs, with many numbers in them, it is one of ten. Names are also parted, by - _ / or more, more often than each 20 letters.
const (
	longestWord = 64 // hexadecimal digits of SHA-256
	leastMixed  = 8  // one pair of so many is a letter and a digit
	leastRun    = 20 // letters and digits without a mark between
	longToken   = 400
)

// inToken are the bytes of base64, base64url, base32 and hexadecimal numbers.
var inToken = func() (in [256]bool) {
	for c := range in {
		in[c] = isAlphanumeric(byte(c)) || bytes.IndexByte([]byte("+/_-="), byte(c)) >= 0
	}
	return in
}()

// isRandom tells whether a token was made by no hand.
func isRandom(token []byte) bool {
	mixed, run, longest := 0, 0, 0
	for i, c := range token {
		if !isAlphanumeric(c) {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
		if i > 0 && (isDigit(c) && isLetter(token[i-1]) || isLetter(c) && isDigit(token[i-1])) {
			mixed++
		}
	}
	return longest >= leastRun && mixed*leastMixed >= len(token)
}

// tokens masks tokens that are longer than a word.
func (m *masker) tokens(start int) {
	for i := start; i < len(m.text); i++ {
		from := i
		for i < len(m.text) && inToken[m.text[i]] {
			i++
		}
		if i-from <= longestWord || !isRandom(m.text[from:i]) {
			continue
		}
		k := token
		if i-from >= longToken {
			k = block
		}
		m.mask(from, i, k)
	}
}

// armor is the first line of a key or a message as text (RFC 7468, OpenPGP): -----BEGIN CERTIFICATE-----
var armor = regexp.MustCompile(`-----BEGIN ([A-Z0-9 ]+)-----[ \t\r]*\n`)

// keys masks what stands between the first and the last line of armor.
func (m *masker) keys(start int) {
	for i := start; ; {
		at := armor.FindSubmatchIndex(m.text[i:])
		if at == nil {
			return
		}
		from := i + at[1]
		n := bytes.Index(m.text[from:], []byte("-----END "))
		if n < 0 {
			return
		}
		end := from + bytes.LastIndexByte(m.text[from:from+n], '\n') + 1
		if isArmored(m.text[from:end]) {
			m.maskLines(from, end)
		}
		i = from + n
	}
}

// isArmored tells whether lines are base64, but for those of a header.
func isArmored(lines []byte) bool {
	any := false
	for l := range bytes.Lines(lines) {
		l = bytes.Trim(l, " \t\r\n>")
		if len(l) > 0 && !bytes.Contains(l, []byte(": ")) && len(bytes.TrimFunc(l, func(r rune) bool { return r < 0x80 && inToken[r] })) > 0 {
			return false
		}
		any = any || len(l) > 0
	}
	return any
}

// maskLines masks the text of whole lines, which is one block, and leaves what they are indented or quoted by.
func (m *masker) maskLines(from, to int) {
	count := m.found[block]
	for pos := from; pos < to; {
		end := pos + len(lineAt(m.text[:to], pos))
		if text := bytes.TrimLeft(m.text[pos:end], " \t>"); len(bytes.TrimSpace(text)) > 0 {
			m.mask(end-len(text), end, block)
		}
		pos = end
	}
	m.found[block] = count + 1
}

func lineAt(text []byte, pos int) []byte {
	if n := bytes.IndexByte(text[pos:], '\n'); n >= 0 {
		return text[pos : pos+n+1]
	}
	return text[pos:]
}
