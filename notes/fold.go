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
}

// Fold lowers case, removes what writers leave out when they search (accents, Arabic and Hebrew vowel points, tatweel,
// zero-width characters), and unifies width and composition. Marks that make another letter stay: й, が, Indic vowels.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	var base rune
	for _, r := range norm.NFKD.String(s) {
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
			b.WriteRune(base)
		}
	}
	return norm.NFC.String(b.String())
}

// droppable tells whether a mark on a lower-case base letter only decorates it.
func droppable(base, mark rune) bool {
	switch {
	case mark >= 0x300 && mark <= 0x36f:
		if unicode.Is(unicode.Cyrillic, base) {
			return mark <= 0x301 || mark == 0x308 && base == 'е'
		}
		return true
	case unicode.Is(unicode.Arabic, base):
		return true
	}
	return unicode.Is(unicode.Hebrew, base)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
