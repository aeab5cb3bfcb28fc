package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// minHash is to how many digits people shorten a hash; git shows 7 of 40. At the other end SHA-256 has maxTerm digits.
const minHash = 7

// maxPieces bounds what a word is taken apart to. A serial number has more, and is written one way.
const maxPieces = 4

// Spellings are expressions for other ways to write what a text names, each of which says the same: letters and digits apart
// ("RFC 9110") or as one word ("RFC9110", for "RFC 9110" and "RFC-9110" alike), a hash by its first digits, and those that begin
// with the digits given, and what else its script and its keyboards make of a word. The words as they stand are not among them.
func Spellings(text string) []string {
	var exprs []string
	for field := range strings.FieldsSeq(text) {
		if apart, n := splitDigits(field); n > 1 && n <= maxPieces {
			exprs = append(exprs, Phrase(apart))
		}
		for _, other := range variants(field) {
			if expr := Phrase(other); expr != "" && expr != Phrase(field) {
				exprs = append(exprs, expr)
			}
		}
	}
	before := ""
	for _, w := range words(text) {
		if others := hashes(w.whole); len(others) > 0 {
			exprs, before = append(exprs, others...), ""
			continue
		}
		for _, term := range w.pieces() {
			if digitsMeet(before, term) {
				exprs = append(exprs, Term(before+term))
			}
			before = term
		}
	}
	return exprs
}

// pieces are the parts of a word, or itself.
func (w word) pieces() []string {
	if len(w.parts) > 0 {
		return w.parts
	}
	return []string{w.whole} // "" in a script without spaces
}

// splitDigits puts a blank wherever a letter and a digit meet, and counts the pieces.
func splitDigits(word string) (apart string, pieces int) {
	var b strings.Builder
	before := ' '
	for _, r := range word {
		if unicode.IsLetter(before) && unicode.IsDigit(r) || unicode.IsDigit(before) && unicode.IsLetter(r) {
			b.WriteByte(' ')
			pieces++
		}
		b.WriteRune(r)
		before = r
	}
	return b.String(), pieces + 1
}

// digitsMeet tells whether two words, written as one, have a letter beside a digit where they join.
func digitsMeet(a, b string) bool {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	return unicode.IsLetter(last) && unicode.IsDigit(first) || unicode.IsDigit(last) && unicode.IsLetter(first)
}

// hashes are the expressions for other lengths of a hash; none for another word.
func hashes(term string) []string {
	letters, ok := hexDigits(term)
	if !ok {
		return nil
	}
	exprs := []string{Term(term + AnyEnd)}
	for n := len(term) - 1; n >= minHash && letters; n-- { // a number is no shorter hash: it counts something else
		if _, ok := hexDigits(term[:n]); ok {
			exprs = append(exprs, Term(term[:n]))
		}
	}
	return exprs
}

// hexDigits tells whether a word can be a hash, and whether there are letters in it. A word of letters alone is one of a language.
func hexDigits(term string) (letters, ok bool) {
	digits := false
	for i := range len(term) {
		switch c := term[i]; {
		case '0' <= c && c <= '9':
			digits = true
		case 'a' <= c && c <= 'f':
			letters = true
		default:
			return false, false
		}
	}
	return letters, digits && len(term) >= minHash
}
