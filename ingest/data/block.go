package data

import (
	"bytes"
	"regexp"
)

// wrapped is how long a line of base64 is at least that goes on over lines: tools wrap at 60, 64 and 76 bytes.
const wrapped = 48

// manyLines of one length that are one token each, in letters of both cases, are base64 whatever it repeats: sequences of DNA and
// proteins keep to one case.
const manyLines = 4

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
			m.maskLines(from, end, block)
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

// wrappedEnd is behind the lines of base64 that begin at pos, at least two of one length but for the last, or pos.
func (m *masker) wrappedEnd(pos int) (end int, k kind) {
	line := lineAt(m.text, pos)
	if len(line) < wrapped || !inToken[line[wrapped-1]] { // most lines
		return pos, block
	}
	first := tokenLine(line)
	if len(first) < wrapped {
		return pos, block
	}
	all := bytes.Clone(first)
	hashes := isHash(first)
	end = pos + len(lineAt(m.text, pos))
	for end < len(m.text) {
		line := lineAt(m.text, end)
		t := tokenLine(line)
		if len(t) == 0 || len(t) > len(first) || len(t) < len(first) && !isTail(t) {
			break
		}
		all, end, hashes = append(all, t...), end+len(line), hashes && isHash(t)
		if len(t) < len(first) {
			break
		}
	}
	if len(all) == len(first) || hashes || !isRandom(all) && (len(all) < manyLines*len(first) || !isMixed(first)) {
		return pos, block
	}
	return end, blockOf(all)
}

// isMixed tells whether letters of both cases stand in a token.
func isMixed(t []byte) bool {
	return !bytes.Equal(bytes.ToUpper(t), t) && !bytes.Equal(bytes.ToLower(t), t)
}

// tokenLine is the one token that a line consists of, or nil.
func tokenLine(line []byte) []byte {
	t := bytes.TrimLeft(line, " \t>")
	n := 0
	for n < len(t) && inToken[t[n]] {
		n++
	}
	if len(bytes.TrimSpace(t[n:])) > 0 {
		return nil
	}
	return t[:n]
}

// isTail tells the last line of base64 from a word.
func isTail(t []byte) bool {
	lower := false
	for _, c := range t {
		if isDigit(c) || c == '=' || c == '+' || c == '/' || lower && c >= 'A' && c <= 'Z' {
			return true
		}
		lower = lower || c >= 'a' && c <= 'z'
	}
	return false
}

// isHash tells a list of hashes, one a line, from base64: MD5, SHA-1, SHA-224, SHA-256 in hexadecimal digits.
func isHash(t []byte) bool {
	return isHexadecimal(t) && (len(t) == 32 || len(t) == 40 || len(t) == 56 || len(t) == 64)
}

// maskLines masks the text of whole lines, which is one piece, and leaves what they are indented or quoted by.
func (m *masker) maskLines(from, to int, k kind) {
	count := m.found[k]
	for pos := from; pos < to; {
		end := pos + len(lineAt(m.text[:to], pos))
		if text := bytes.TrimLeft(m.text[pos:end], " \t>"); len(bytes.TrimSpace(text)) > 0 {
			m.mask(end-len(text), end, k)
		}
		pos = end
	}
	m.found[k] = count + 1
}

func lineAt(text []byte, pos int) []byte {
	if n := bytes.IndexByte(text[pos:], '\n'); n >= 0 {
		return text[pos : pos+n+1]
	}
	return text[pos:]
}
