package notes

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded gives the plain letters of those that no decomposition takes apart.
var folded = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ħ': "h", 'ı': "i", 'þ': "th", 'ς': "σ",
	// Letters of the Arabic script that keyboards of its languages give for one another: alef wasla; kaf of Persian and Sindhi; yeh
	// of Persian, alef maksura and yeh barree; heh of Urdu, teh marbuta and the e of Kurdish.
	'ٱ': "ا", 'ک': "ك", 'ڪ': "ك", 'ی': "ي", 'ى': "ي", 'ے': "ي", 'ہ': "ه", 'ھ': "ه", 'ة': "ه", 'ۃ': "ه", 'ە': "ه",
}

// Fold lowers case, removes what writers leave out when they search (accents, Arabic and Hebrew vowel points, hamza on its
// carrier, tatweel, zero-width characters), and unifies width, composition, digits of all scripts and what Arabic and Persian
// keyboards give for one letter. Marks that make another letter stay: й, が, Indic vowels. Folding again changes nothing.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	var base rune
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case r == 'ـ' || unicode.Is(unicode.Cf, r):
			continue
		case unicode.Is(unicode.Mn, r):
			if !droppable(base, r) {
				b.WriteRune(r)
			}
			continue
		}
		base = unicode.ToLower(r)
		if plain, ok := folded[base]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(decimal(base))
		}
	}
	return norm.NFC.String(b.String())
}

// droppable tells whether a mark on a lower-case base letter only decorates it.
func droppable(base, mark rune) bool {
	if mark >= 0x300 && mark <= 0x36f {
		return !unicode.Is(unicode.Cyrillic, base) || mark <= 0x301 || mark == 0x308 && base == 'е'
	}
	return unicode.In(base, unicode.Arabic, unicode.Hebrew)
}

// decimal gives the ASCII digit for a decimal digit of another script, and other runes as they are. Unicode lists such digits in
// runs from 0 to 9.
func decimal(r rune) rune {
	if r < utf8.RuneSelf || !unicode.IsDigit(r) {
		return r
	}
	for _, run := range unicode.Nd.R16 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return '0' + (r-rune(run.Lo))%10
		}
	}
	for _, run := range unicode.Nd.R32 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return '0' + (r-rune(run.Lo))%10
		}
	}
	return r
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Composed is a text whose letters are one character each with their marks, where there is such a one: keyboards write these, and some file
// systems do not.
func Composed(s string) string { return norm.NFC.String(s) }
