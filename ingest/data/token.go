package data

import "bytes"

// The numbers by which random letters and digits are told from names, however long. Of base64 every fourth pair of neighbours is a
// letter and a digit (10 digits of 64: 2·54·10/64² = 26 %), of base32 30 %, of hexadecimal digits 47 %; in names of people's
// programs it is less than one of twelve. Of random letters 8 % stand in runs of four in lower case (26 of 64
// letters), in names most do. Names are also parted, by - _ / or more, more often than each 16 letters. By
// these no token in 5,296 texts of 55 MB (READMEs, manuals, change logs of programs) was taken that was not one, and of random ones of 66
// letters, the shortest there are, no more than 2 % are missed.
const (
	longestWord = 64 // hexadecimal digits of SHA-256
	leastMixed  = 12 // one pair of so many is a letter and a digit
	leastRun    = 16 // letters and digits without a mark between
	wordRun     = 4  // letters in lower case that look like a part of a word
	mostWords   = 4  // at most one letter of so many stands in such a run
	manyWords   = 2  // whole words between marks make a path or an address,
	wordShare   = 8  // where one letter of so many stands in them
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
	mixed, longest, inWords := 0, 0, 0
	run, lower := 0, 0 // of letters and digits, and of letters in lower case, up to here
	for i, c := range token {
		if run++; !isAlphanumeric(c) {
			run = 0
		}
		if lower++; c < 'a' || c > 'z' {
			lower = 0
		}
		switch {
		case lower == wordRun:
			inWords += wordRun
		case lower > wordRun:
			inWords++
		}
		longest = max(longest, run)
		if run > 1 && isDigit(c) != isDigit(token[i-1]) {
			mixed++
		}
	}
	return longest >= leastRun && mixed*leastMixed >= len(token) && inWords*mostWords <= len(token)
}

// tokens masks tokens that are longer than a word.
func (m *masker) tokens(start int) { m.runs(start, longestWord+1, &inToken, m.token) }

// runs finds the longest parts of the text that are at least so long and hold nothing but some bytes. Where there are none it looks
// at few of the bytes (as Boyer and Moore do).
func (m *masker) runs(start, least int, in *[256]bool, found func(from, to int)) {
	for i := start; i+least <= len(m.text); {
		last := i + least - 1
		for last >= i && in[m.text[last]] {
			last--
		}
		if last >= i { // none begins before it
			i = last + 1
			continue
		}
		end := i + least
		for end < len(m.text) && in[m.text[end]] {
			end++
		}
		found(i, end)
		i = end
	}
}

// token masks a token, or of a path or an address those parts that are longer than a word themselves.
func (m *masker) token(from, to int) {
	parts := bytes.FieldsFunc(m.text[from:to], func(r rune) bool { return !isAlphanumeric(byte(r)) })
	words, letters := 0, 0
	for _, part := range parts {
		if isWord(part) {
			words, letters = words+1, letters+len(part)
		}
	}
	if words < manyWords || letters*wordShare < to-from {
		m.random(from, to)
		return
	}
	for _, part := range parts {
		n := bytes.Index(m.text[from:to], part)
		m.random(from+n, from+n+len(part))
		from += n + len(part)
	}
}

// isWord tells whether a part of a token is nothing but letters, in lower case but for the first.
func isWord(part []byte) bool {
	for i, c := range part {
		if !isLetter(c) || i > 0 && c < 'a' {
			return false
		}
	}
	return len(part) >= 3
}

func (m *masker) random(from, to int) {
	token := m.text[from:to]
	if len(token) <= longestWord || !isRandom(token) {
		return
	}
	k := long
	if len(token) >= longToken {
		k = blockOf(token)
	}
	m.mask(from, to, k)
}

// blockOf is what a long text of letters and digits is.
func blockOf(text []byte) kind {
	if isHexadecimal(text) {
		return digits
	}
	return block
}

func isHexadecimal(text []byte) bool {
	for _, c := range text {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return isDigit(c) || isLetter(c) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
